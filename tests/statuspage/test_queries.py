"""Query strings as structs, and what is said of those that are none."""

from datetime import UTC, date, datetime
from enum import StrEnum
from typing import Annotated

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st
from multidict import MultiDict

from statuspage.queries import WrongParameter, read


class Colour(StrEnum):
    RED = "red"
    BLUE = "blue"


class Asked(msgspec.Struct, frozen=True, rename={"from_": "from"}):
    limit: Annotated[int, msgspec.Meta(ge=1, le=9)] = 5
    colour: Annotated[list[Colour], msgspec.Meta(description="Any of them.")] = []
    from_: date | None = None
    at: Annotated[datetime, msgspec.Meta(tz=True)] | None = None


def test_nothing_given_is_the_defaults():
    assert read(Asked, MultiDict()) == Asked()


def test_parameters_are_read_as_their_fields_types():
    given = MultiDict(
        [("limit", "3"), ("colour", "red"), ("colour", "blue"), ("from", "2026-02-28")]
    )
    assert read(Asked, given) == Asked(3, [Colour.RED, Colour.BLUE], date(2026, 2, 28))


def test_an_instant_has_an_offset():
    found = read(Asked, MultiDict(at="2026-02-28T12:00:00+02:00"))
    assert found.at == datetime(2026, 2, 28, 10, tzinfo=UTC)


@pytest.mark.parametrize(
    ("given", "parameter", "reason"),
    [
        ([("limit", "10")], "limit", "limit: Expected `int` <= 9"),
        ([("limit", "many")], "limit", "limit: Expected `int`, got `str`"),
        ([("limit", "1"), ("limit", "2")], "limit", "limit is given 2 times"),
        ([("colour", "green")], "colour", "colour: Invalid enum value 'green'"),
        ([("from", "2026-02-30")], "from", "from: Invalid RFC3339 encoded date"),
        ([("at", "2026-02-28T12:00:00")], "at", "at: Expected `datetime` with a timezone"),
        ([("color", "red")], "color", '"color" is no parameter here, did you mean "colour"?'),
        ([("xyz", "1")], "xyz", '"xyz" is no parameter here: limit, colour, from, at'),
    ],
)
def test_what_cannot_be_taken_is_named(given, parameter, reason):
    with pytest.raises(WrongParameter) as refused:
        read(Asked, MultiDict(given))
    assert refused.value.parameter == parameter
    assert str(refused.value).startswith(reason)


@given(st.lists(st.tuples(st.sampled_from(["limit", "colour", "from", "at"]), st.text())))
def test_whatever_is_given_is_read_or_refused(given):
    try:
        found = read(Asked, MultiDict(given))
    except WrongParameter as refused:
        named = refused.parameter
    else:
        assert 1 <= found.limit <= 9
        named = "limit"
    assert named in {"limit", *dict(given)}
