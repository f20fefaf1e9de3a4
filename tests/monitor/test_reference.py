"""docs/cli.md is what the commands say of themselves."""

from __future__ import annotations

import pkgutil
from pathlib import Path

from monitor import commands
from monitor.reference import BEGIN, END, reference

DOCUMENT = Path(__file__).parent.parent.parent / "docs" / "cli.md"


def test_the_document_is_up_to_date():
    document = DOCUMENT.read_text()
    assert reference(document) == document, "run `python -m monitor.reference`"


def test_every_command_has_its_section_and_its_row():
    document = DOCUMENT.read_text()
    for module in pkgutil.iter_modules(commands.__path__):
        assert f"\n## upfront {module.name}\n" in document
        assert f"| [`{module.name}`](#upfront-{module.name}) |" in document


def test_what_stands_around_the_marks_is_kept():
    told = reference(f"before\n{BEGIN}\nold\n{END}\nafter\n")
    assert told.startswith(f"before\n{BEGIN}\n")
    assert told.endswith(f"{END}\nafter\n")
    assert "\nold\n" not in told


def test_options_are_told_and_help_is_not_repeated():
    told = reference(f"{BEGIN}{END}")
    assert "| `--location NAME` | Probe in the name of this location of the check. |" in told
    assert "| `-h, --help`" not in told
    assert "| `--help`" not in told
