"""The Nu HTML checker has nothing to say of any page."""

from __future__ import annotations

import asyncio
import json
import os
import shutil
import subprocess
from pathlib import Path

import pytest

from tests.statuspage import tour
from tests.support import unavailable

READER = {"Accept": "text/html", "Sec-Fetch-Dest": "document", "Sec-Fetch-Site": "same-origin"}


@pytest.fixture
def checker() -> list[str]:
    """The command of the Nu HTML checker."""
    jar, java = os.environ.get("VNU_JAR", ""), shutil.which("java")
    if not java or not Path(jar).is_file():
        unavailable("the Nu HTML checker", "checkers", "set VNU_JAR to vnu.jar, and install Java")
    return [java, "-jar", jar, "--stdout", "--exit-zero-always", "--format", "json"]


async def test_every_page_is_valid(open_site, checker, tmp_path):
    for name, make in tour.LEGS.items():
        leg = make()
        for language in tour.LANGUAGES:
            site = await open_site(leg.told_in(language), webhooks=leg.webhooks)
            for stop in leg.stops:
                body = await asked(site.client, leg.path(stop, language), stop)
                (tmp_path / f"{name}, {stop.name}, {language}.html").write_bytes(body)
    assert await asyncio.to_thread(complaints, checker, tmp_path) == set()


def complaints(checker: list[str], folder: Path) -> set[str]:
    """What the checker says of all pages in a folder."""
    told = subprocess.run([*checker, str(folder)], capture_output=True, text=True, check=True)
    return {
        f"{Path(one['url']).stem}: {one['message']} {one.get('extract', '')}"
        for one in json.loads(told.stdout)["messages"]
    }


async def asked(client, path: str, stop: tour.Stop) -> bytes:
    """The bytes of a page."""
    asking = (
        client.get(path, headers=READER)
        if stop.typed is None
        else (client.post(path, data=stop.typed, headers=READER))
    )
    async with asking as answer:
        assert answer.status == stop.status, (path, stop)
        return await answer.read()
