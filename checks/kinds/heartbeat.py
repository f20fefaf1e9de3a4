"""The kind `heartbeat`: a job tells us that it ran, and we say when it did not."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from operator import attrgetter
from typing import Annotated, Any
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from annotated_types import Ge
from cronsim import CronSim, CronSimError

from checks.duration import say_span
from checks.model import Kind, Outcome
from checks.pushing import Due, Heard, Message, Pushed
from checks.settings import Duration, Written
from checks.words import excerpt, moment

START, FAIL = "start", "fail"
HIGHEST_STATUS = 255
EARLY = timedelta(seconds=30)
"""Clocks differ: a beat this little before its time counts for that time."""
LINES_SHOWN = 3
LONGEST_LINE = 160


def parse_cron(text: object) -> str:
    """Read a cron expression of five fields; raises ValueError with what is wrong with it."""
    written = " ".join(str(text).split())
    if len(written.split()) != 5:
        raise ValueError(f'"{text}" is no cron expression: five fields are due, like 0 2 * * *')
    try:
        next(CronSim(written, datetime(2000, 1, 1, tzinfo=UTC)))
    except CronSimError as error:
        wrong = str(error).removeprefix("Bad ")
        raise ValueError(f'"{text}" is no cron expression: its {wrong} is wrong') from error
    except StopIteration:
        raise ValueError(f'"{text}" never comes') from None
    return written


def parse_zone(text: object) -> str:
    """Read the name of a zone; raises ValueError when there is none of that name."""
    try:
        ZoneInfo(str(text))
    except (ZoneInfoNotFoundError, ValueError, OSError):
        raise ValueError(f'"{text}" is no zone: write one like Europe/Berlin') from None
    return str(text)


@dataclass(frozen=True, slots=True, kw_only=True)
class HeartbeatOptions:
    """When a job is to report, and how late it may be."""

    every: Duration | None = None
    """How long after one beat the next is due; or set `cron`."""
    cron: (
        Annotated[str, Written(parse_cron, {"type": "string", "examples": ["0 2 * * *"]})] | None
    ) = None
    """When beats are due, as in the job's own crontab: five fields."""
    timezone: Annotated[
        str, Written(parse_zone, {"type": "string", "examples": ["Europe/Berlin"]})
    ] = "Etc/UTC"
    """The zone of `cron`. On days when the clock changes it is read as cron itself does."""
    grace: Duration = timedelta(minutes=5)
    """How late a beat may be before the check fails."""
    max_run: Duration | None = None
    """How long a run may take that reported its start; `every` and `cron` then say when runs
    are to start."""
    rotate: Annotated[int, Ge(1)] = 1
    """Raise it and the check gets another address; the one before is no longer answered."""
    own: bool = False
    """Upfront sends these beats itself, over its public address: if it does not get through,
    neither do your jobs."""

    def __post_init__(self) -> None:
        if self.every is None and self.cron is None:
            raise ValueError('it has no schedule: set every: 24h, or cron: "0 2 * * *"')
        if self.every is not None and self.cron is not None:
            raise ValueError("every and cron stand together: one says when beats are due")
        if self.cron is None and self.timezone != "Etc/UTC":
            raise ValueError("timezone is for cron: a period is the same everywhere")


def accepts(word: str) -> bool:
    """Whether a word is one of ours: nothing, start, fail, or an exit status."""
    if word in ("", START, FAIL):
        return True
    return word.isascii() and word.isdigit() and len(word) <= 3 and int(word) <= HIGHEST_STATUS


def on_push(options: HeartbeatOptions, message: Message, heard: Heard) -> Heard:
    """What is heard once a beat came; of several starts the first begins the run."""
    if message.word == START:
        began_at = heard.started_at or message.at
        return replace(heard, started_at=began_at, announced=True)
    reason = _failure(message)
    return Heard(
        at=message.at,
        outcome=Outcome.FAIL if reason else Outcome.PASS,
        reason=reason,
        counted_at=_counted_at(options, message.at, heard.started_at),
        announced=heard.started_at is not None,
    )


def _failure(message: Message) -> str:
    """What a beat says went wrong, with the last of its text; empty when all went well."""
    if message.word != FAIL and not int(message.word or 0):
        return ""
    said = "the job reported a failure" if message.word == FAIL else f"exit status {message.word}"
    lines = [line for one in message.body.splitlines() if (line := excerpt(one, LONGEST_LINE))]
    return ": ".join(filter(None, (said, " / ".join(lines[-LINES_SHOWN:]))))


def _counted_at(
    options: HeartbeatOptions, ended_at: datetime, started_at: datetime | None
) -> datetime:
    """From when the next run is counted: this one's start, if its runs have a length of their own.

    One that took so long that the next was due meanwhile is counted from its end.
    """
    if options.max_run and started_at and following(options, started_at) > ended_at:
        return started_at
    return ended_at


def next_due(options: HeartbeatOptions, heard: Heard) -> Due | None:
    """The end of the run under way, or else the next beat; None before anything was heard."""
    if heard.started_at and options.max_run:
        words = f"the run that began at {moment(heard.started_at)} did not end within "
        ends_at = heard.started_at + options.max_run
        return Due(ends_at, timedelta(0), words + say_span(options.max_run))
    counted_at = heard.counted_at or heard.started_at
    if counted_at is None:
        return None
    due_at = following(options, counted_at)
    return Due(due_at, options.grace, f"{_missing(heard)}, expected by {moment(due_at)}")


def _missing(heard: Heard) -> str:
    if heard.started_at:
        return f"the run that began at {moment(heard.started_at)} did not end"
    missing = "no run began" if heard.announced else "no beat"
    return f"{missing} since {moment(heard.at)}" if heard.at else missing


def following(options: HeartbeatOptions, at: datetime) -> datetime:
    """When a beat is due after one at that instant."""
    if options.every is not None:
        return at + options.every
    first = _next_cron(options, at)
    second = _next_cron(options, first)
    early = min(EARLY, (second - first) / 4)
    return second if first - at <= early else first


def _next_cron(options: HeartbeatOptions, after: datetime) -> datetime:
    assert options.cron is not None
    coming = CronSim(options.cron, after.astimezone(ZoneInfo(options.timezone)))
    # In the hour that a clock change repeats, the first match may lie in its first passing.
    return next(at for at in (found.astimezone(UTC) for found in coming) if at > after)


def sends_at(options: HeartbeatOptions, after: datetime) -> datetime | None:
    """When the next of our own beats is to be sent."""
    return following(options, after) if options.own else None


def _schedule(options: Any) -> str:
    if options.every is not None:
        return f"every {say_span(options.every)}"
    return f"cron {options.cron} {options.timezone}"


KIND = Kind(
    name="heartbeat",
    summary="Waits for a job to report that it ran; nothing is probed.",
    options=HeartbeatOptions,
    probe=None,
    target=_schedule,
    short="every",
    pushed=Pushed(accepts, on_push, next_due, attrgetter("grace"), sends_at),
    example="""\
backup:
  heartbeat: {cron: "0 2 * * *", timezone: Europe/Berlin, grace: 1h}
""",
    failures={
        "no beat since TIME, expected by TIME": "The job did not run, or could not reach Upfront.",
        "the run that began at TIME did not end within 2 hours": "It hangs, or died on the way.",
        "exit status 3: TEXT": "The job said so itself, with the last lines that it sent.",
    },
)
