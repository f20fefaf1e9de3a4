"""What a page shows of everything, and that nothing else can be read from it."""

from dataclasses import replace
from datetime import timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from incidents import maintenance_words, messages, roll
from incidents.drafting import Draft
from incidents.events import (
    ComponentRegistered,
    ComponentRemoved,
    MaintenanceScheduled,
    Opened,
    Published,
    StatusChanged,
)
from incidents.maintenance import Work
from incidents.model import ComponentStatus, IncidentStatus
from incidents.policy import Component, Group, Publication
from incidents.updates import shifts
from statuspage.selection import letterheads, narrow, shown
from statuspage.site import Access, Page
from statuspage.web import made_pages
from tests.statuspage.scenes import (
    COMPONENTS,
    DEGRADED,
    MAJOR,
    NOW,
    OPERATIONAL,
    PARTIAL,
    Scene,
    policy,
)

OPEN = ("alfa", "bravo", "charlie")
SECRET = ("xylo", "yankee", "zulu")
EVERYTHING = (
    *(Component(name, name.title(), "front", checks=(f"{name}/probe",)) for name in OPEN),
    *(
        Component(
            name,
            name.upper(),
            "back",
            depends_on=(SECRET[0],) if name != SECRET[0] else (),
            checks=(f"{name}/probe",),
        )
        for name in SECRET
    ),
)
GROUPS = {"front": Group("front", "Front"), "back": Group("back", "ENGINE")}
PUBLIC = Page(name="Acme", groups=("front",))
INTERNAL = Page(id="internal", name="Inside", path="/internal", access=Access(token="t" * 16))
BOTH = (PUBLIC, INTERNAL)
PHRASES = {
    "opened": (IncidentStatus.INVESTIGATING, messages.opened),
    "relapsed": (IncidentStatus.INVESTIGATING, messages.relapsed),
    "holding": (IncidentStatus.IDENTIFIED, messages.holding),
    "recovered": (IncidentStatus.MONITORING, messages.recovered),
    "resolved": (IncidentStatus.RESOLVED, messages.resolved),
    "forgotten": (IncidentStatus.INVESTIGATING, messages.forgotten),
}
STATUSES = (OPERATIONAL, DEGRADED, PARTIAL, MAJOR)
ONSET = NOW - timedelta(hours=2)


class Story(Scene):
    """A scene whose incidents are told by the machine."""

    def __init__(self):
        super().__init__(components=EVERYTHING, groups=GROUPS)
        self.policy = policy(EVERYTHING, GROUPS)

    def tell(self, number, first, turns):
        """Open an incident, then change statuses and post, one minute after the other."""
        title = messages.title(roll.of(first), self.policy)
        opened = Opened(messages.written(title), ONSET, Publication(), title)
        draft = Draft.opening(f"incident{number:04}", opened, ONSET, self.policy)
        for name, status in first.items():
            draft.add(StatusChanged(name, status, ONSET))
        draft.add(Published())
        for minute, (name, status, key) in enumerate(turns, 1):
            draft.add(StatusChanged(name, status, ONSET + timedelta(minutes=minute)))
            self._post(draft, key)
        for event in draft.events:
            self.add(f"incident:{draft.incident.id}", ONSET, event)
        return draft.incident.id

    def _post(self, draft, key):
        if key == "worsened":
            changed = shifts(draft.incident)
            draft.post(IncidentStatus.INVESTIGATING, messages.worsened(changed, self.policy))
        else:
            status, phrase = PHRASES[key]
            draft.post(status, phrase(roll.present(draft.incident), self.policy))

    def plan(self, number, names):
        work = Work("Planned work", NOW, NOW + timedelta(hours=1), names, names)
        called = [messages.component_name(name, self.policy) for name in names]
        phrase = maintenance_words.announced(work, "Etc/UTC", called)
        event = MaintenanceScheduled(
            plan=f"plan{number}", work=work, phrase=phrase, body=messages.written(phrase)
        )
        self.add(f"maintenance:work{number:08}", ONSET, event)


