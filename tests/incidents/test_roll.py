"""Who has which status: the first few of each, and how many there are."""

from collections import Counter

from hypothesis import given
from hypothesis import strategies as st

from incidents import roll
from incidents.impact import worst_of
from incidents.model import ComponentStatus, Incident, IncidentStatus, StatusChange
from incidents.roll import FIRST, Row
from tests.incidents.world import at

OK, MAJOR = ComponentStatus.OPERATIONAL, ComponentStatus.MAJOR_OUTAGE


def incident(timeline: dict[str, tuple[StatusChange, ...]]) -> Incident:
    return Incident(
        "one", "", IncidentStatus.INVESTIGATING, at(0), at(0), timeline=timeline,
        standing=Counter(changes[-1].status for changes in timeline.values()),
        suffered=Counter(map(worst_of, timeline.values())),
    )  # fmt: skip


def course(*statuses: ComponentStatus) -> tuple[StatusChange, ...]:
    return tuple(StatusChange(at(count), status) for count, status in enumerate(statuses))


def test_of_many_the_first_are_named_and_all_are_counted():
    found = roll.of({f"part{number}": MAJOR for number in range(9)} | {"shop": OK})
    first = tuple(f"part{number}" for number in range(FIRST))
    assert found == {MAJOR: Row(first, 9), OK: Row(("shop",), 1)}
    assert roll.of({}) == {}


COURSES = st.lists(st.sampled_from(ComponentStatus), min_size=1, max_size=3)


@given(st.lists(COURSES, max_size=40))
def test_it_says_of_an_incident_what_it_says_of_all_its_components(courses):
    timeline = {f"part{number}": course(*statuses) for number, statuses in enumerate(courses)}
    known = incident(timeline)
    assert roll.present(known) == roll.of(known.components)
    assert roll.past(known) == roll.of({name: worst_of(each) for name, each in timeline.items()})


class Asked(dict[str, tuple[StatusChange, ...]]):
    """Counts how many of its items were asked for."""

    asked = 0

    def items(self):
        for item in super().items():
            self.asked += 1
            yield item


def test_of_thousands_only_those_are_asked_who_may_be_named():
    timeline = {f"part{number}": course(MAJOR, OK) for number in range(1000)}
    timeline["part3"] = course(MAJOR)
    counted = incident(timeline)
    for found in (roll.present, roll.past):
        known = incident(Asked(timeline))
        assert found(known) == found(counted)
        assert known.timeline.asked <= FIRST + 1
