"""`upfront explain` as a person and as a script meets it, on what the product stored."""

from __future__ import annotations

import asyncio
import json
import re
from pathlib import Path
from xml.etree import ElementTree

import pytest
from click.testing import CliRunner, Result

from checks.model import Outcome
from monitor.commands import main
from monitor.config.load import load
from tests.monitor.stored import Life, at, down, lived_in, seconds, well

FILE = """version: 1
page: {name: Acme, url: https://status.example}
storage: sqlite:upfront.db
defaults: {interval: 20s, timeout: 5s, confirm: {fail: 3/3, recover: 2/2}}
components:
  shop: {name: Shop & Co, checks: {api: {tcp: "shop.example:443"}}}
  mail: {name: Mail, checks: {smtp: {tcp: "mail.example:25"}}}
"""
MORE = """connectivity: [{tcp: "192.0.2.1:53"}]
components:
  phone: {}
  both: {checks: {one: {tcp: "one.example:1"}, two: {tcp: "two.example:2"}}}
"""
SVG = "{http://www.w3.org/2000/svg}"


@pytest.fixture
def lived(folder: Path) -> Path:
    """A folder with 50 minutes of results, in which the shop was down from 9:20 to 9:25."""
    lived_in(folder, down(1200, 1500, only="shop/"), seconds(3000))
    return folder


def ran(*options: str) -> Result:
    return CliRunner().invoke(main, ["explain", *options])


def told(*options: str) -> dict:
    result = ran("--json", *options)
    assert result.exit_code == 0, result.output
    return json.loads(result.output)


@pytest.mark.usefixtures("lived")
def test_it_tells_what_was_held_and_why() -> None:
    result = ran("shop/api", "--at", "2026-03-02T09:22")
    assert result.exit_code == 0
    lines = result.output.splitlines()
    assert lines[0] == "shop/api of Shop & Co: healthy at 09:32"
    words = "3 of 3 probes from local failed since 09:20:10 UTC: connection refused"
    assert f"  09:20:12  failing   {words}" in lines
    assert "  failures: 3 of 3, enough" in lines
    assert "  recovery: 0 of 2, not enough" in lines


@pytest.mark.usefixtures("lived")
def test_each_column_is_a_step_and_each_row_a_thing_that_counts() -> None:
    result = ran("shop/api", "--at", "2026-03-02T09:22")
    rows = dict(
        found.groups()
        for found in re.finditer(r"^  (\w+) {2,}(\S.*)$", result.output, re.MULTILINE)
    )
    assert rows["held"].count("█") == 10
    assert re.match(r"·{36}✗{10}·{14}  17 of 93 failed$", rows["local"])
    assert rows["answers"].endswith("82 to 117 ms")
    assert "at most 3 of 3" in rows["failures"]


@pytest.mark.usefixtures("lived")
def test_a_check_that_was_well_all_the_time_says_so() -> None:
    result = ran("mail/smtp", "--at", "2026-03-02T09:30")
    assert "mail/smtp of Mail: healthy" in result.output
    assert "✗" not in result.output.partition("✗ fail")[0]


@pytest.mark.usefixtures("lived")
def test_an_incident_is_explained_from_before_its_onset_to_after_its_end() -> None:
    around = told("shop/api", "--at", "2026-03-02T09:22")
    (failing,) = [one for one in around["verdicts"] if one["judgement"] == "failing"]
    opened = json.loads(CliRunner().invoke(main, ["backtest", "--json"]).output)["did"][0]
    found = told("shop/api", "--incident", opened["id"])
    ends = found["from_at"][:19], found["until"][:19]
    assert ends == ("2026-03-02T09:10:00", "2026-03-02T09:35:11")
    assert failing in found["verdicts"]
    assert told(opened["id"]) == found


@pytest.mark.usefixtures("lived")
def test_scripts_get_results_readings_and_verdicts() -> None:
    found = told("shop/api", "--at", "2026-03-02T09:22")
    assert {one["outcome"] for one in found["results"]} == {"pass", "fail"}
    assert [one["judgement"] for one in found["verdicts"]] == ["failing", "healthy"]
    (failures,) = [one for one in found["reading"]["measures"] if one["name"] == "failures"]
    assert (failures["value"], failures["threshold"]) == (3, 3)
    assert found["moments"][0]["outcomes"] == {"local": {"pass": 1}}


