"""What a visitor reads while something fails and recovers, from the file to the page."""

from __future__ import annotations

import itertools

from checks.model import Outcome
from incidents.events import UpdatePosted
from tests.stories.story import Story

SHOP = """
version: 1
page: {name: Acme, url: https://status.example}
defaults: {interval: 30s, confirm: {fail: 3/3, recover: 2/2}}
groups: {shop: {name: Shop}}
components:
  payments:
    name: Payments
    group: shop
    checks: {gateway: {tcp: "pay.example:443"}}
  checkout:
    name: Checkout
    group: shop
    depends_on: [payments]
    checks: {api: {http: https://shop.example/health}}
  search:
    name: Search
    publish: {hold: 3m}
    checks: {api: {http: https://search.example/}}
  phone: {name: Phone support}
"""


def story(tmp_path) -> Story:
    return Story(tmp_path, SHOP).passes("2m")


def updates(found: Story) -> list[UpdatePosted]:
    return [one.event for one in found.replay.log if isinstance(one.event, UpdatePosted)]


def test_when_all_is_well_the_page_says_so(tmp_path) -> None:
    assert story(tmp_path).headline() == "Everything is working."


def test_an_outage_is_told_with_its_onset_and_the_promise_of_news(tmp_path) -> None:
    found = story(tmp_path).fails("payments/gateway").passes("1m")
    assert found.headline().startswith("Payments is down since 12:0")
    assert "next update by 12:" in found.reads().lower()
    [incident] = found.replay.board.open_incidents()
    assert incident.title in found.reads(f"/incidents/{incident.id}")


def test_what_depends_on_it_shares_the_incident(tmp_path) -> None:
    found = story(tmp_path).fails("payments/gateway").fails("checkout/api").passes("1m")
    [incident] = found.replay.board.open_incidents()
    assert set(incident.components) == {"payments", "checkout"}
    assert "Payments is down" in found.headline()
    assert "Checkout" in found.headline()


def test_a_blip_is_no_incident(tmp_path) -> None:
    found = story(tmp_path).fails("payments/gateway").passes("1s").recovers("payments/gateway")
    found.passes("5m")
    assert found.headline() == "Everything is working."
    assert found.replay.board.incidents == {}


def test_recovery_is_watched_before_it_is_called_over(tmp_path) -> None:
    found = story(tmp_path).fails("payments/gateway").passes("5m")
    found.recovers("payments/gateway").passes("1m")
    [incident] = found.replay.board.open_incidents()
    assert incident.status == "monitoring"
    found.passes("6m")
    assert found.replay.board.open_incidents() == []
    assert found.headline() == "Everything is working."
    assert [str(update.status) for update in updates(found)] == [
        "investigating",
        "monitoring",
        "resolved",
    ]


def test_a_relapse_goes_back_into_the_incident(tmp_path) -> None:
    found = story(tmp_path).fails("payments/gateway").passes("3m").recovers("payments/gateway")
    found.passes("2m").fails("payments/gateway").passes("2m")
    [incident] = found.replay.board.incidents.values()
    assert incident.relapses == 1
    assert incident.status == "investigating"


def test_a_held_incident_is_not_shown_until_its_hold_ends_and_then_from_its_onset(tmp_path) -> None:
    found = story(tmp_path).fails("search/api").passes("1m")
    assert found.headline() == "Everything is working."
    assert "Search" in found.reads()
    assert "major_outage" not in found.shown("search")
    found.passes("3m")
    assert found.headline().startswith("Search is down since 12:02")
    assert found.shown("search")[-1] == "major_outage"


def test_a_held_incident_that_recovers_in_time_is_never_public(tmp_path) -> None:
    found = story(tmp_path).fails("search/api").passes("1m").recovers("search/api").passes("10m")
    assert found.headline() == "Everything is working."
    assert updates(found) == []
    assert "major_outage" not in found.shown("search")


def test_slow_is_not_down(tmp_path) -> None:
    found = story(tmp_path).is_slow("checkout/api").passes("3m")
    assert found.headline().startswith("Checkout is slow since")
    assert found.shown("checkout")[-1] == "degraded_performance"


def test_silence_is_unknown_and_never_green(tmp_path) -> None:
    found = story(tmp_path).falls_silent("payments/gateway").passes("5m")
    assert "cannot tell" in found.headline()
    assert "Payments" in found.headline()
    assert found.replay.board.open_incidents() == []
    found.recovers("payments/gateway").passes("1m")
    assert found.headline() == "Everything is working."


def test_promises_are_kept_by_a_truthful_update(tmp_path) -> None:
    found = story(tmp_path).fails("payments/gateway").passes("65m")
    posted = [one for one in found.replay.log if isinstance(one.event, UpdatePosted)]
    assert len(posted) >= 3
    for earlier, later in itertools.pairwise(posted):
        assert isinstance(earlier.event, UpdatePosted)
        assert earlier.event.promised_at is not None
        assert later.at <= earlier.event.promised_at
    assert "automatically" in found.reads()


def test_an_error_of_our_own_is_no_outage(tmp_path) -> None:
    found = story(tmp_path).sees("payments/gateway", Outcome.ERROR, "no file handles left")
    found.passes("10m")
    assert found.replay.board.open_incidents() == []
    assert "cannot tell" in found.headline()
