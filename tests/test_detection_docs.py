"""docs/detection.md: it names all there is, its pictures can be read, and what it claims holds."""

from __future__ import annotations

import math
import re
import xml.etree.ElementTree as ElementTree
from collections.abc import Sequence
from dataclasses import fields
from itertools import takewhile
from pathlib import Path

import pytest

from bench.detection.tables import TABLES, replaced
from bench.detection.theory import probes_for_failures, probes_for_latency
from bench.detection.trials import (
    BAD,
    START,
    Fault,
    Spell,
    judged,
    learned,
    policy,
    quantile,
    recoveries,
    seconds,
    trials,
)
from bench.world.chance import stream
from docs.detection_plots import PICTURES
from incidents import detect
from incidents.detect import Step
from incidents.detect.learned import habits, reading
from incidents.detect.learned.habits import LONGEST, Sort
from incidents.detect.learned.parameters import BALANCED, MOST_RATE, Parameters
from incidents.detect.learned.trouble import Cause
from incidents.model import Judgement
from incidents.policy import CheckPolicy, Sensitivity

ROOT = Path(__file__).resolve().parent.parent
DOCS = ROOT / "docs"
DOCUMENT = (DOCS / "detection.md").read_text(encoding="utf-8")
SETTINGS = (
    "sensitivity", "ignore_gaps", "location_grace", "confirm", "connectivity", "objective",
    "interval", "locations",
)  # fmt: skip
HOW_A_CHECK_IS_JUDGED = {
    "interval", "locations", "sensitivity", "confirm", "ignore_gaps", "location_grace",
    "availability",
}  # fmt: skip
NOT_SETTINGS = {"check", "timeout", "revision", "aliases", "pushed", "options", "learns"}
SVG = "{http://www.w3.org/2000/svg}"


def table(heading: str) -> list[list[str]]:
    """The cells of the first table whose first line begins so."""
    begin = DOCUMENT.index(f"\n| {heading} |") + 1
    lines = takewhile(lambda line: line.startswith("|"), DOCUMENT[begin:].splitlines()[2:])
    return [[cell.strip() for cell in line.strip("|").split("|")] for line in lines]


# What it names --------------------------------------------------------------------------------


def test_every_setting_that_bears_on_a_verdict_has_its_row():
    named = [re.sub("`", "", row[0]) for row in table("setting")]
    assert [name for name in SETTINGS if name not in named] == []
    assert "deploy markers" in named
    known = {field.name for field in fields(CheckPolicy)}
    assert known == HOW_A_CHECK_IS_JUDGED | NOT_SETTINGS, "a new setting wants its row"


def test_every_row_of_a_setting_says_what_it_costs():
    assert [row[0] for row in table("setting") if len(row[2]) < 60] == []


def test_defaults_are_those_of_the_code():
    said = {re.sub("`", "", row[0]): row[1] for row in table("setting")}
    standard = policy(30.0)
    assert said["ignore_gaps"] == f"{standard.ignore_gaps.total_seconds():g} s"
    assert said["location_grace"] == f"{standard.location_grace.total_seconds() / 60:g} min"
    assert said["sensitivity"] == f"`{standard.sensitivity}`"


@pytest.mark.parametrize("sensitivity", Sensitivity)
def test_every_sensitivity_is_named(sensitivity):
    assert f"`{sensitivity}`" in DOCUMENT


def test_every_cause_has_the_words_of_its_verdict():
    assert [row[0] for row in table("found by")] == [f"`{cause}`" for cause in Cause]


@pytest.mark.parametrize("judgement", Judgement)
def test_every_judgement_is_named(judgement):
    assert f"`{judgement}`" in DOCUMENT


def test_every_sort_of_habit_is_named_with_how_long_it_may_last():
    said = {re.sub("`", "", row[0]): row[2] for row in table("sort")}
    spans = {"s": 1, "min": 60}
    assert {
        Sort(name): float(text.split()[0]) * spans[text.split()[1]] for name, text in said.items()
    } == dict(LONGEST)


@pytest.mark.parametrize(
    "measure",
    [reading.FAILURES, reading.LATENCY, reading.OUTLIERS, reading.LIMIT, reading.RECOVERY],
)
def test_every_kind_of_evidence_that_explain_shows_is_named(measure):
    assert f"`{measure}`" in DOCUMENT


def test_numbers_in_the_text_are_those_of_the_code():
    assert f"10 nats are odds of {round(math.exp(10), -3):,.0f} to 1" in DOCUMENT
    assert f"for {BALANCED.errors:g} s, in three different minutes" in DOCUMENT
    assert f"nothing bad for {BALANCED.hold:g} s" in DOCUMENT
    assert f"It must last {BALANCED.slow:g} s" in DOCUMENT
    assert f"Up to {MOST_RATE * 100:g} % of failures are learned as usual" in DOCUMENT
    assert f"remembered for {habits.MEMORY / 86_400:g} days" in DOCUMENT


# Its tables and pictures ----------------------------------------------------------------------


@pytest.mark.parametrize("name", ["theory", "parameters"])
def test_a_table_that_follows_from_the_parameters_is_up_to_date(name):
    asked = "written anew by python -m docs.detection_plots"
    assert replaced(DOCUMENT, name, TABLES[name]()) == DOCUMENT, asked