def test_the_picture_is_an_svg_that_says_what_it_shows(lived: Path) -> None:
    assert ran("shop/api", "--at", "2026-03-02T09:22", "--svg", "course.svg").exit_code == 0
    root = ElementTree.fromstring((lived / "course.svg").read_text())
    texts = [element.text for element in root.iter(f"{SVG}text")]
    assert root.attrib["aria-label"] == "The evidence about shop/api"
    assert {"failing", "09:20", "100 ms", "failures", "time of day, UTC"} <= set(texts)
    assert any("Shop & Co" in text for text in texts if text)
    assert "prefers-color-scheme: dark" in root.find(f"{SVG}style").text


def test_everything_in_the_picture_is_within_it(lived: Path) -> None:
    ran("shop/api", "--at", "2026-03-02T09:22", "--svg", "course.svg")
    root = ElementTree.fromstring((lived / "course.svg").read_text())
    width, height = float(root.attrib["width"]), float(root.attrib["height"])
    for element in root.iter():
        for name, limit in (("x", width), ("x1", width), ("cx", width), ("y", height)):
            assert 0 <= float(element.attrib.get(name, 0)) <= limit, element.attrib


def test_a_reason_cannot_break_the_picture_or_steer_the_terminal(folder: Path) -> None:
    def hostile(check, location, when):
        if at(1200) <= when < at(1500):
            return Outcome.FAIL, 0.0, '</svg><script>"\x1b[2J\x00'
        return well(check, location, when)

    config = load(folder / "checks.yaml").config
    asyncio.run(Life(config.policy, hostile).live(folder / "upfront.db", seconds(1800)))
    result = ran("shop/api", "--at", "2026-03-02T09:22", "--svg", "course.svg")
    assert "\x1b[2J" not in result.output
    root = ElementTree.fromstring((folder / "course.svg").read_text())
    assert not list(root.iter(f"{SVG}script"))


@pytest.mark.usefixtures("lived")
def test_a_component_with_one_check_means_that_check() -> None:
    assert told("shop")["check"] == "shop/api"


@pytest.mark.usefixtures("lived")
def test_the_minute_of_the_first_result_can_be_asked_for() -> None:
    found = told("shop/api", "--at", "2026-03-02T09:00")
    assert found["reading"]["at"] >= "2026-03-02T09:00:10"
    assert found["results"]


@pytest.mark.usefixtures("lived")
def test_an_incident_is_named_below_with_its_other_checks() -> None:
    opened = json.loads(CliRunner().invoke(main, ["backtest", "--json"]).output)["did"][0]
    output = ran(opened["id"].upper()).output
    assert f"Incident {opened['id']}: Shop & Co was down" in output
    assert "upfront explain" not in output


def test_checks_that_share_an_incident_are_to_be_explained_one_by_one(folder: Path) -> None:
    lived_in(folder, down(1200, 1500), seconds(3000))
    (opened,) = json.loads(CliRunner().invoke(main, ["backtest", "--json"]).output)["did"]
    first, second = told(opened["id"])["check"], f"upfront explain {{}} --incident {opened['id']}"
    (other,) = set(opened["checks"]) - {first}
    assert second.format(other) in ran(opened["id"]).output


@pytest.mark.usefixtures("lived")
def test_a_picture_that_cannot_be_written_is_said_without_a_trace() -> None:
    result = ran("shop/api", "--svg", "gone/course.svg")
    assert result.exit_code == 1
    assert (
        result.output == "upfront: gone/course.svg cannot be written: No such file or directory\n"
    )


@pytest.mark.usefixtures("lived")
@pytest.mark.parametrize(
    ("options", "words"),
    [
        (("shop/apy",), 'There is no check or incident "shop/apy", did you mean "shop/api"?'),
        (("shop/api", "--incident", "none"), 'There is no check or incident "none"'),
        (("phone",), "phone has no checks: operators set it."),
        (("both",), "both has several checks: name one of both/one and both/two."),
        (("_connectivity/1",), "is a canary: it is asked, not judged"),
        (
            ("shop/api", "--at", "2026-04-01"),
            "of 2026-04-01 00:00 UTC: there are results from 2026-03-02 09:00",
        ),
        (("shop/api", "--at", "2026-03-02T08:59"), "Nothing is stored of 2026-03-02 08:59 UTC"),
        (("shop/api", "--at", "soon"), '"soon" is no instant'),
        (("shop/api", "--at", "2026-03-02", "--incident", "x"), "not both"),
    ],
)
def test_what_cannot_be_meant_is_answered(
    lived: Path, options: tuple[str, ...], words: str
) -> None:
    (lived / "checks.yaml").write_text(FILE.replace("components:\n", MORE))
    result = ran(*options)
    assert result.exit_code == 2
    assert words in result.output


@pytest.mark.usefixtures("folder")
def test_without_a_database_there_is_nothing_to_explain() -> None:
    result = ran("shop/api")
    assert result.exit_code == 1
    assert "There is no database upfront.db" in result.output
