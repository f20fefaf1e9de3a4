"""Programs of others that tests run: found, or skipped with how to get them.

On a developer's machine what is missing skips its tests. Where `UPFRONT_REQUIRE` names the class
(`servers`, `browser`, `checkers`, with commas) it fails them: CI cannot pass by leaving out.
"""

import os
import shutil
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Literal, NoReturn

import pytest

Requirement = Literal["servers", "browser", "checkers"]


@dataclass(frozen=True)
class Program:
    """A program to look for: the names it goes by, and how to get it."""

    names: tuple[str, ...]
    requirement: Requirement
    remedy: str


PROGRAMS = {
    "nginx": Program(("nginx",), "servers", "apt-get install nginx-light"),
    "nats-server": Program(("nats-server",), "servers", "apt-get install nats-server"),
    "prometheus": Program(("prometheus",), "servers", "apt-get install prometheus"),
    "promtool": Program(("promtool",), "servers", "apt-get install prometheus"),
    "chromium": Program(
        # Without a window, tabs take a third less of the processor.
        ("chromium-headless-shell", "chromium", "chromium-browser", "google-chrome"),
        "browser",
        "apt-get install chromium-headless-shell",
    ),
}


def require_server(name: str) -> Path:
    """Where the server or tool of this name is; without it the test ends here."""
    return _require(PROGRAMS[name], name)


def require_browser() -> Path:
    """Where Chromium is; without it the test ends here."""
    return _require(PROGRAMS["chromium"], "chromium")


def unavailable(
    what: str, requirement: Requirement, remedy: str, environ: Mapping[str, str] = os.environ
) -> NoReturn:
    """End the test for want of something: a failure where it is required, else a skip."""
    missing = f"{what} is not available; {remedy}"
    if requirement in environ.get("UPFRONT_REQUIRE", "").split(","):
        pytest.fail(f"{missing} (UPFRONT_REQUIRE asks for {requirement})", pytrace=False)
    pytest.skip(missing)


def found(program: Program, path: str) -> Path | None:
    """The first of a program's names on the path; servers often live in sbin, off a user's path."""
    path = os.pathsep.join([path, "/usr/local/sbin", "/usr/sbin", "/sbin"])
    places = (shutil.which(name, path=path) for name in program.names)
    return next((Path(place) for place in places if place), None)


def _require(program: Program, name: str) -> Path:
    return found(program, os.environ.get("PATH", os.defpath)) or unavailable(
        name, program.requirement, program.remedy
    )
