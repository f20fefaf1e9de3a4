"""Statements about the answer of a name server: its records, its code, and who says so."""

from __future__ import annotations

from dataclasses import dataclass, fields
from datetime import datetime, timedelta
from typing import Annotated

from checks.duration import say_span
from checks.expectations import Bounds, stated_as, together
from checks.model import Expectation, Finding, Observation
from checks.patterns import OptionalPattern, Pattern
from checks.settings import Shaped, Written, items_of, one_or_list, parse_text
from checks.wire.questions import Reply, plain
from checks.words import excerpt, quoted

_RCODES = {
    "NOERROR": "",
    "FORMERR": "the server did not understand the question",
    "SERVFAIL": "the server could not find out",
    "NXDOMAIN": "there is no such name",
    "NOTIMP": "the server does not do that",
    "REFUSED": "the server does not answer us that",
}
_MOST_TOLD = 4


def _reply(observation: Observation) -> Reply:
    reply: Reply = observation.facts["reply"]
    return reply


# Code -------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Rcode:
    """The code of the answer is one of these."""

    codes: tuple[str, ...]

    def judge(self, observation: Observation, at: datetime) -> Finding:
        """Compare the code; what the server adds to it is told, too."""
        reply = _reply(observation)
        why = quoted(reply.why) if reply.why else _RCODES.get(reply.rcode, "")
        told = f"answer {reply.rcode}" + (f" ({why})" if why else "")
        return Finding(reply.rcode in self.codes, told, str(self))

    def __str__(self) -> str:
        """The codes in words."""
        return " or ".join(self.codes)


def _read_rcodes(raw: object) -> Rcode:
    items = items_of(raw)
    if not items:
        raise ValueError("a code is due, such as NXDOMAIN")
    return Rcode(tuple(map(_read_rcode, items)))


def _read_rcode(raw: object) -> str:
    code = str(raw).upper()
    if code not in _RCODES:
        raise ValueError(f'"{raw}" is no code of an answer: write one of {", ".join(_RCODES)}')
    return code


RcodeExpectation = Annotated[Rcode, Written(_read_rcodes, one_or_list({"enum": list(_RCODES)}))]

# Answer -----------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class AnyRecord:
    """There is a record at all, unless the code of the answer says why not."""

    def judge(self, observation: Observation, at: datetime) -> Finding:
        """Count the records."""
        reply = _reply(observation)
        return Finding(bool(reply.records) or reply.rcode != "NOERROR", _told(reply), "one")


@dataclass(frozen=True, slots=True)
class Records:
    """The records are exactly these (`whole`), or these are among them; in any order."""

    wanted: tuple[str, ...]
    whole: bool

    def judge(self, observation: Observation, at: datetime) -> Finding:
        """Compare the records as sets."""
        reply = _reply(observation)
        wanted, found = {plain(record, reply.type) for record in self.wanted}, set(reply.records)
        held = wanted == found if self.whole else wanted <= found
        stated = ", ".join(self.wanted) or "none"
        return Finding(held, _told(reply), stated if self.whole else f"{stated} among them")


@dataclass(frozen=True, slots=True)
class RecordMatch:
    """One of the records matches."""

    pattern: Pattern

    def judge(self, observation: Observation, at: datetime) -> Finding:
        """Try each record."""
        reply = _reply(observation)
        held = any(self.pattern.found_in(record) for record in reply.records)
        return Finding(held, _told(reply), f"{stated_as(self.pattern)} among them")


def _told(reply: Reply) -> str:
    if not reply.records:
        return f"no {reply.type} record"
    shown = ", ".join(excerpt(record) for record in reply.records[:_MOST_TOLD])
    more = len(reply.records) - _MOST_TOLD
    return f"{reply.type} {shown}" + (f" and {more} more" if more > 0 else "")


def _read_records(raw: object) -> tuple[str, ...]:
    return tuple(map(parse_text, items_of(raw)))


OptionalRecords = Annotated[
    tuple[str, ...] | None, Written(_read_records, one_or_list({"type": ["string", "number"]}))
]


@dataclass(frozen=True, slots=True)
class AnswerSettings:
    """What the records are; of names neither case nor a final dot counts."""

    equals: OptionalRecords = None
    """The records are exactly these, in any order; `[]` says that there is none."""
    contains: OptionalRecords = None
    """These are among the records."""
    matches: OptionalPattern = None
    """A regular expression (RE2) that one of the records matches."""


def _answer(settings: AnswerSettings) -> Expectation:
    if settings.contains == ():
        raise ValueError("contains names no record: that there shall be none is written equals: []")
    parts: list[Expectation] = [
        Records(wanted, field.name == "equals")
        for field in fields(settings)[:2]
        if (wanted := getattr(settings, field.name)) is not None
    ]
    if settings.matches:
        parts.append(RecordMatch(settings.matches))
    return together(parts, "equals, contains or matches is due, such as {contains: 192.0.2.1}")


AnswerExpectation = Annotated[Expectation, Shaped(AnswerSettings, _answer)]

# Life and authority -----------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Ttl:
    """The records may be kept for as long as the bounds say."""

    bounds: Bounds

    def judge(self, observation: Observation, at: datetime) -> Finding:
        """Compare the least life of the records and of the aliases on the way to them."""
        reply = _reply(observation)
        if reply.ttl_seconds is None:
            return Finding(False, f"no {reply.type} record to keep", str(self.bounds))
        span = timedelta(seconds=reply.ttl_seconds)
        return Finding(self.bounds.hold(span), f"ttl {say_span(span)}", str(self.bounds))


TtlExpectation = Annotated[Expectation, Shaped(Bounds, Ttl)]


@dataclass(frozen=True, slots=True)
class Mark:
    """The server does, or does not, mark its answer as authoritative or authenticated."""

    name: str
    wanted: bool

    def judge(self, observation: Observation, at: datetime) -> Finding:
        """Compare the mark."""
        marked: bool = getattr(_reply(observation), self.name)
        words = {True: self.name, False: f"not {self.name}"}
        return Finding(marked is self.wanted, f"answer {words[marked]}", words[self.wanted])


def _authoritative(wanted: bool) -> Mark:
    return Mark("authoritative", wanted)


def _authenticated(wanted: bool) -> Mark:
    return Mark("authenticated", wanted)


AuthoritativeExpectation = Annotated[Expectation, Shaped(bool, _authoritative)]
AuthenticatedExpectation = Annotated[Expectation, Shaped(bool, _authenticated)]
