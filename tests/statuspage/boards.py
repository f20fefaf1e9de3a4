"""Boards that hypothesis makes: hostile names, odd groups, incidents and maintenances anywhere."""

from datetime import timedelta

from hypothesis import strategies as st

from incidents.events import ComponentRemoved
from incidents.model import ComponentStatus, IncidentStatus, Shift
from incidents.policy import Component, Group
from tests.statuspage import works
from tests.statuspage.scenes import NOW, OPERATIONAL, Scene

NAMES = st.one_of(
    st.sampled_from(["", "<script>alert(1)</script>", "\u202egnp.exe", "a\x00b", "Ünïcode ✓"]),
    st.text(max_size=12),
)
BAD = st.sampled_from(
    [ComponentStatus.DEGRADED, ComponentStatus.PARTIAL_OUTAGE, ComponentStatus.MAJOR_OUTAGE]
)
GROUPS = {"g0": Group("g0", "One"), "g1": Group("g1", "<b>Two</b>")}
STATUSES = st.sampled_from(list(IncidentStatus))


@st.composite
def scenes(draw):
    """A story over at most five components."""
    count = draw(st.integers(0, 5))
    found = tuple(
        Component(
            f"c{number}",
            draw(NAMES),
            draw(st.sampled_from([None, "g0", "g1", "nowhere"])),
            draw(NAMES),
            checks=draw(st.sampled_from([(), (f"c{number}/probe",)])),
        )
        for number in range(count)
    )
    scene = Scene(components=found, groups=GROUPS)
    ids = [one.id for one in found]
    for number in range(draw(st.integers(0, 4))):
        _incident(draw, scene, ids, number)
    for number in range(draw(st.integers(0, 3))):
        _work(draw, scene, ids, number)
    if ids and draw(st.booleans()):
        scene.lose(draw(st.sampled_from(ids)), scene.ago(hours=draw(st.integers(0, 99))))
    if ids and draw(st.booleans()):
        # Still configured after all, or on another page: the log and the file may disagree.
        scene.add(f"component:{ids[0]}", NOW, ComponentRemoved())
    return scene


def _incident(draw, scene, ids, number):
    affected = draw(st.dictionaries(st.sampled_from([*ids, "gone"]), BAD, max_size=4))
    onset = scene.ago(minutes=draw(st.integers(1, 200_000)))
    public = draw(st.booleans())
    id = scene.open(f"{draw(NAMES)}{number}", onset, affected, draw(NAMES), public=public)
    for status in draw(st.lists(STATUSES, max_size=3)) if public else ():
        shifts = {name: Shift(OPERATIONAL, after) for name, after in affected.items()}
        scene.post(id, onset + timedelta(minutes=1), status, draw(NAMES), shifts=shifts)


def _work(draw, scene, ids, number):
    starts_at = scene.ago(hours=draw(st.integers(-900, 900)))
    components = draw(st.lists(st.sampled_from([*ids, "gone"]), unique=True))
    id = works.announce(scene, f"{draw(NAMES)}{number}", starts_at, components, body=draw(NAMES))
    became = draw(st.sampled_from(["", "begun", "done", "cancelled"]))
    if became in ("begun", "done"):
        works.begin(scene, id, body=draw(NAMES))
    if became == "done":
        works.complete(scene, id, body=draw(NAMES))
    if became == "cancelled":
        works.cancel(scene, id, body=draw(NAMES))


def snapshots():
    """What stands after such a story."""
    return scenes().map(works.snapshot)
