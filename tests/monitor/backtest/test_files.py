"""Lines of files: read many at once, and yet each mistake is told with its line."""

from __future__ import annotations

from pathlib import Path

import pytest

from monitor.backtest import files
from monitor.backtest.files import Unreadable, read

ONE = '{"check": "shop/api", "at": 5, "outcome": "pass"}'
OTHER = '{"check": "till/api", "at": 6, "outcome": "pass"}'
TABLE = "check,at,outcome\nshop/api,5,pass\ntill/api,6,pass\n"


def rows(path: Path, text: str, others: tuple[str, ...] = ()) -> list[tuple[int, str]]:
    """The numbers of the lines, and whose results they are."""
    path.write_text(text, newline="")
    return [(number, row.check) for block in read(path, others) for number, row in block.rows]


@pytest.mark.parametrize(
    "text",
    [f"{ONE}\n{OTHER}\n", f"{ONE}\n{OTHER}", f"{ONE}\r\n{OTHER}\r\n", f"{ONE}\n{OTHER}\n\n \n"],
)
def test_lines_end_as_they_do_anywhere(tmp_path: Path, text: str):
    assert rows(tmp_path / "r.jsonl", text) == [(1, "shop/api"), (2, "till/api")]


def test_blank_lines_are_counted_and_passed_over(tmp_path: Path):
    found = rows(tmp_path / "r.jsonl", f"\n{ONE}\n  \n{OTHER}\n")
    assert found == [(2, "shop/api"), (4, "till/api")]


@pytest.mark.parametrize(("name", "text", "line"), [
    ("r.jsonl", f"{ONE}\n{OTHER}\n", 2), ("r.csv", TABLE, 3),
])  # fmt: skip
def test_results_of_others_are_passed_over(tmp_path: Path, name: str, text: str, line: int):
    assert rows(tmp_path / name, text, ("shop/api",)) == [(line, "till/api")]


@pytest.mark.parametrize(
    ("text", "line"),
    [
        (f"{ONE} {OTHER}\n{ONE}\n", 1),
        (f"{ONE}\n{ONE[:20]}\n{ONE[20:]}\n", 2),
        (f"{ONE}\n\n{ONE}\nnonsense\n", 4),
        (f"{ONE}\n[]\n", 2),
    ],
)
def test_what_is_not_one_result_a_line_is_told_with_its_line(tmp_path: Path, text: str, line: int):
    with pytest.raises(Unreadable, match=rf"r\.jsonl:{line}: "):
        rows(tmp_path / "r.jsonl", text)


def test_a_file_larger_than_is_read_at_once_is_read_whole(tmp_path: Path):
    many = files.AT_ONCE // len(ONE) * 2
    found = rows(tmp_path / "r.jsonl", f"{ONE}\n" * many + f"{OTHER}\n")
    assert (len(found), found[-1]) == (many + 1, (many + 1, "till/api"))
    with pytest.raises(Unreadable, match=rf":{many + 1}: "):
        rows(tmp_path / "r.jsonl", f"{ONE}\n" * many + "nothing\n")
