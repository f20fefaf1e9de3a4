"""What follows from the plans of the file, again and again, however often it is asked."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from incidents import maintenance
from incidents.board import Board
from incidents.decisions import prepare
from incidents.events import MaintenanceEvent, Recorded, decode, encode
from incidents.fleet import Fleet
from incidents.maintenance_plans import next_due, planned
from incidents.model import ComponentStatus
from incidents.moves import moves
from incidents.policy import MaintenancePlan, Policy
from incidents.reconcile import reconcile
from tests.incidents.world import component, policy

SUNDAY = datetime(2026, 11, 29, 1, tzinfo=UTC)
HOUR, DAY = timedelta(hours=1), timedelta(days=1)
SHOP = policy(component("shop"), component("pay", group="money"), component("bank", group="money"))


def plan(id="disks", starts=SUNDAY, **changes) -> MaintenancePlan:
    given = {"timezone": "Etc/UTC", "lasts": 2 * HOUR, "components": ("shop",), **changes}
    return MaintenancePlan(id, "New disks", starts.replace(tzinfo=None), **given)


def with_plans(*plans: MaintenancePlan, policy: Policy = SHOP) -> Policy:
    return replace(policy, maintenance={one.id: one for one in plans})


class Diary:
    """A board on which the plans are carried out; every event goes through its stored form."""

    def __init__(self, *plans: MaintenancePlan):
        self.policy, self.board = with_plans(*plans), Board()
        self.log: list[Recorded] = []
        self.spans: dict[str, tuple] = {}

    def keep(self, at: datetime, *plans: MaintenancePlan, nothing: bool = False) -> list[str]:
        """What is written at an instant, by these plans from now on if there are any."""
        if plans or nothing:
            self.policy = with_plans(*plans)
        before = len(self.log)
        for command in planned(self.board, self.policy, at):
            self.record(command, at)
        return [told(one.event) for one in self.log[before:]]

    def record(self, command, at: datetime) -> None:
        append = prepare(self.board, command, at, self.policy)
        if append is None:
            return
        self.spans |= append.spans
        for sequence, event in enumerate(append.events, append.expected + 1):
            stored = decode(event.TYPE, event.VERSION, encode(event))
            assert stored == event
            position = self.board.position + 1
            one = Recorded(position, append.subject, sequence, at, "machine", stored)
            self.log.append(one)
            self.board.apply(one)

    @property
    def only(self) -> maintenance.Maintenance:
        (found,) = self.board.maintenances.values()
        return found


def told(event: MaintenanceEvent) -> str:
    return event.TYPE.removeprefix("maintenance_") + (", quietly" if event.quiet else "")


def before(span: timedelta) -> datetime:
    return SUNDAY - span


# One date -------------------------------------------------------------------------------------


def test_work_is_announced_begun_and_over_each_once():
    diary = Diary(plan())
    said = [
        diary.keep(at)
        for at in (before(DAY), before(HOUR), SUNDAY, SUNDAY + HOUR, SUNDAY + 2 * HOUR)
    ]
    assert said == [["scheduled"], [], ["started"], [], ["completed"]]
    assert diary.keep(SUNDAY + 90 * DAY) == []


def test_it_is_known_when_something_is_due():
    diary = Diary(plan())
    diary.keep(before(DAY))
    assert next_due(diary.board, diary.policy, before(DAY)) == SUNDAY
    diary.keep(SUNDAY)
    assert next_due(diary.board, diary.policy, SUNDAY) == SUNDAY + 2 * HOUR
    diary.keep(SUNDAY + 2 * HOUR)
    assert next_due(diary.board, diary.policy, SUNDAY + 2 * HOUR) is None


def test_its_components_are_shown_under_maintenance_while_it_runs():
    diary = Diary(plan())
    diary.keep(before(DAY))
    assert diary.board.status("shop") is ComponentStatus.OPERATIONAL
    diary.keep(SUNDAY)
    assert diary.board.status("shop") is ComponentStatus.MAINTENANCE
    assert diary.board.status("pay") is ComponentStatus.OPERATIONAL
    diary.keep(SUNDAY + 2 * HOUR)
    assert diary.board.status("shop") is ComponentStatus.OPERATIONAL
    (span,) = diary.spans[diary.only.id]
    assert (span.from_at, span.to_at) == (SUNDAY, SUNDAY + 2 * HOUR)
    assert span.status is ComponentStatus.MAINTENANCE


def test_they_may_be_shown_as_working():
    diary = Diary(plan(status=ComponentStatus.OPERATIONAL))
    diary.keep(before(DAY))
    diary.keep(SUNDAY)
    assert diary.board.status("shop") is ComponentStatus.OPERATIONAL
    assert diary.spans == {}


@pytest.mark.parametrize(
    ("named", "concerned"),
    [
        ((), ("shop", "pay", "bank")),
        (("money",), ("pay", "bank")),
        (("bank", "shop"), ("shop", "bank")),
    ],
)
def test_groups_and_nothing_stand_for_their_components(named, concerned):
    diary = Diary(plan(components=named))
    diary.keep(before(DAY))
    assert diary.only.components == concerned


# Being away -----------------------------------------------------------------------------------


def test_what_began_while_we_were_away_began_when_it_was_announced_to():
    diary = Diary(plan())
    diary.keep(before(DAY))
    assert diary.keep(SUNDAY + HOUR) == ["started"]
    assert diary.only.started_at == SUNDAY


def test_what_came_and_went_while_we_were_away_is_told_as_over():
    diary = Diary(plan())
    diary.keep(before(DAY))
    assert diary.keep(SUNDAY + DAY) == ["started, quietly", "completed"]
    (span,) = diary.spans[diary.only.id]
    assert (span.from_at, span.to_at) == (SUNDAY, SUNDAY + 2 * HOUR)


def test_what_is_past_when_it_is_first_seen_is_history_and_changes_no_record():
    diary = Diary(plan())
    said = diary.keep(SUNDAY + DAY)
    assert said == ["scheduled, quietly", "started, quietly", "completed, quietly"]
    assert diary.only.status is maintenance.MaintenanceStatus.COMPLETED
    assert not any(diary.spans.values())
    assert diary.keep(SUNDAY + 2 * DAY) == []


def test_what_goes_on_when_it_is_first_seen_counts_from_then():
    diary = Diary(plan())
    assert diary.keep(SUNDAY + HOUR) == ["scheduled, quietly", "started"]
    assert diary.only.started_at == SUNDAY + HOUR


def test_a_clock_set_back_repeats_nothing():
    diary = Diary(plan())
    for at in (before(DAY), SUNDAY, SUNDAY + 2 * HOUR):
        diary.keep(at)
    assert diary.keep(SUNDAY + HOUR) == []
    assert diary.keep(before(HOUR)) == []


# Another file ---------------------------------------------------------------------------------


def test_another_time_moves_it_and_it_stays_the_same():
    diary = Diary(plan())
    diary.keep(before(DAY))
    id = diary.only.id
    assert diary.keep(before(DAY), plan(starts=SUNDAY + DAY)) == ["changed"]
    assert (diary.only.id, diary.only.starts_at, diary.only.revision) == (id, SUNDAY + DAY, 1)
    assert "time has changed" in diary.only.updates[-1].body
    assert diary.keep(SUNDAY) == []
    assert diary.keep(SUNDAY + DAY) == ["started"]


def test_other_words_are_told_to_nobody():
    diary = Diary(plan())
    diary.keep(before(DAY))
    other = replace(plan(), title="Newer disks", description="They are *bigger*.")
    assert diary.keep(before(HOUR), other) == ["changed, quietly"]
    assert (diary.only.title, len(diary.only.updates)) == ("Newer disks", 1)


def test_other_components_are_told():
    diary = Diary(plan())
    diary.keep(before(DAY))
    assert diary.keep(before(HOUR), plan(components=("money",))) == ["changed"]
    assert diary.only.updates[-1].body == "This work now concerns Pay and Bank."


def test_a_component_that_is_new_is_concerned_by_work_on_all_and_nobody_is_told():
    diary = Diary(plan(components=()))
    diary.keep(before(DAY))
    more = replace(SHOP, components={**SHOP.components, "new": component("new")})
    diary.policy = with_plans(plan(components=()), policy=more)
    assert diary.keep(before(HOUR)) == ["changed, quietly"]
    assert "new" in diary.only.components


def test_a_plan_that_is_no_more_is_cancelled_and_taken_up_again():
    diary = Diary(plan())
    diary.keep(before(DAY))
    id = diary.only.id
    assert diary.keep(before(HOUR), nothing=True) == ["cancelled"]
    assert diary.keep(before(HOUR), nothing=True) == []
    assert diary.keep(before(HOUR), plan()) == ["scheduled"]
    assert (diary.only.id, diary.only.revision) == (id, 2)


def test_a_plan_that_is_no_more_ends_what_it_had_begun():
    diary = Diary(plan())
    diary.keep(before(DAY))
    diary.keep(SUNDAY)
    assert diary.keep(SUNDAY + HOUR, nothing=True) == ["completed"]
    assert diary.only.completed_at == SUNDAY + HOUR
    assert diary.keep(SUNDAY + HOUR, plan()) == []


def test_work_that_runs_may_take_longer_and_be_over_sooner():
    diary = Diary(plan())
    diary.keep(before(DAY))
    diary.keep(SUNDAY)
    assert diary.keep(SUNDAY + HOUR, plan(lasts=4 * HOUR)) == ["changed"]
    assert diary.keep(SUNDAY + 2 * HOUR) == []
    assert diary.keep(SUNDAY + 3 * HOUR, plan(lasts=2 * HOUR)) == ["changed", "completed"]
    assert diary.only.completed_at == SUNDAY + 3 * HOUR


def test_work_that_was_over_goes_on_as_another_where_it_takes_longer():
    diary = Diary(plan())
    for at in (before(DAY), SUNDAY, SUNDAY + 2 * HOUR):
        diary.keep(at)
    said = diary.keep(SUNDAY + 3 * HOUR, plan(lasts=4 * HOUR))
    assert said == ["scheduled, quietly", "started"]
    assert len(diary.board.maintenances) == 2


def test_a_component_that_goes_by_another_id_stays_and_nobody_is_told():
    diary = Diary(plan())
    for command in reconcile_only(diary):
        diary.record(command, before(DAY))
    diary.log.clear()
    moved = policy(component("store", name="Shop", aliases=("shop",)), component("pay"))
    diary.policy = with_plans(plan(components=("store",)), policy=moved)
    for command in reconcile_only(diary):
        diary.record(command, before(HOUR))
    assert diary.only.components == ("store",)
    assert not [one for one in diary.log if isinstance(one.event, MaintenanceEvent)]


def reconcile_only(diary: Diary):
    return reconcile(Fleet(), diary.board, diary.policy, before(DAY), moves(diary.policy))


# A rule ---------------------------------------------------------------------------------------

WEEKLY = {"repeat": "FREQ=WEEKLY", "components": ("shop",)}


def test_of_a_rule_the_first_date_is_announced_and_the_others_are_known():
    diary = Diary(plan(**WEEKLY))
    said = diary.keep(before(DAY))
    assert said == ["scheduled", *["scheduled, quietly"] * 7]


def test_each_date_begins_and_ends_and_a_further_one_is_known():
    diary = Diary(plan(**WEEKLY))
    diary.keep(before(DAY))
    assert diary.keep(SUNDAY) == ["started"]
    assert diary.keep(SUNDAY + 2 * HOUR) == ["completed", "scheduled, quietly"]
    assert diary.keep(SUNDAY + 7 * DAY) == ["started"]


def test_a_moved_rule_moves_what_has_not_begun_and_tells_it_once():
    diary = Diary(plan(**WEEKLY))
    diary.keep(before(DAY))
    diary.keep(SUNDAY)
    said = diary.keep(SUNDAY + HOUR, plan(starts=SUNDAY + 7 * DAY + HOUR, **WEEKLY))
    assert said[:3] == ["completed", "changed", "changed, quietly"]
    assert len(diary.board.maintenances) == 9


def test_a_rule_that_is_no_more_is_cancelled_in_one_message():
    diary = Diary(plan(**WEEKLY))
    diary.keep(before(DAY))
    assert diary.keep(before(DAY), nothing=True) == ["cancelled", *["cancelled, quietly"] * 7]


def test_asking_at_every_hour_for_months_does_nothing_twice():
    diary = Diary(plan(repeat="FREQ=DAILY"), plan("db", lasts=HOUR, repeat="FREQ=MONTHLY"))
    at = before(DAY)
    for _ in range(24 * 70):
        diary.keep(at)
        assert (next_due(diary.board, diary.policy, at) or at + HOUR) > at
        at += HOUR
    begun = [one for one in diary.log if told(one.event) == "started"]
    assert len(begun) == len({one.subject for one in begun}) == 69 + 3
