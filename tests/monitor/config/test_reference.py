"""docs/configuration.md says what the code says, and its example is right."""

from pathlib import Path

from monitor.config.load import load
from monitor.config.reference import SECTIONS, reference

DOCUMENT = Path(__file__).parents[3] / "docs" / "configuration.md"


def test_the_reference_is_up_to_date():
    document = DOCUMENT.read_text()
    assert reference(document) == document, "run: python -m monitor.config.reference"


def test_every_section_stands_in_it():
    document = DOCUMENT.read_text()
    assert all(title in document for title in SECTIONS)


def test_no_key_is_without_a_word_about_it():
    rows = [line for line in DOCUMENT.read_text().splitlines() if line.startswith("| `")]
    assert rows
    assert [row for row in rows if row.endswith("|  |")] == []


def test_its_example_is_right(tmp_path):
    example = DOCUMENT.read_text().split("```yaml\n")[1].split("```")[0]
    (tmp_path / "checks.yaml").write_text(example)
    assert load(tmp_path / "checks.yaml").issues == ()
