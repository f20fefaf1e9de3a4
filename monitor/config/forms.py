"""Settings that can be written in more than one way, and how each is read.

Every function takes the raw value and raises ValueError with a sentence for people, its
mend after a colon.
"""

from __future__ import annotations

import re
from datetime import datetime, timedelta
from typing import Annotated, Any, Literal
from urllib.parse import urlsplit
from zoneinfo import ZoneInfo

from checks.duration import PATTERN, parse_duration
from checks.settings import Written, parse_share
from incidents.policy import Counts, CountsMode, Publication, PublicationMode, Quorum, Target
from monitor.config.scalars import Secret
from monitor.config.suggestions import did_you_mean

_QUORUM = re.compile(r"(\d{1,4})/(\d{1,4})", re.ASCII)
_NOTHING = re.compile(r"0(ms|s|m)?", re.ASCII)
_SPAN_SCHEMA = {"type": "string", "pattern": PATTERN}


def read_quorum(value: Any) -> Quorum:
    """`3/5`: so many of the last so many."""
    match = _QUORUM.fullmatch(str(value))
    if not match:
        raise ValueError(f'"{value}" is no such rule: write 3/5 for three of the last five')
    needed, of = int(match[1]), int(match[2])
    if needed < 1 or needed > of:
        raise ValueError(
            f"{value} asks for {needed} of {of}: the first is at least 1, at most the second"
        )
    return Quorum(needed, of)


def read_learned(value: Any) -> str:
    """`learned`: by no rule, whatever the defaults say."""
    if value != "learned":
        raise ValueError(_none_of(value, ("learned",), "{fail: 3/3}"))
    return "learned"


def read_gap(value: Any) -> timedelta:
    """A span, or `0s` for none."""
    return timedelta(0) if _NOTHING.fullmatch(str(value)) else parse_duration(value)


def read_publication(value: Any) -> Publication:
    """`auto`, `draft`, `never`, or `{hold: 3m}`."""
    if isinstance(value, dict) and set(value) == {"hold"}:
        return Publication(PublicationMode.HOLD, parse_duration(value["hold"]))
    if value in ("auto", "draft", "never"):
        return Publication(PublicationMode(value))
    if value == "hold":
        raise ValueError('"hold" wants a span: write {hold: 3m}')
    raise ValueError(_none_of(value, ("auto", "draft", "never"), "{hold: 3m}"))


def read_counts(value: Any) -> Counts:
    """`worst`, `best`, or `{at_least: 2}`."""
    if isinstance(value, dict) and set(value) == {"at_least"}:
        least = value["at_least"]
        if isinstance(least, int) and not isinstance(least, bool) and least >= 1:
            return Counts(CountsMode.AT_LEAST, int(least))
        raise ValueError(f'"{least}" must be a whole number of at least 1')
    if value in ("worst", "best"):
        return Counts(CountsMode(value))
    raise ValueError(_none_of(value, ("worst", "best"), "{at_least: 2}"))


def _none_of(value: Any, words: tuple[str, ...], form: str) -> str:
    if isinstance(value, dict):
        keys = ", ".join(f'"{key}"' for key in value) or "nothing"
        return f"a map with {keys} is not one of {', '.join(words)} or {form}"
    if isinstance(value, list):
        return f"a list is not one of {', '.join(words)} or {form}"
    near = did_you_mean(str(value), words)
    return f'"{value}" is not one of {", ".join(words)} or {form}{near}'


def read_target(value: Any) -> Target:
    """`KIND:ADDRESS`, as in mail:oncall@acme.example."""
    channel, colon, address = str(value).partition(":")
    if not colon or not channel or not address:
        raise ValueError("a target is KIND:ADDRESS: such as mail:oncall@acme.example")
    if isinstance(value, Secret):
        address = Secret(address, value.source)
    return Target(channel, address)


def read_url(value: Any) -> str:
    """An http or https address."""
    text = str(value)
    if "://" not in text:
        raise ValueError(f'"{text}" has no scheme: write https://{text.lstrip("/")}')
    parts = urlsplit(text)
    if parts.scheme not in ("http", "https"):
        raise ValueError(f'"{text}" begins with {parts.scheme}://: http:// or https:// is due')
    if not parts.hostname or any(letter.isspace() for letter in text):
        raise ValueError(f'"{text}" names no host')
    return text


def read_public_url(value: Any) -> str:
    """The same without a final slash, so that paths can be put after it."""
    return read_url(value).rstrip("/")


def read_timezone(value: Any) -> str:
    """A zone of the IANA database."""
    try:
        return ZoneInfo(str(value)).key
    except (OSError, ValueError, KeyError):
        from zoneinfo import available_timezones

        near = did_you_mean(str(value), available_timezones())
        raise ValueError(f'"{value}" is no zone{near or ": such as Europe/Berlin"}') from None


def read_local_time(value: Any) -> datetime:
    """A wall time without zone: `2026-01-31 22:30`."""
    try:
        found = datetime.fromisoformat(str(value))
    except ValueError:
        raise ValueError(f'"{value}" is no local time: write it like 2026-01-31 22:30') from None
    if found.tzinfo is not None:
        raise ValueError(f'"{value}" carries an offset: write the local time and set timezone')
    return found


