"""Settings written as text: sizes, shares, other shapes, short forms."""

import re
from dataclasses import dataclass
from typing import Annotated

import pytest
from pydantic import TypeAdapter, ValidationError

from checks.settings import Duration, Shaped, Share, Shorthand, Size, Text, parse_share, parse_size


@pytest.mark.parametrize(
    ("text", "size"), [("64KiB", 65_536), ("1MB", 1_000_000), ("1.5 GiB", 1_610_612_736), ("0B", 0)]
)
def test_sizes_are_read(text, size):
    assert parse_size(text) == size


@pytest.mark.parametrize("text", ["64", "64 kilobytes", "-1MB", "", 64])
def test_a_size_without_its_unit_is_refused(text):
    with pytest.raises(ValueError, match="write it like 64KiB or 1MB"):
        parse_size(text)


@pytest.mark.parametrize(("text", "share"), [("99.95%", 0.9995), ("0%", 0), ("100 %", 1)])
def test_shares_are_read(text, share):
    assert parse_share(text) == pytest.approx(share)


@pytest.mark.parametrize(("text", "reason"), [("99.9", "percent sign"), ("101%", "more than 100")])
def test_what_is_no_share_is_refused(text, reason):
    with pytest.raises(ValueError, match=reason):
        parse_share(text)


@dataclass(frozen=True)
class Inner:
    span: Duration


@dataclass(frozen=True)
class Settings:
    span: Duration
    size: Size | None = None
    share: Share | None = None
    text: Text = ""
    shaped: Annotated[
        list[Duration] | None, Shaped(list[Inner], lambda found: [i.span for i in found])
    ] = None
    short: Annotated[
        Inner | None,
        Shorthand(lambda raw: {"span": raw} if isinstance(raw, str) else raw, {"type": "string"}),
    ] = None


READER = TypeAdapter(Settings)


def test_markers_read_what_they_mark():
    found = READER.validate_python(
        {
            "span": "1s",
            "size": "1kB",
            "share": "50%",
            "text": True,
            "shaped": [{"span": "1s"}],
            "short": "1m",
        }
    )
    assert (found.size, found.share, found.text) == (1000, 0.5, "true")
    assert found.shaped[0].total_seconds() == 1
    assert found.short.span.total_seconds() == 60


def test_a_mistake_inside_a_shape_keeps_its_place():
    with pytest.raises(ValidationError) as refused:
        READER.validate_python({"span": "1s", "shaped": [{"span": "1s"}, {"span": "1"}]})
    assert [error["loc"] for error in refused.value.errors()] == [("shaped", 1, "span")]


def test_editors_are_told_the_written_form():
    schema = READER.json_schema()
    duration = schema["properties"]["span"]
    assert re.fullmatch(duration["pattern"], "1h30m")
    assert schema["properties"]["short"]["anyOf"][0] == {"type": "string"}
