"""`upfront doctor` as a person and as a script meets it."""

from __future__ import annotations

import json
import socket
from collections.abc import Callable, Iterator
from pathlib import Path

import click
import pytest
from click.testing import CliRunner, Result

from monitor.commands import main
from monitor.doctor.model import Found, Level, Looked
from monitor.terminal.examination import as_text
from tests.service import free_port

FILE = """\
version: 1
page: {{url: "http://127.0.0.1:{closed}"}}
server: {{public: "127.0.0.1:{public}", internal: "127.0.0.1:{internal}"}}
storage: sqlite:data/upfront.db
components: {{shop: {{checks: {{api: {{tcp: "127.0.0.1:1"}}}}}}}}
"""

Run = Callable[..., Result]


@pytest.fixture
def taken() -> Iterator[int]:
    """A port that another program has."""
    with socket.socket() as door:
        door.bind(("127.0.0.1", 0))
        door.listen()
        yield door.getsockname()[1]


@pytest.fixture
def run(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Run:
    """Runs `upfront doctor` in a folder with the file above."""
    monkeypatch.chdir(tmp_path)
    for name in ("http_proxy", "https_proxy", "all_proxy"):
        monkeypatch.delenv(name, raising=False)
        monkeypatch.delenv(name.upper(), raising=False)

    def ran(*words: str, public: int | None = None) -> Result:
        ports = {"public": public or free_port(), "internal": free_port(), "closed": free_port()}
        Path("checks.yaml").write_text(FILE.format(**ports))
        return CliRunner().invoke(main, ["doctor", *words])

    return ran


def test_a_machine_without_mistakes_is_well(run: Run):
    result = run()
    assert result.exit_code == 0, result.output
    lines = result.stdout.splitlines()
    assert lines[0] == "✓ file        checks.yaml is right"
    assert [line for line in lines if line.startswith("! mail ")]
    assert "              → set channels.mail" in lines
    assert lines[-1].startswith("Nothing is wrong, ")


def test_a_port_that_is_taken_is_wrong(run: Run, taken: int):
    result = run(public=taken)
    assert result.exit_code == 1
    assert f"✗ ports       cannot listen on 127.0.0.1:{taken} (server.public): " in result.stdout
    assert "→ end what listens there, or change server.public" in result.stdout


def test_nothing_is_changed(run: Run, tmp_path: Path):
    run()
    assert [path.name for path in tmp_path.iterdir()] == ["checks.yaml"]


def test_json_names_each_look(run: Run):
    told = json.loads(run("--json").stdout)
    assert [one["name"] for one in told] == [
        "file", "canaries", "clock", "disk", "dns", "open files", "locations", "mail", "page",
        "ping", "ports", "proxies", "versions",
    ]  # fmt: skip
    assert told[0]["found"] == [{"level": "well", "what": "checks.yaml is right", "remedy": ""}]


def test_with_a_wrong_file_the_machine_is_looked_at_all_the_same(run: Run):
    Path("wrong.yaml").write_text("version: 1\ncomponents: {shop: {naem: x}}\n")
    result = run("wrong.yaml")
    assert result.exit_code == 1
    assert "wrong.yaml has 1 mistake; what needs it is left out" in result.stdout
    assert "→ upfront validate wrong.yaml" in result.stdout
    assert "✓ versions" in result.stdout
    assert "ports" not in result.stdout


def test_a_machine_that_lacks_nothing_is_told_so():
    looked = [Looked("disk", (Found(Level.WELL, "fast\x1b[31m"), Found(Level.HINT, "large")))]
    lines = click.unstyle(as_text(looked)).splitlines()
    assert lines == [
        "✓ disk  fast\N{REPLACEMENT CHARACTER}[31m", "i       large", "", "All is well."
    ]  # fmt: skip


def test_what_is_wrong_stands_above_what_to_do():
    looked = [Looked("disk", (Found(Level.WRONG, "full", "make room"),))]
    lines = click.unstyle(as_text(looked)).splitlines()
    assert lines == ["✗ disk  full", "        → make room", "", "1 wrong."]