@pytest.mark.parametrize("name", TABLES)
def test_every_table_has_its_place_and_is_filled_in(name):
    found = re.search(rf"<!-- table: {name} -->\n(.*?)<!-- /table -->", DOCUMENT, re.DOTALL)
    assert found is not None
    assert len(found[1].splitlines()) > 4


def test_a_table_without_a_place_is_refused():
    with pytest.raises(ValueError, match="0 places for the table theory"):
        replaced("nothing here", "theory", "| |")


def test_every_sensitivity_has_all_its_parameters():
    found = table("")
    assert {len(row) for row in found} == {1 + len(Sensitivity)}
    assert len(found) == len(fields(Parameters))


@pytest.mark.parametrize("name", PICTURES)
def test_every_picture_is_shown_with_words_for_those_who_do_not_see_it(name):
    shown = dict(re.findall(r"!\[([^\]]+)\]\(images/([\w-]+)\.svg\)", DOCUMENT))
    words = {picture: " ".join(alt.split()) for alt, picture in shown.items()}
    assert len(words[name]) > 40


@pytest.mark.parametrize("name", PICTURES)
def test_every_picture_stands_alone_in_light_and_dark(name):
    written = (DOCS / "images" / f"{name}.svg").read_text(encoding="utf-8")
    root = ElementTree.fromstring(written)
    assert root.tag == f"{SVG}svg"
    assert "prefers-color-scheme: dark" in written
    assert re.findall(r"(?:href|src|url|@import)\W", written) == []
    named = {root.find(f"{SVG}title").attrib["id"], root.find(f"{SVG}desc").attrib["id"]}
    assert set(root.attrib["aria-labelledby"].split()) == named


@pytest.mark.parametrize("name", PICTURES)
def test_no_word_of_a_picture_leaves_it(name):
    root = ElementTree.parse(DOCS / "images" / f"{name}.svg").getroot()
    width, height = float(root.attrib["width"]), float(root.attrib["height"])
    shift = {"start": (0, 1), "middle": (-0.5, 0.5), "end": (-1, 0)}
    for one in root.iter(f"{SVG}text"):
        left, right = shift[one.attrib["text-anchor"]]
        wide = 6.8 * len(one.text or "") * (1.6 if one.attrib["class"] == "title" else 1)
        x = float(one.attrib["x"])
        assert 0 <= x + left * wide <= x + right * wide <= width, one.text
        assert 0 < float(one.attrib["y"]) < height, one.text


def test_a_picture_can_be_drawn_anew():
    root = ElementTree.fromstring(PICTURES["detection-evidence"]())
    words = [one.text or "" for one in root.iter(f"{SVG}text")]
    assert len([one for one in words if one.startswith("told: ")]) == 3


def test_what_it_links_to_exists():
    links = re.findall(r"\]\(([^)#\s]+)", DOCUMENT)
    assert links
    assert [link for link in links if not (DOCS / link).exists()] == []


# What it claims -------------------------------------------------------------------------------


def told(
    spells: Sequence[Spell], lasts: float, how: CheckPolicy, state: detect.Judged, begin: float
) -> list[tuple[float, Step]]:
    """The changed verdicts, with the seconds since the beginning."""
    stepped = judged(how, state, spells, begin, stream("claims"))
    course = takewhile(lambda pair: seconds(pair[0].known_at) - begin < lasts, stepped)
    return [(seconds(result.known_at) - begin, step) for result, step in course if step.verdict]


def test_one_failure_in_twenty_takes_an_hour_at_three_probes_a_minute():
    assert 55 <= probes_for_failures(0.05) / 3 <= 65


def test_a_third_slower_takes_many_probes_and_twice_as_slow_takes_four():
    assert probes_for_latency(1.3) > 20
    assert math.ceil(probes_for_latency(2.0)) == 4


def test_the_same_trial_takes_the_same_course():
    how = policy(60.0)
    again = trials.__wrapped__(how, Fault(failing=1.0))
    assert again == trials(how, Fault(failing=1.0))


def test_an_outage_is_told_sooner_than_the_next_planned_round():
    found = trials(policy(60.0), Fault(failing=1.0))
    assert quantile(found, 0.5) < 25
    assert quantile(found, 1.0) < 45


def test_the_end_of_an_outage_is_told():
    found = recoveries(policy(60.0), Fault(failing=1.0))
    assert quantile(found, 1.0) < 120


def test_a_check_that_fails_from_its_first_probe_on_is_told_to_fail():
    how = policy(60.0)
    state = detect.begin(how, START).state
    first = told([Spell(Fault(failing=1.0), 0.0)], 120.0, how, state, 0.0)[0]
    assert first[1].verdict.judgement is Judgement.FAILING


def test_an_outage_shorter_than_ignore_gaps_is_not_told():
    how = policy(60.0)
    at, state = learned(how)[0]
    for second in range(0, 60, 6):
        begins = at + 120 + second
        assert told([Spell(Fault(failing=1.0), begins, begins + 8)], 600, how, state, at) == []


def test_what_healed_once_is_told_later_the_next_time():
    how = policy(60.0)
    at, state = learned(how)[0]
    outage = Fault(failing=1.0)
    spells = [Spell(outage, at + 120, at + 165), Spell(outage, at + 7200)]
    bad = [
        (after, step)
        for after, step in told(spells, 7500.0, how, state, at)
        if step.verdict.judgement in BAD
    ]
    (first, _), (second, _) = bad
    assert first - 120 < 45
    assert 45 < second - 7200 < 120
