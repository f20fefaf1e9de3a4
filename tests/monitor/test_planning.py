"""What a plan says of each change: to settings, evidence, history, incidents and the page."""

from __future__ import annotations

from pathlib import Path

import msgspec
import pytest

from incidents.moves import moves
from monitor.config.load import load
from monitor.planning import Change, Plan, compare
from monitor.running import Running, RunningIncident, described

BEFORE = """
version: 1
page: {name: Acme}
components:
  shop:
    name: Shop
    checks:
      api: {tcp: "shop.example:443"}
      edge: {tcp: "edge.example:443", confirm: {fail: 3/3}}
  phone: {name: Phone support}
"""
INCIDENT = RunningIncident("k3v9", "Shop is down", True, ("shop",), ("shop/api", "shop/edge"))


@pytest.fixture
def plan(tmp_path: Path):
    def planned(text: str, *incidents: RunningIncident, before: str = BEFORE) -> Plan:
        old, new = (_loaded(tmp_path, found) for found in (before, text))
        running = msgspec.structs.replace(described(old), incidents=incidents)
        return compare(running, described(new), moves(new.policy))

    return planned


def _loaded(folder: Path, text: str):
    path = folder / "checks.yaml"
    path.write_text(text)
    loaded = load(path, environ={"PASSWORD": "one", "OTHER": "two"})
    assert loaded.config is not None, [str(issue) for issue in loaded.issues]
    return loaded.config


def test_the_same_file_changes_nothing(plan) -> None:
    found = plan(BEFORE)
    assert found.empty
    assert found.probes_per_minute_before == found.probes_per_minute_after == 4


def test_what_is_told_of_a_heartbeat_is_the_same_in_every_process(tmp_path: Path) -> None:
    text = "version: 1\ncomponents: {jobs: {checks: {backup: {heartbeat: 24h}}}}\n"
    [check] = described(_loaded(tmp_path, text)).checks.values()
    assert check.settings == {"name": "Backup", "heartbeat.every": "1d"}


def test_a_new_component_appears_and_waits_for_results(plan) -> None:
    found = plan(BEFORE + '  search: {name: Search, checks: {api: {tcp: "search.example:443"}}}\n')
    [component], [check] = found.components, found.checks
    assert (component.id, component.what) == ("search", "added")
    assert component.effects == ("appears on the page as “Search”, unknown until its first result",)
    assert (check.id, check.what) == ("search/api", "added")
    assert check.effects == ("tcp search.example:443, every 30s from local",)
    assert (found.probes_per_minute_before, found.probes_per_minute_after) == (4, 6)


@pytest.mark.parametrize(
    ("old", "new", "change", "effect"),
    [
        (
            "edge.example:443", "edge.example:444",
            Change("tcp.address", "edge.example:443", "edge.example:444"),
            "asks another question: evidence begins anew, history stays",
        ),
        (
            "3/3", "2/4", Change("confirm", "fail 3/3, recover 2/2", "fail 2/4, recover 2/2"),
            "evidence and history stay",
        ),
        (
            "edge.example:443\",", "edge.example:443\", interval: 10s,",
            Change("interval", "30s", "10s"), "evidence and history stay",
        ),
    ],
)  # fmt: skip
def test_a_changed_check_says_which_setting_and_what_becomes_of_its_evidence(
    plan, old: str, new: str, change: Change, effect: str
) -> None:
    found = plan(BEFORE.replace(old, new))
    [check] = found.checks
    assert (check.id, check.what, check.effects) == ("shop/edge", "changed", (effect,))
    assert check.changes == (change,)


def test_another_name_is_what_customers_see(plan) -> None:
    [component] = plan(BEFORE.replace("name: Shop", "name: Store")).components
    assert component.what == "changed"
    assert component.changes == (Change("name", "Shop", "Store"),)
    assert component.effects == ("the page calls it “Store” instead of “Shop”",)


def test_a_move_takes_everything_along(plan) -> None:
    text = BEFORE.replace("shop:\n", "till:\n    aliases: [shop]\n")
    found = plan(text, INCIDENT)
    [component] = found.components
    assert (component.id, component.what, component.previous) == ("till", "moved", "shop")
    assert component.effects[0] == "its bars, open incidents and subscriptions follow"
    assert [(check.id, check.previous) for check in found.checks] == [
        ("till/api", "shop/api"),
        ("till/edge", "shop/edge"),
    ]
    assert {check.effects for check in found.checks} == {("evidence and history follow",)}
    assert found.incidents == ()


def test_a_removed_check_leaves_its_incident(plan) -> None:
    text = BEFORE.replace('      api: {tcp: "shop.example:443"}\n', "")
    found = plan(text, INCIDENT)
    [check], [ending] = found.checks, found.incidents
    assert (check.id, check.what) == ("shop/api", "removed")
    assert (ending.checks, ending.title) == (("shop/api",), "Shop is down")
    assert "goes on with the checks that stay" in ending.effect


@pytest.mark.parametrize(
    ("public", "words"), [(True, "not that it is resolved"), (False, "is discarded")]
)
def test_an_incident_without_checks_is_said_to_be_monitored_no_more(
    plan, public: bool, words: str
) -> None:
    text = "version: 1\npage: {name: Acme}\ncomponents: {phone: {name: Phone support}}\n"
    found = plan(text, msgspec.structs.replace(INCIDENT, public=public))
    [component], [ending] = found.components, found.incidents
    assert component.effects == (
        "disappears from the page; its past incidents stay in the history",
    )
    assert words in ending.effect


def test_a_secret_that_changed_is_told_and_not_shown(plan) -> None:
    mail = "channels: {mail: {host: m.example, from: a@b.example, password: '${env:PASSWORD}'}}\n"
    found = plan(BEFORE + mail.replace("PASSWORD", "OTHER"), before=BEFORE + mail)
    assert found.settings == (Change("channels.mail.password", "(hidden)", "(hidden)"),)


def test_what_waits_for_the_next_start_says_so(plan) -> None:
    [change] = plan(BEFORE + "server: {public: '127.0.0.1:8088'}\n").settings
    assert change.setting == "server.public"
    assert change.note == "takes effect at the next start"


def test_the_subscribers_of_a_page_that_goes_are_named(plan) -> None:
    both = BEFORE.replace("page: {name: Acme}", "pages: {main: {name: Acme}, staff: {name: In}}")
    without = {one.setting: one.note for one in plan(BEFORE, before=both).settings}
    assert without["pages.staff.name"].startswith("the page is gone: its subscribers")
    renamed = both.replace("{main:", "{acme:")
    notes = {one.setting: one.note for one in plan(renamed, before=BEFORE).settings}
    assert notes["page.name"].startswith("the page is gone: its subscribers")
    assert not notes["pages.acme.name"]


def test_where_nothing_runs_all_is_new_and_nothing_waits(tmp_path: Path) -> None:
    config = _loaded(tmp_path, BEFORE)
    found = compare(Running(), described(config), moves(config.policy))
    assert {step.what for step in (*found.components, *found.checks)} == {"added"}
    assert {change.note for change in found.settings} == {""}
