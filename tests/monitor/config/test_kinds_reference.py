"""docs/kinds.md says what the kinds say, and their examples are right."""

import textwrap
from pathlib import Path

import pytest

from checks.kinds import KINDS
from monitor.config.kinds_reference import kinds_reference
from monitor.config.load import load

DOCUMENT = Path(__file__).parents[3] / "docs" / "kinds.md"
HEAD = """\
version: 1
page: {url: https://status.acme.example}
components:
  shop:
    checks:
"""


def test_the_document_is_up_to_date():
    assert kinds_reference() == DOCUMENT.read_text(), (
        "run: python -m monitor.config.kinds_reference"
    )


@pytest.mark.parametrize("name", KINDS)
def test_every_kind_has_an_example_that_is_right(name, tmp_path):
    example = KINDS[name].example
    assert f"  {name}:" in example
    (tmp_path / "checks.yaml").write_text(HEAD + textwrap.indent(example, " " * 6))
    assert [str(issue) for issue in load(tmp_path / "checks.yaml").issues] == []


@pytest.mark.parametrize("name", KINDS)
def test_every_kind_tells_of_failures(name):
    assert KINDS[name].failures


def test_no_setting_is_without_a_word_about_it():
    rows = [line for line in DOCUMENT.read_text().splitlines() if line.startswith("| `")]
    settings = [row for row in rows if row.count(" | ") == 3]
    assert settings
    assert [row for row in settings if row.endswith("|  |")] == []


def test_what_is_expected_by_default_is_said():
    document = DOCUMENT.read_text()
    assert "| `status` | text or list of text | `200-299` |" in document
    assert "`SERVING` |" in document
