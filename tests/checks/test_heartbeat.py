"""The kind `heartbeat`: when a beat is due, what a beat says, and what is wrong with a schedule."""

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from checks.kinds.heartbeat import (
    KIND,
    HeartbeatOptions,
    accepts,
    following,
    next_due,
    on_push,
    parse_cron,
    parse_zone,
    sends_at,
)
from checks.model import Outcome
from checks.pushing import Heard, Message

HOUR, MINUTE, SECOND = timedelta(hours=1), timedelta(minutes=1), timedelta(seconds=1)
TWO = datetime(2026, 11, 21, 2, tzinfo=UTC)
HOURLY = HeartbeatOptions(every=HOUR, grace=5 * MINUTE)
BERLIN = "Europe/Berlin"


def utc(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=UTC)


def heard(options: HeartbeatOptions, *messages: tuple[datetime, str]) -> Heard:
    found = Heard()
    for at, word in messages:
        found = on_push(options, Message(at, word), found)
    return found


# When -------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("cron", "zone", "after", "due"),
    [
        ("0 2 * * *", "Etc/UTC", "2026-11-21T02:00:05", "2026-11-22T02:00:00"),
        ("0 2 * * *", "Etc/UTC", "2026-11-21T01:00:00", "2026-11-21T02:00:00"),
        # A clock that is fast: the beat is that of two o'clock all the same.
        ("0 2 * * *", "Etc/UTC", "2026-11-21T01:59:45", "2026-11-22T02:00:00"),
        ("* * * * *", "Etc/UTC", "2026-11-21T02:00:50", "2026-11-21T02:02:00"),
        ("* * * * *", "Etc/UTC", "2026-11-21T02:00:40", "2026-11-21T02:01:00"),
        ("0 2 * * *", BERLIN, "2026-11-21T00:30:00", "2026-11-21T01:00:00"),
        ("0 9 1 * *", BERLIN, "2026-07-01T08:00:00", "2026-08-01T07:00:00"),
        ("0 9 * * MON-FRI", "Etc/UTC", "2026-11-20T09:00:01", "2026-11-23T09:00:00"),
        # 02:30 does not exist on 29 March 2026 in Berlin: cron runs it at 03:00.
        ("30 2 * * *", BERLIN, "2026-03-28T02:00:00", "2026-03-29T01:00:00"),
        ("30 2 * * *", BERLIN, "2026-03-29T01:00:01", "2026-03-30T00:30:00"),
        # 02:30 exists twice on 25 October 2026: cron runs it in the first.
        ("30 2 * * *", BERLIN, "2026-10-24T12:00:00", "2026-10-25T00:30:00"),
        ("30 2 * * *", BERLIN, "2026-10-25T00:30:01", "2026-10-26T01:30:00"),
        ("30 2 * * *", BERLIN, "2026-10-25T01:10:00", "2026-10-26T01:30:00"),
        # What runs every so often goes by time that passes.
        ("*/15 * * * *", BERLIN, "2026-10-25T00:46:00", "2026-10-25T01:00:00"),
        ("0 * * * *", BERLIN, "2026-03-29T00:10:00", "2026-03-29T01:00:00"),
    ],
)
def test_cron_says_when_the_next_beat_is_due(cron, zone, after, due):
    options = HeartbeatOptions(cron=cron, timezone=zone)
    assert following(options, utc(after)) == utc(due)


INSTANTS = st.timedeltas(timedelta(0), timedelta(days=3650)).map(lambda span: TWO + span)
CRONS = ["* * * * *", "30 2 * * *", "0 2,3 * * *", "*/7 1-4 * * *", "0 0 29 2 *", "0 4 * * SUN"]
ZONES = ["Etc/UTC", BERLIN, "America/New_York", "Australia/Lord_Howe", "Asia/Kathmandu"]


@given(
    cron=st.sampled_from(CRONS),
    zone=st.sampled_from(ZONES),
    at=INSTANTS,
)
@example(cron="30 2 * * *", zone=BERLIN, at=utc("2026-10-25T01:20:00"))
@example(cron="0 2,3 * * *", zone=BERLIN, at=utc("2026-10-25T01:00:00"))
def test_a_beat_is_always_due_after_the_last_one_and_later_beats_are_due_no_sooner(cron, zone, at):
    options = HeartbeatOptions(cron=cron, timezone=zone)
    due_at = following(options, at)
    assert due_at > at
    assert following(options, at + MINUTE) >= min(due_at, following(options, at))
    assert following(options, due_at) > due_at


@given(
    every=st.timedeltas(SECOND, timedelta(days=400)),
    grace=st.timedeltas(SECOND, timedelta(days=9)),
    at=INSTANTS,
)
def test_a_period_is_counted_from_the_last_beat(every, grace, at):
    options = HeartbeatOptions(every=every, grace=grace)
    due = next_due(options, heard(options, (at, "")))
    assert (due.at, due.missed_at) == (at + every, at + every + grace)


def test_nothing_is_due_before_anything_was_heard():
    assert next_due(HOURLY, Heard()) is None