def told(scene, page=PUBLIC, **changes):
    return narrow(scene.snapshot(page=page, pages=BOTH, **changes), page)


names_of = st.sampled_from(OPEN + SECRET)
statuses_of = st.sampled_from(STATUSES)
turns = st.lists(st.tuples(names_of, statuses_of, st.sampled_from([*PHRASES, "worsened"])))
incidents_of = st.lists(
    st.tuples(st.dictionaries(names_of, statuses_of, min_size=1, max_size=4), turns), max_size=4
)
works = st.lists(st.lists(names_of, min_size=1, max_size=3, unique=True).map(tuple), max_size=2)


@settings(max_examples=150, deadline=None)
@given(incidents_of, works)
def test_nothing_of_a_component_elsewhere_is_in_a_narrowed_snapshot(incidents, works):
    scene = Story()
    for number, (first, then) in enumerate(incidents):
        scene.tell(number, first, then)
    for number, names in enumerate(works):
        scene.plan(number, names)
    everything = repr(told(scene)).lower()
    assert all(name in everything for name in OPEN)
    assert not [name for name in (*SECRET, "engine") if name in everything]


@settings(max_examples=60, deadline=None)
@given(incidents_of)
def test_a_page_tells_of_every_incident_that_touches_what_it_shows(incidents):
    scene = Story()
    expected = set()
    for number, (first, then) in enumerate(incidents):
        id = scene.tell(number, first, then)
        if {*first, *(name for name, _, _ in then)} & {*OPEN}:
            expected.add(id)
    board = told(scene).board
    assert {found.id for found in board.public_incidents()} == expected
    for found in board.incidents.values():
        assert found.title
        assert all(update.body and update.title for update in found.updates)
        assert found.onset_at <= found.opened_at <= found.published_at


def whole_story():
    scene = Story()
    first = {"alfa": DEGRADED, "xylo": MAJOR}
    scene.tell(1, first, [("yankee", MAJOR, "worsened"), ("bravo", PARTIAL, "worsened")])
    scene.tell(2, {"zulu": MAJOR}, [("zulu", OPERATIONAL, "resolved")])
    over = [("charlie", OPERATIONAL, "recovered"), ("xylo", OPERATIONAL, "resolved")]
    scene.tell(3, {"charlie": MAJOR, "xylo": MAJOR}, over)
    scene.plan(1, ("alfa", "zulu"))
    scene.plan(2, ("xylo",))
    return scene


def documents(renderer, snapshot):
    """Every document that a page has without asking the running service for more."""
    for route in made_pages():
        chosen = list((route.every or route.ahead)(snapshot))
        if not chosen and "{" not in route.path:
            chosen = [{}]
        for parameters in chosen if route.needs is None else ():
            document = route.render(renderer, snapshot, **parameters)
            if document is not None:
                text = document.body.decode(errors="replace").lower()
                yield route.path.format_map(parameters), text


@pytest.mark.parametrize("language", ["renderer", "german"])
def test_nothing_of_a_component_elsewhere_is_in_any_page_feed_or_api(request, language):
    renderer = request.getfixturevalue(language)
    scene = whole_story()
    hidden = [*SECRET, "engine", *(scene.board.components[name].public_id for name in SECRET)]
    rendered = dict(documents(renderer, told(scene)))
    assert {"/", "/history", "/feed.atom", "/api/v2/summary.json"} <= set(rendered)
    assert "alfa" in rendered["/"]
    for path, text in rendered.items():
        assert not [name for name in hidden if name in text], path


def test_the_machine_says_anew_what_is_left_and_keeps_the_order_of_things():
    first, second = (told(whole_story()).board.incidents[f"incident000{n}"] for n in (1, 3))
    assert first.title == "Bravo is partly down, Alfa is slow"
    assert [update.body for update in first.updates] == [
        "Alfa is slow. We are looking into it.",
        "Bravo is now partly down, Alfa is still slow. We are looking into it.",
    ]
    assert second.title == "Charlie was down"
    assert [update.status for update in second.updates] == [
        IncidentStatus.MONITORING, IncidentStatus.RESOLVED,
    ]  # fmt: skip
    assert set(first.timeline) == {"alfa", "bravo"}
    assert set(first.standing) == {DEGRADED, PARTIAL}


