"""A mapping that changes by making a new one: a dictionary in all but what a change costs."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from incidents.growing import Growing

CHANGES = st.lists(st.tuples(st.integers(0, 60), st.integers()), max_size=200)
FEW = st.dictionaries(st.integers(0, 60), st.integers(), max_size=30)


@given(FEW, CHANGES, st.sets(st.integers(0, 200)))
def test_it_is_a_dictionary_whenever_it_is_looked_at(begun, changes, looked_at):
    plain, growing = dict(begun), Growing.of(begun)
    for number, (key, value) in enumerate(changes):
        plain[key] = value
        growing = growing.having(key, value)
        assert growing[key] == value
        assert len(growing) == len(plain)
        if number in looked_at:
            assert list(growing.items()) == list(plain.items())
    assert list(growing) == list(plain)
    assert list(growing.values()) == list(plain.values())
    assert growing == plain
    assert all((key in growing) == (key in plain) for key in range(61))


@given(FEW, CHANGES)
def test_what_was_there_before_stays_as_it_was(begun, changes):
    growing = Growing.of(begun)
    stages = [growing]
    for key, value in changes:
        stages.append(stages[-1].having(key, value))
    plain = dict(begun)
    for stage, (key, value) in zip(stages, [*changes, (0, 0)], strict=True):
        assert stage == plain
        plain[key] = value


def test_what_is_not_in_it_is_missing_as_in_a_dictionary():
    with pytest.raises(KeyError, match="shop"):
        Growing.of({"pay": 1}).having("till", 2)["shop"]


def test_it_is_not_wrapped_twice():
    growing = Growing.of({"pay": 1})
    assert Growing.of(growing) is growing


def test_a_hundred_thousand_keys_are_found_in_few_layers():
    growing = Growing.of({})
    for number in range(100_000):
        growing = growing.having(number, number)
    assert len(growing._layers) < 12
