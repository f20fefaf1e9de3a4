"""Whatever stands in a file, the answer is a list of issues and never an exception."""

import copy
from pathlib import Path

import pytest
import yaml
from hypothesis import given
from hypothesis import strategies as st

from monitor.config.load import load
from monitor.config.nodes import Place, Unreadable
from monitor.config.parsing import MOST_BY_ALIASES, parse

GOOD = Path(__file__).parent / "good" / "whole.yaml"
WHOLE = yaml.load(GOOD.read_text(), Loader=yaml.BaseLoader)
SCALARS = [
    *["", "x", "3", "-1", "1.5", "true", "null", "30s", "${env:NONE}", "${each:x}", "${", "a: b"],
    *["\x85", "é" * 70, "99999999999999999999w", "https://", "[::1]:80", "9" * 500],
]
JUNK = st.sampled_from(SCALARS) | st.sampled_from(
    [[], {}, [[]], [{}], {"a": {}}, {"x": ["y"]}, ["x", "y"], {"http": "x"}]
)


def paths(node, at=()):
    yield at
    if isinstance(node, dict):
        for key, value in node.items():
            yield from paths(value, (*at, key))
    if isinstance(node, list):
        for index, value in enumerate(node):
            yield from paths(value, (*at, index))


def replaced(tree, path, junk):
    if not path:
        return junk
    tree = copy.deepcopy(tree)
    parent = tree
    for step in path[:-1]:
        parent = parent[step]
    parent[path[-1]] = junk
    return tree


@given(path=st.sampled_from(list(paths(WHOLE))), junk=JUNK)
def test_junk_in_any_place_is_an_issue_or_harmless(tmp_path_factory, path, junk):
    folder = tmp_path_factory.mktemp("junk")
    file = folder / "checks.yaml"
    file.write_text(yaml.safe_dump(replaced(WHOLE, path, junk), allow_unicode=True))
    loaded = load(file, environ={"SMTP_PASSWORD": "s3cret", "PORT": "8443"})
    assert (loaded.config is None) == bool(loaded.mistakes)
    lines = file.read_text().count("\n") + 1
    assert all(1 <= issue.place.line <= lines for issue in loaded.issues)
    assert all("s3cret" not in f"{issue}" for issue in loaded.issues)


@given(text=st.text(max_size=200) | st.text("{}[]:,-&*!|>'\"%@`#\n\t ab", max_size=60))
def test_any_text_is_read_or_refused_with_a_place_inside_it(text):
    places = [Place("checks.yaml", 1, 1)]
    try:
        parse(text, "checks.yaml")
    except Unreadable as refused:
        places.append(refused.place)
    assert all(1 <= place.line <= len(text) + 1 and place.column >= 1 for place in places)


@given(data=st.binary(max_size=200))
def test_any_bytes_are_answered(tmp_path_factory, data):
    file = tmp_path_factory.mktemp("bytes") / "checks.yaml"
    file.write_bytes(data)
    assert load(file).mistakes


def test_a_megabyte_of_brackets_is_refused_at_once(tmp_path):
    file = tmp_path / "checks.yaml"
    for deep in (b"[" * 2**20, b"{a: " * 2**18, b"- " * 2**19, b"? " * 2**19):
        file.write_bytes(b"version: 1\nx:\n " + deep)
        assert "nested deeper than 64" in load(file).mistakes[0].message


def test_what_aliases_make_is_bounded():
    laughs = ["a0: &a0 [x, x]"] + [f"a{n}: &a{n} [*a{n - 1}, *a{n - 1}]" for n in range(1, 40)]
    with pytest.raises(Unreadable, match=f"{MOST_BY_ALIASES:,}"):
        parse("\n".join(laughs), "checks.yaml")
