"""Rings among dependencies, and the names that are suggested."""

import graphlib
import itertools

import pytest
from hypothesis import given
from hypothesis import strategies as st

from monitor.config.references import rings
from monitor.config.suggestions import listing, nearest

NAMES = st.sampled_from("abcdef")


@pytest.mark.parametrize(
    ("graph", "found"),
    [
        ({"a": "b", "b": ""}, []),
        ({"a": "a"}, [("a", "a")]),
        ({"a": "b", "b": "a"}, [("a", "b", "a")]),
        ({"c": "a", "a": "b", "b": "a"}, [("a", "b", "a")]),
        ({"b": "c", "c": "a", "a": "b"}, [("b", "c", "a", "b")]),
        ({"a": "bc", "b": "a", "c": "a"}, [("a", "b", "a"), ("a", "c", "a")]),
        ({"a": "x"}, []),
    ],
)
def test_each_ring_is_found_once_and_whole(graph, found):
    assert rings(graph) == found


@given(st.dictionaries(NAMES, st.sets(NAMES)))
def test_there_is_a_ring_exactly_when_there_is_no_order(graph):
    sorter = graphlib.TopologicalSorter(graph)
    try:
        sorter.prepare()
        ordered = True
    except graphlib.CycleError:
        ordered = False
    found = rings(graph)
    assert bool(found) != ordered
    for ring in found:
        assert ring[0] == ring[-1]
        assert all(after in graph[before] for before, after in itertools.pairwise(ring))


@pytest.mark.parametrize(
    ("word", "possible", "meant"),
    [
        ("intervall", ["interval", "timeout"], "interval"),
        ("Interval", ["interval", "timeout"], "interval"),
        ("wbe", ["web"], "web"),
        ("dependsOn", ["depends_on"], "depends_on"),
        ("automatic", ["auto", "draft"], "auto"),
        ("retries", ["confirm", "name"], "confirm"),
        ("titel", ["name", "interval"], "name"),
        ("zebra", ["name", "interval"], None),
        ("", ["name"], None),
    ],
)
def test_what_was_meant_is_the_nearest_or_nothing(word, possible, meant):
    assert nearest(word, possible) == meant


@pytest.mark.parametrize(
    ("names", "told"),
    [((), ""), (("a",), "a"), (("a", "b", "c"), "a, b and c"), (("a",) * 20, "a, a, …")],
)
def test_a_listing_reads_as_a_sentence(names, told):
    assert listing(names, at_most=12 if len(names) < 12 else 2) == told