def test_a_post_from_before_a_page_was_concerned_is_not_on_it():
    scene = Story()
    turns = [("yankee", MAJOR, "worsened"), ("alfa", MAJOR, "worsened")]
    id = scene.tell(1, {"xylo": MAJOR}, turns)
    found = told(scene).board.incidents[id]
    assert [update.body for update in found.updates] == ["Alfa is down. We are looking into it."]
    assert found.onset_at == ONSET + timedelta(minutes=2)


def test_an_operators_words_stay():
    scene = Story()
    affected = {"alfa": MAJOR, "xylo": MAJOR}
    id = scene.open("Trouble", scene.ago(hours=1), affected, "Orders are kept.")
    found = told(scene).board.incidents[id]
    assert [update.body for update in found.updates] == ["Orders are kept."]
    assert set(found.updates[0].components) == {"alfa"}


def test_an_incident_that_names_no_component_is_about_everything():
    scene = Story()
    id = scene.open("All of it", scene.ago(hours=1), {}, "Nothing works.")
    assert id in told(scene).board.incidents


def test_a_maintenance_concerns_on_a_page_what_that_shows():
    board = told(whole_story()).board
    assert [found.components for found in board.public_maintenances()] == [("alfa",)]
    update = board.public_maintenances()[0].updates[0]
    assert update.body.startswith("Planned work on Alfa:")


def test_a_page_that_shows_everything_alone_is_told_the_snapshot_itself():
    snapshot = Story().snapshot(page=Page())
    assert narrow(snapshot, Page()) is snapshot
    everything = replace(snapshot, page=INTERNAL, pages=BOTH)
    assert narrow(everything, INTERNAL) is everything


def test_what_is_configured_no_more_is_not_told_where_nobody_knows_who_might_read_it():
    scene = Story()
    scene.add("component:gone", ONSET, ComponentRegistered("p" * 12, "Gone"), ComponentRemoved())
    id = scene.open("Gone is down", ONSET, {"gone": MAJOR}, "Gone is down.")
    whole = Page(name="Acme")
    alone = scene.snapshot(page=whole, pages=(whole,))
    assert id in narrow(alone, whole).board.incidents
    assert id not in narrow(replace(alone, pages=(whole, INTERNAL)), whole).board.incidents
    assert id in narrow(replace(alone, pages=(whole, INTERNAL)), INTERNAL).board.incidents


@pytest.mark.parametrize(
    ("page", "pages", "expected"),
    [
        (Page(), (), True),
        (Page(components=("shop",)), (), True),
        (Page(groups=("front",)), (), True),
        (Page(components=("other",)), (), False),
        (Page(), ("main",), True),
        (Page(), ("internal",), False),
        (Page(groups=("front",)), ("internal",), False),
        (Page(groups=("back",)), ("main",), True),
    ],
)
def test_what_a_component_says_itself_goes_before_what_a_page_selects(page, pages, expected):
    shop = Component("shop", "Shop", "front", pages=pages)
    assert page.shows(shop) is expected
    assert shown(page, policy((shop,))) == ({"shop"} if expected else set())


def test_dependencies_on_what_is_not_shown_are_not_told():
    page = Page(components=("yankee",))
    narrowed = narrow(Story().snapshot(page=page, pages=BOTH), page)
    assert narrowed.policy.components["yankee"].depends_on == ()
    assert set(narrowed.policy.checks) == {"yankee/probe"}
    assert set(narrowed.latencies) == {"yankee"}