def read_language(value: Any) -> str:
    """A language tag: `en`, `de`, `pt-BR`."""
    if not re.fullmatch(r"[a-z]{2,3}(-[A-Za-z0-9]{2,8})*", str(value)):
        raise ValueError(f'"{value}" is no language: write en, de or pt-BR')
    return str(value)


def read_part(value: Any) -> float:
    """A share below 100 %."""
    share = parse_share(value)
    if share >= 1:
        raise ValueError("100 % leaves no error budget: choose less, such as 99.95%")
    if share <= 0:
        raise ValueError(f"{value} asks for nothing: choose more, such as 99.5%")
    return share


def read_month(value: Any) -> str:
    """The only window of an agreement."""
    if value != "calendar_month":
        raise ValueError(f'"{value}" is no window of an agreement: write calendar_month')
    return "calendar_month"


def read_address(value: Any) -> str:
    """HOST:PORT to listen on; an IPv6 address stands in brackets."""
    text = str(value)
    host, colon, port = text.rpartition(":")
    if not colon or not port.isascii() or not port.isdigit() or int(port) > 65535:
        raise ValueError(f'"{text}" is no address to listen on: write 127.0.0.1:8080 or [::1]:8080')
    if ":" in host and not (host.startswith("[") and host.endswith("]")):
        raise ValueError(f'"{text}" is IPv6 without brackets: write [{host}]:{port}')
    return text


def read_network(value: Any) -> str:
    """An IP address or network."""
    from ipaddress import ip_network

    try:
        return str(ip_network(str(value), strict=False))
    except ValueError:
        raise ValueError(f'"{value}" is no network: write 10.0.0.0/8 or 127.0.0.1') from None


STORAGES = ("sqlite", "postgresql")


def read_storage(value: Any) -> str:
    """sqlite:PATH or postgresql://…"""
    text = str(value)
    scheme = text.partition(":")[0]
    if scheme not in STORAGES or ":" not in text:
        near = did_you_mean(scheme, STORAGES)
        raise ValueError(
            f"no storage begins like this{near}: write sqlite:.data/upfront.db or postgresql://…"
        )
    if scheme == "sqlite" and not text.removeprefix("sqlite:"):
        raise ValueError("no path follows: write sqlite:.data/upfront.db")
    return text


def read_transport(value: Any) -> str:
    """nats://… or tls://…"""
    text = str(value)
    if not text.startswith(("nats://", "tls://")):
        raise ValueError("no transport begins like this: write nats://host:4222")
    return text


def _text(examples: list[str], **more: Any) -> dict[str, Any]:
    return {"type": "string", "examples": examples, **more}


Url = Annotated[str, Written(read_url, _text(["https://acme.example"], pattern="^https?://"))]
PublicUrl = Annotated[
    str, Written(read_public_url, _text(["https://status.acme.example"], pattern="^https?://"))
]
Timezone = Annotated[str, Written(read_timezone, _text(["Europe/Berlin", "Etc/UTC"]))]
LocalTime = Annotated[datetime, Written(read_local_time, _text(["2026-01-31 22:30"]))]
Language = Annotated[str, Written(read_language, _text(["en", "de", "pt-BR"]))]
Part = Annotated[float, Written(read_part, _text(["99.9%"], pattern=r"^\d+(\.\d+)?\s*%$"))]
Month = Annotated[str, Written(read_month, {"const": "calendar_month"})]
Address = Annotated[str, Written(read_address, _text(["127.0.0.1:8080", "[::1]:8080"]))]
Network = Annotated[str, Written(read_network, _text(["10.0.0.0/8"]))]
Storage = Annotated[str, Written(read_storage, _text(["sqlite:.data/upfront.db"]))]
Transport = Annotated[str, Written(read_transport, _text(["nats://nats.example:4222"]))]
TargetText = Annotated[
    Target, Written(read_target, _text(["mail:oncall@acme.example"], pattern="^[a-z0-9_]+:.+"))
]
QuorumText = Annotated[Quorum, Written(read_quorum, _text(["3/5"], pattern=r"^\d{1,4}/\d{1,4}$"))]
Learned = Annotated[Literal["learned"], Written(read_learned, {"enum": ["learned"]})]
Gap = Annotated[timedelta, Written(read_gap, {**_SPAN_SCHEMA, "examples": ["8s", "0s"]})]
PublicationForm = Annotated[
    Publication,
    Written(
        read_publication,
        {
            "oneOf": [
                {"enum": ["auto", "draft", "never"]},
                {
                    "type": "object",
                    "properties": {"hold": _SPAN_SCHEMA},
                    "required": ["hold"],
                    "additionalProperties": False,
                },
            ]
        },
    ),
]
CountsForm = Annotated[
    Counts,
    Written(
        read_counts,
        {
            "oneOf": [
                {"enum": ["worst", "best"]},
                {
                    "type": "object",
                    "properties": {"at_least": {"type": "integer", "minimum": 1}},
                    "required": ["at_least"],
                    "additionalProperties": False,
                },
            ]
        },
    ),
]
