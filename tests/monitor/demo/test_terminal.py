"""The demo's words: plain lines for a pipe, wrapped with a margin for a person."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from monitor.demo.terminal import Terminal

NOW = datetime(2026, 11, 21, 13, 2, 10, tzinfo=UTC)
LONG = "Payments stopped answering. " * 10


def terminal(*, person: bool) -> Terminal:
    return Terminal(lambda: NOW, "Europe/Berlin", person=person)


def test_what_happened_stands_on_one_line_in_a_pipe(capsys: pytest.CaptureFixture[str]):
    terminal(person=False).happened(LONG)
    assert capsys.readouterr().out == f"14:02:10  {LONG.strip()}\n"


def test_for_a_person_lines_are_wrapped_below_one_another(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setenv("COLUMNS", "60")
    terminal(person=True).happened(LONG)
    first, *rest = capsys.readouterr().out.splitlines()
    assert first.startswith("14:02:10  Payments stopped")
    assert len(rest) > 3
    assert all(line.startswith(" " * 10) and line[10] != " " for line in rest)
    assert max(map(len, [first, *rest])) <= 60


def test_a_table_has_its_values_below_one_another(capsys: pytest.CaptureFixture[str]):
    terminal(person=False).table([("Page", "http://x/"), ("Status page", "http://y/")])
    assert capsys.readouterr().out == "  Page         http://x/\n  Status page  http://y/\n"