def test_what_is_missing_is_said_with_its_times():
    due = next_due(HOURLY, heard(HOURLY, (TWO, "")))
    assert due.reason == (
        "no beat since 2026-11-21 02:00:00 UTC, expected by 2026-11-21 03:00:00 UTC"
    )


# Runs -------------------------------------------------------------------------------------------

LONG = HeartbeatOptions(every=HOUR, grace=5 * MINUTE, max_run=20 * MINUTE)


def test_a_run_is_to_end_within_its_longest():
    due = next_due(LONG, heard(LONG, (TWO, "start")))
    assert (due.at, due.missed_at) == (TWO + 20 * MINUTE, TWO + 20 * MINUTE)
    assert (
        due.reason == "the run that began at 2026-11-21 02:00:00 UTC did not end within 20 minutes"
    )


def test_of_several_starts_the_first_counts():
    twice = heard(LONG, (TWO, "start"), (TWO + 10 * MINUTE, "start"))
    assert next_due(LONG, twice).at == TWO + 20 * MINUTE


def test_the_next_run_is_counted_from_the_start_of_this_one():
    ended = heard(LONG, (TWO, "start"), (TWO + 15 * MINUTE, ""))
    due = next_due(LONG, ended)
    assert due.at == TWO + HOUR
    assert due.reason.startswith("no run began since 2026-11-21 02:15:00 UTC")


def test_a_run_longer_than_the_period_leaves_the_next_its_time():
    overrun = HeartbeatOptions(every=HOUR, max_run=2 * HOUR)
    ended = heard(overrun, (TWO, "start"), (TWO + 90 * MINUTE, ""))
    assert next_due(overrun, ended).at == TWO + 150 * MINUTE


def test_a_run_without_a_longest_is_to_end_when_the_beat_is_due():
    begun = heard(HOURLY, (TWO, ""), (TWO + 59 * MINUTE, "start"))
    due = next_due(HOURLY, begun)
    assert due.at == TWO + HOUR
    assert due.reason.startswith("the run that began at 2026-11-21 02:59:00 UTC did not end")


def test_a_first_run_that_never_ends_is_missed_too():
    assert next_due(HOURLY, heard(HOURLY, (TWO, "start"))).at == TWO + HOUR


# What a beat says -------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("word", "body", "outcome", "reason"),
    [
        ("", "all fine", Outcome.PASS, ""),
        ("0", "", Outcome.PASS, ""),
        ("3", "", Outcome.FAIL, "exit status 3"),
        ("255", "one\ntwo\n\n  three\t3 \nfour\n", Outcome.FAIL,
         "exit status 255: two / three 3 / four"),
        ("fail", "", Outcome.FAIL, "the job reported a failure"),
        ("fail", "disk \x1b[31mfull\x00", Outcome.FAIL,
         "the job reported a failure: disk [31mfull"),
        ("fail", "x" * 500, Outcome.FAIL, "the job reported a failure: " + "x" * 160 + "…"),
    ],
)  # fmt: skip
def test_a_beat_says_how_the_run_ended_with_the_last_of_its_text(word, body, outcome, reason):
    found = on_push(HOURLY, Message(TWO, word, body), Heard())
    assert (found.at, found.outcome, found.reason) == (TWO, outcome, reason)


@pytest.mark.parametrize("word", ["", "start", "fail", "0", "7", "255"])
def test_words_of_ours_are_taken(word):
    assert accepts(word)


@pytest.mark.parametrize("word", ["256", "0256", "-1", "1.5", "٣", "log", "START", "start "])
def test_other_words_are_not(word):
    assert not accepts(word)


# What is written --------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("text", "wrong"),
    [
        ("0 2 * *", "five fields are due"),
        ("0 0 2 * * *", "five fields are due"),
        ("0 25 * * *", "its hour is wrong"),
        ("61 2 * * *", "its minute is wrong"),
        ("0 0 31 2 *", "its day-of-month is wrong"),
        ("@daily", "five fields are due"),
    ],
)
def test_a_cron_expression_that_is_none_is_refused_with_what_is_wrong(text, wrong):
    with pytest.raises(ValueError, match=wrong):
        parse_cron(text)


@pytest.mark.parametrize("text", ["Mars/Olympus", "", "../etc/passwd", "Europe"])
def test_a_zone_that_is_none_is_refused(text):
    with pytest.raises(ValueError, match="is no zone"):
        parse_zone(text)


@pytest.mark.parametrize(
    "options", [{}, {"every": HOUR, "cron": "0 2 * * *"}, {"every": HOUR, "timezone": BERLIN}]
)
def test_a_schedule_is_either_a_period_or_cron(options):
    with pytest.raises(ValueError, match=r"has no schedule|stand together|timezone is for cron"):
        HeartbeatOptions(**options)


def test_only_our_own_beats_are_sent_by_us():
    assert sends_at(HOURLY, TWO) is None
    assert sends_at(HeartbeatOptions(every=HOUR, own=True), TWO) == TWO + HOUR


def test_it_is_pushed_and_says_its_schedule():
    assert KIND.probe is None
    assert KIND.target(HOURLY) == "every 60 minutes"
    assert KIND.target(HeartbeatOptions(cron="0 2 * * *")) == "cron 0 2 * * * Etc/UTC"
