"""A copy in a real browser, from a plain file server: it stays up to date, and says when not."""

from __future__ import annotations

import functools
import http.server
import threading
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime
from pathlib import Path
from typing import Any

import pytest

from statuspage.ports import Snapshot
from tests.statuspage import examples
from tests.statuspage.scenes import NOW
from tests.statuspage.test_copies import TWO, copied

OLD = "[data-outdated]"


@dataclass
class FileServer:
    """Python's own, on a folder; `now` is what it takes the time to be."""

    root: Path
    now: datetime = NOW
    port: int = 0

    async def hold(self, snapshot: Snapshot, *, only: str = "") -> None:
        """Put the copy of a page there, or only one file of it."""
        for file, document in (await copied(snapshot, TWO)).items():
            if document is not None and only in ("", file):
                path = self.root / file
                path.parent.mkdir(parents=True, exist_ok=True)
                path.write_bytes(document.body)

    def url(self, path: str) -> str:
        return f"http://127.0.0.1:{self.port}{path}"


@pytest.fixture
def files(tmp_path: Path) -> Iterator[FileServer]:
    made = FileServer(tmp_path)

    class Handler(http.server.SimpleHTTPRequestHandler):
        def date_time_string(self, timestamp: float | None = None) -> str:
            told = made.now if timestamp is None else datetime.fromtimestamp(timestamp, UTC)
            return format_datetime(told, usegmt=True)

        def log_message(self, *_: object) -> None:
            pass

    handler = functools.partial(Handler, directory=str(tmp_path))
    with http.server.ThreadingHTTPServer(("127.0.0.1", 0), handler) as server:
        made.port = server.server_port
        thread = threading.Thread(target=server.serve_forever)
        thread.start()
        yield made
        server.shutdown()
        thread.join()


Visit = Callable[..., Awaitable[Any]]


@pytest.fixture
async def visit(browser: Any, files: FileServer) -> AsyncIterator[Visit]:
    """Opens a page of the copy at an instant; fails the test if the browser complains."""
    complaints: list[str] = []

    async def open_page(path: str, after: timedelta = timedelta(0), **options: Any) -> Any:
        files.now = NOW + after
        page = await (await browser.new_context(**options)).new_page()
        await page.clock.install(time=files.now)
        page.on("console", lambda message: complaints.append(message.text))
        page.on("pageerror", lambda error: complaints.append(str(error)))
        await page.goto(files.url(path), wait_until="networkidle")
        return page

    yield open_page
    assert complaints == []


def later(snapshot: Snapshot, **span: float) -> Snapshot:
    return replace(snapshot, at=snapshot.at + timedelta(**span), fresh_until=None)


async def test_a_new_copy_says_only_that_it_is_one(files: FileServer, visit: Visit) -> None:
    await files.hold(examples.one_slow())
    page = await visit("/de/history", after=timedelta(minutes=2))
    assert "Dies ist eine Kopie von https://status.acme.example" in await page.text_content("#top")
    assert not await page.is_visible(OLD)


@pytest.mark.parametrize(
    ("path", "words"),
    [
        ("/", "This copy was made 3 hours ago; what happened since is not in it."),
        ("/embed", "This copy was made 3 hours ago; what happened since is not in it."),
        ("/de/history", "Diese Kopie wurde vor 3 Stunden erstellt."),
    ],
)
async def test_an_old_copy_says_so(files: FileServer, visit: Visit, path: str, words: str) -> None:
    await files.hold(examples.all_good())
    page = await visit(path, after=timedelta(hours=3, minutes=5))
    assert words in await page.text_content(OLD)
    assert await page.is_visible(OLD)


async def test_a_page_grows_old_while_it_is_open(files: FileServer, visit: Visit) -> None:
    await files.hold(examples.all_good())
    page = await visit("/")
    assert not await page.is_visible(OLD)
    files.now += timedelta(minutes=6)
    await page.clock.run_for(6 * 60_000)
    await page.wait_for_selector(f"{OLD}:text('made 6 minutes ago')")


async def test_a_page_that_did_not_change_is_as_new_as_the_copy(
    files: FileServer, visit: Visit
) -> None:
    await files.hold(examples.all_good())
    await files.hold(later(examples.all_good(), days=2), only="en/copy.json")
    page = await visit("/en/history", after=timedelta(days=2, minutes=1))
    assert not await page.is_visible(OLD)


async def test_a_clock_that_is_wrong_does_not_make_a_copy_old(
    files: FileServer, visit: Visit
) -> None:
    await files.hold(examples.all_good())
    page = await visit("/")
    await page.clock.set_fixed_time(NOW + timedelta(hours=8))
    await page.reload(wait_until="networkidle")
    assert not await page.is_visible(OLD)


async def test_the_open_page_follows_the_files(files: FileServer, visit: Visit) -> None:
    await files.hold(examples.all_good())
    page = await visit("/")
    await files.hold(later(examples.one_slow(), seconds=30))
    await page.clock.run_for(21_000)
    await page.wait_for_selector("h1:text('Checkout is slow since 14:02.')")
    assert "made on Sat 21 Nov at 14:15:01" in await page.text_content("#top")


async def test_without_script_it_says_when_it_was_made(files: FileServer, visit: Visit) -> None:
    await files.hold(examples.major_outage())
    page = await visit("/", after=timedelta(hours=1), java_script_enabled=False)
    assert "This is a copy, made on Sat 21 Nov at 14:14:31" in await page.text_content("#top")
    assert not await page.is_visible(OLD)
    await page.click("nav >> text=History")
    assert await page.text_content("h1")