def test_the_status_of_what_is_shown_stays_what_it_was():
    scene = whole_story()
    before, after = scene.snapshot().board, told(scene).board
    for name in OPEN:
        assert after.confirmed_status(name) is before.confirmed_status(name)
    assert after.confirmed_status("alfa") is ComponentStatus.DEGRADED
    assert len(COMPONENTS) > len(after.components)


@pytest.fixture
async def site(open_site):
    return await open_site(whole_story().snapshot(page=PUBLIC, pages=BOTH))


PATHS = (
    "/components/{}", "/components/{}/history", "/components/{}/feed.atom",
    "/components/{}/badge.svg", "/components/{}/badge.json", "/api/v1/components/{}",
    "/api/v1/components/{}/latency", "/api/v1/components/{}/uptime", "/incidents/{}",
    "/api/v1/incidents/{}", "/maintenance/{}",
)  # fmt: skip


async def test_who_guesses_a_name_learns_nothing(site):
    board = whole_story().board
    secret = [*SECRET, *(board.components[name].public_id for name in SECRET)]
    for path in PATHS:
        strangers = await site.client.get(path.format("nobody"))
        for name in (*secret, "incident0002", "work00000002"):
            response = await site.client.get(path.format(name))
            assert response.status == strangers.status, (path, name)
            text = (await response.text()).lower()
            assert not [one for one in (*SECRET, "engine") if one in text.replace(name, "")]


ASKED = (
    "/components/alfa",
    "/api/v1/components/alfa/uptime",
    "/api/v1/components/alfa/latency",
    "/api/v1/components",
    "/api/v1/incidents",
    "/api/v1/maintenances",
    "/api/v1/status",
)


@pytest.mark.parametrize("path", ASKED)
async def test_what_is_asked_of_the_running_service_is_narrowed_as_well(site, path):
    response = await site.client.get(path)
    text = (await response.text()).lower()
    assert response.status == 200
    assert not [one for one in (*SECRET, "engine") if one in text]


PARTNERS = Page(id="partners", path="/partners", components=("alfa", "zulu"))


async def test_a_subscription_over_the_form_is_for_all_of_the_page_that_was_visited(open_site):
    site = await open_site(whole_story().snapshot(page=PUBLIC, pages=(PUBLIC, PARTNERS)))
    for path in ("/subscribe", "/partners/subscribe"):
        await site.client.post(path, data={"address": "a@b.example"}, allow_redirects=False)
    asked = ("mail", "a@b.example", (), "en")
    assert site.intake.asked == [("main", *asked), ("partners", *asked)]


GROUPED = Component("bank", "Bank", aliases=("till", "desk"))


@pytest.mark.parametrize(
    ("pages", "expected"),
    [
        ((Page(),), {"main": None}),
        ((Page(components=("alfa",)),), {"main": {"alfa"}}),
        ((PUBLIC, INTERNAL), {"main": {"alfa", "bravo"}, "internal": None}),
        ((PUBLIC, PARTNERS), {"main": {"alfa", "bravo"}, "partners": {"alfa"}}),
        (
            (Page(), replace(PUBLIC, id="front")),
            {"main": {"alfa", "bravo", "bank", "till", "desk"}, "front": {"alfa", "bravo"}},
        ),
    ],
)
def test_a_letterhead_knows_what_its_page_shows_by_the_ids_of_now_and_then(pages, expected):
    components = (*(EVERYTHING[number] for number in (0, 1)), GROUPED)
    heads = letterheads(pages, policy(components, GROUPS), "http://127.0.0.1:8080")
    assert {page: head.shown for page, head in heads.items()} == expected


def test_a_letterhead_leads_to_its_own_page():
    partners = replace(PARTNERS, url="https://partners.acme.example/", name="Partners")
    own = "http://127.0.0.1:8080"
    heads = letterheads((PUBLIC, PARTNERS, replace(partners, id="more")), policy(()), own)
    assert [(head.name, head.url) for head in heads.values()] == [
        ("Acme", own),
        ("Status", f"{own}/partners"),
        ("Partners", "https://partners.acme.example"),
    ]
