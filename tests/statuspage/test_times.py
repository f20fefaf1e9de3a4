"""Instants and spans are told as the reader's language writes them."""

from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest

from incidents import instants
from incidents.words import Words, load
from statuspage.views import numbers
from statuspage.views.times import Times

BERLIN = ZoneInfo("Europe/Berlin")
NOW = datetime(2026, 11, 14, 13, 2, 31, tzinfo=UTC)
DAY = timedelta(days=1)


def times(language: str, zone: str = "Europe/Berlin") -> Times:
    return Times(load(language), ZoneInfo(zone), NOW)


@pytest.mark.parametrize(
    ("age", "english", "german"),
    [
        (timedelta(0), "14:02", "14:02"),
        (4 * DAY, "Tue 14:02", "Di., 14:02"),
        (-2 * DAY, "Mon 14:02", "Mo., 14:02"),
        (30 * DAY, "15 Oct 15:02", "15. Okt., 15:02"),
        (250 * DAY, "9 Mar 14:02", "9. März, 14:02"),
        (400 * DAY, "10 Oct 2025, 15:02", "10. Okt. 2025, 15:02"),
    ],
)
def test_the_further_away_the_more_of_the_date_is_said(age, english, german):
    assert times("en").moment(NOW - age).text == english
    assert times("de").moment(NOW - age).text == german


def test_a_day_and_a_month_are_named():
    day = NOW.date()
    assert (times("en").day(day), times("de").day(day)) == ("Sat 14 Nov", "Sa., 14. Nov.")
    assert times("de").day(day.replace(year=2025)) == "14. Nov. 2025"
    assert times("de").month(day.replace(month=3)) == "März 2026"
    assert times("de").exact(NOW).text == "14:02:31"


@pytest.mark.parametrize(
    ("span", "english", "german"),
    [
        (timedelta(seconds=1), "1 second", "1 Sekunde"),
        (timedelta(minutes=42), "42 minutes", "42 Minuten"),
        (timedelta(hours=1, minutes=1), "1 hour 1 minute", "1 Stunde 1 Minute"),
        (timedelta(days=1, hours=4), "1 day 4 hours", "1 Tag 4 Stunden"),
        (timedelta(days=2000), "2,000 days", "2.000 Tage"),
    ],
)
def test_a_span_is_told_in_two_units(span, english, german):
    assert times("en").span(span) == english
    assert times("de").span(span) == german


@pytest.mark.parametrize(
    ("language", "zone", "sentence"),
    [
        ("en", "Europe/Berlin", "All times are in Europe/Berlin (CET)."),
        ("de", "Europe/Berlin", "Alle Zeiten in der Zone Europe/Berlin (MEZ)."),
        ("en", "Etc/UTC", "All times are in UTC."),
        ("de", "Etc/UTC", "Alle Zeiten in der Zone UTC."),
        ("de", "America/New_York", "Alle Zeiten in der Zone America/New York (EST)."),
        ("en", "Asia/Dubai", "All times are in Asia/Dubai."),
    ],
)
def test_the_zone_is_named_as_its_people_call_it(language, zone, sentence):
    assert times(language, zone).zone_name() == sentence


def test_in_summer_the_zone_has_its_summer_name():
    summer = datetime(2026, 7, 1, tzinfo=BERLIN)
    assert instants.zone(summer, load("de")) == "MESZ"
    assert instants.zone(summer, load("en")) == "CEST"


def test_numbers_have_the_languages_own_signs():
    german = load("de")
    assert numbers.percent(german, 0.9995, 1e-6) == "99,95\u00a0%"
    assert numbers.latency(german, 1.94) == "1,9\u00a0s"


ARABIC = Words(
    "ar",
    {
        "time.clock": "HH:mm",
        "time.day": "EEEE d MMMM",
        "time.range": "{start} – {end}",
        "time.zone": "{zone} ({short})",
        "span.hours.one": "ساعة",
        "span.hours.two": "ساعتان",
        "span.hours.few": "{number} ساعات",
        "span.hours.many": "{number} ساعة",
        "span.hours.other": "{number} ساعة",
        "number.percent": "{number}\u200e%",
    },
)


def test_a_language_that_runs_from_right_to_left_has_its_own_days_plurals_and_signs():
    found = Times(ARABIC, BERLIN, NOW)
    assert ARABIC.direction == "rtl"
    assert found.day(NOW.date()) == "السبت 14 نوفمبر"
    assert found.range(NOW, NOW + timedelta(minutes=34)) == "14:02 – 14:36"
    hours = [found.span(timedelta(hours=count)) for count in (1, 2, 3, 11)]
    assert hours == ["ساعة", "ساعتان", "3 ساعات", "11 ساعة"]
    assert numbers.percent(ARABIC, 0.9995, 1e-6) == "99.95\u200e%"
    assert found.zone_name() == "Europe/Berlin (CET)"
