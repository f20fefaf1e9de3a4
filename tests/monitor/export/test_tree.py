"""A folder of our own files: whole, kept while they are the same, nobody else's touched."""

from __future__ import annotations

import gzip
from pathlib import Path

import brotli
import pytest

from monitor.export.tree import MANIFEST, PART, Refused, Tree
from statuspage.documents import HTML, Document

LONG = "Everything is working. " * 40


@pytest.fixture
def root(tmp_path: Path) -> Path:
    return tmp_path / "site"


def page(text: str) -> Document:
    return Document(HTML, text.encode())


def exported(root: Path, files: dict[str, str], *, precompress: bool = False) -> Tree:
    """A whole export of these files, with the folder let go of."""
    tree = Tree(root, precompress=precompress)
    tree.open()
    try:
        tree.begin()
        for name, body in files.items():
            tree.put(name, page(body))
        tree.finish()
    finally:
        tree.close()
    return tree


def names(root: Path) -> set[str]:
    found = (path for path in root.rglob("*") if path.is_file() and path.name != MANIFEST)
    return {str(path.relative_to(root)) for path in found}


def test_the_folder_is_made_and_names_what_is_in_it(root: Path) -> None:
    made = exported(root, {"index.html": "a", "history/index.html": "b"})
    assert names(root) == {"index.html", "history/index.html"} == set(listed(root))
    assert (made.written, made.removed, made.size) == (2, 0, 2)


def listed(root: Path) -> list[str]:
    return (root / MANIFEST).read_text().splitlines()


@pytest.mark.parametrize("precompress", [False, True])
def test_what_is_the_same_is_not_written_again(root: Path, precompress: bool) -> None:
    exported(root, {"index.html": LONG, "feed.atom": "a"}, precompress=precompress)
    before = {name: (root / name).stat() for name in names(root)}
    again = exported(root, {"index.html": LONG, "feed.atom": "b"}, precompress=precompress)
    after = {name: (root / name).stat() for name in names(root)}
    assert again.written == 1
    kept = [name for name in before if before[name].st_ino == after[name].st_ino]
    assert set(kept) == set(before) - {"feed.atom"}
    assert all(before[name].st_mtime_ns == after[name].st_mtime_ns for name in kept)


def test_a_file_that_is_no_more_goes_with_its_folder_and_others_stay(root: Path) -> None:
    exported(root, {"index.html": "a", "incidents/x/index.html": "b"})
    (root / "robots.txt").write_text("mine")
    made = exported(root, {"index.html": "a"})
    assert made.removed == 1
    assert names(root) == {"index.html", "robots.txt"}
    assert not (root / "incidents").exists()


def test_a_folder_with_other_files_is_refused_and_left_as_it_is(root: Path) -> None:
    root.mkdir()
    (root / "index.html").write_text("mine")
    with pytest.raises(Refused, match="holds files that no export wrote"):
        Tree(root).open()
    assert {path.name: path.read_text() for path in root.iterdir()} == {"index.html": "mine"}


def test_a_file_of_somebody_else_in_the_place_of_ours_is_not_overwritten(root: Path) -> None:
    exported(root, {"index.html": "a"})
    (root / "feed.atom").write_text("mine")
    with pytest.raises(Refused, match=r"feed\.atom was not written by an export"):
        exported(root, {"index.html": "a", "feed.atom": "b"})
    assert (root / "feed.atom").read_text() == "mine"


def test_a_crash_leaves_whole_files_and_the_next_export_ends_what_it_began(root: Path) -> None:
    exported(root, {"index.html": "a", "old.html": "a"})
    tree = Tree(root)
    tree.open()
    tree.begin()
    tree.put("index.html", page("b"))
    tree.put("new.html", page("b"))
    (root / PART).write_text("ha")  # it was killed while it wrote the next one
    tree.close()
    assert names(root) == {"index.html", "old.html", "new.html", PART}
    exported(root, {"index.html": "b"})
    assert names(root) == {"index.html"}


def test_what_a_power_failure_damaged_is_put_right(root: Path) -> None:
    exported(root, {"index.html": LONG, "feed.atom": "a"}, precompress=True)
    (root / "index.html").write_bytes(b"")
    (root / "feed.atom").unlink()
    exported(root, {"index.html": LONG, "feed.atom": "a"}, precompress=True)
    assert (root / "index.html").read_text() == LONG
    assert (root / "feed.atom").read_text() == "a"


def test_two_exports_do_not_write_to_one_folder(root: Path) -> None:
    tree = Tree(root)
    tree.open()
    with pytest.raises(Refused, match="Another export"):
        Tree(root).open()
    tree.close()
    exported(root, {})


def test_compressed_files_stand_beside_and_go_with_theirs(root: Path) -> None:
    exported(root, {"index.html": LONG, "copy.json": "{}"}, precompress=True)
    assert names(root) == {"index.html", "index.html.gz", "index.html.br", "copy.json"}
    assert gzip.decompress((root / "index.html.gz").read_bytes()).decode() == LONG
    assert brotli.decompress((root / "index.html.br").read_bytes()).decode() == LONG
    exported(root, {"index.html": LONG})
    assert names(root) == {"index.html"}


def test_one_that_cannot_be_told_is_dropped_at_once(root: Path) -> None:
    exported(root, {"api/v2/status.json": LONG, "index.html": "a"}, precompress=True)
    tree = Tree(root, precompress=True)
    tree.open()
    tree.drop("api/v2/status.json")
    tree.drop("never/there.json")
    tree.close()
    assert names(root) == {"index.html"}
