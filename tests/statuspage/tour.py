"""Every page that the site can show, in the situations that change it: what audits walk along."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from datetime import timedelta
from functools import partial

from incidents.endpoints import EndpointState, Failure
from incidents.policy import LatencyGoal, Objective
from statuspage.ports import Snapshot, Webhook
from statuspage.site import Access, Brand, Logo, Shade
from tests.statuspage import examples, scenes, works
from tests.statuspage.scenes import DEGRADED, MAJOR, NOW, PAGE, Scene
from tests.statuspage.test_webhooks import PlayedWebhooks

LANGUAGES = ("en", "de")
HOSTILE = "<b>" + "W" * 60 + "</b>\u202e"


@dataclass(frozen=True)
class Stop:
    """A page: its path within a language; with `typed` it is what a form there answers."""

    name: str
    path: str
    typed: Mapping[str, str] | None = None
    status: int = 200


@dataclass(frozen=True)
class Leg:
    """A site in one situation, and the stops that are made there.

    One that is `bilingual` offers its languages to choose from.
    """

    snapshot: Snapshot
    stops: tuple[Stop, ...]
    webhooks: PlayedWebhooks | None = None
    bilingual: bool = False

    def told_in(self, language: str) -> Snapshot:
        """The situation on a page of this language."""
        languages = LANGUAGES if self.bilingual else (language,)
        return replace(self.snapshot, page=replace(self.snapshot.page, languages=languages))

    def path(self, stop: Stop, language: str) -> str:
        """Where a stop is in this language."""
        return f"/{language}{stop.path}" if self.bilingual else stop.path


HOME = (Stop("home", "/"),)


def home(name: str) -> Leg:
    """The start page in a situation."""
    snapshot = examples.many(60, 5) if name == "many" else examples.SITUATIONS[name]()
    return Leg(snapshot, HOME)


def branded() -> Leg:
    """The start page of somebody who wants it to look like them."""
    return Leg(replace(examples.one_slow(), page=replace(PAGE, brand=BRAND)), HOME)


BRAND = Brand(
    logo=Logo(
        "image/svg+xml",
        b'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 28 28" width="28" height="28">'
        b'<rect width="28" height="28" rx="6" fill="#7a1fa2"/></svg>',
    ),
    link="https://acme.example",
    colours={"accent": Shade("#7a1fa2", "#c58fe0")},
    foot="**Acme** Ltd, 1 Long Road. [Call us](https://acme.example/call).",
    links={"Imprint": "https://acme.example/imprint"},
)


def hostile() -> Leg:
    """Words that want to be more than words."""
    body = f"# {HOSTILE}\n\n| a | b |\n|---|---|\n| 1 | 2 |\n\n![x](https://x.example/x.png)"
    scene = Scene(components=(scenes.component("x", HOSTILE),))
    scene.open(HOSTILE, scene.ago(minutes=5), {"x": MAJOR}, body, scene.ago(minutes=-20))
    return Leg(scene.snapshot(), HOME)


def story() -> tuple[Snapshot, Mapping[str, str]]:
    """A quarter with everything in it, and the ids of what pages are about."""
    scene = examples.with_past(Scene())
    done = works.four_works(scene)
    over = scene.past("Invoices are late", 3.4, 95, {"invoices": DEGRADED})
    now = scene.open(
        "Search is down",
        scene.ago(minutes=34),
        {"search": MAJOR},
        "Searching fails. Everything else works.",
        scene.now + timedelta(minutes=6),
    )
    swift, hardly = timedelta(milliseconds=300), timedelta(seconds=1)
    goal = Objective(0.999, (LatencyGoal(0.95, swift), LatencyGoal(0.999, hardly)))
    made = works.snapshot(scene)
    held = replace(made.policy.components["search"], objective=goal, description="Finds things.")
    policy = replace(made.policy, components={**made.policy.components, "search": held})
    snapshot = replace(made, policy=policy, subscribe_by=("mail", "webhook"))
    return snapshot, {**done, "over": over, "now": now}


def webhooks() -> PlayedWebhooks:
    """One webhook that has failed."""
    played = PlayedWebhooks()
    failed = Failure(NOW - timedelta(minutes=3), "HTTP 500 Internal Server Error")
    played.webhook_now = Webhook(
        "good", "https://hooks.example/x", EndpointState.DISABLED, failures=(failed,)
    )
    return played


def public() -> Leg:
    """All pages but the start page's situations."""
    snapshot, ids = story()
    address = {"address": "reader@customer.example"}
    hook = {"address": "https://hooks.example/x", "component.checkout": "on"}
    stops = (
        Stop("home with work", "/"),
        Stop("open incident", f"/incidents/{ids['now']}"),
        Stop("incident that is over", f"/incidents/{ids['over']}"),
        Stop("component in trouble", "/components/search"),
        Stop("component that is well", "/components/mail"),
        Stop("component without checks", "/components/phone"),
        Stop("history", "/history"),
        Stop("a month", "/history/2026-09"),
        Stop("history of a component", "/components/search/history"),
        Stop("all maintenance", "/maintenance"),
        *(Stop(f"maintenance {word}", f"/maintenance/{ids[word]}") for word in WORKS),
        Stop("subscribe", "/subscribe"),
        Stop("subscribe refused", "/subscribe", {"address": "nobody"}, 422),
        Stop("subscribe taken", "/subscribe", address),
        Stop("subscription confirmed", "/subscribe/good"),
        Stop("unsubscribe", "/unsubscribe/good"),
        Stop("unsubscribed", "/unsubscribe/good", {}),
        Stop("a link that is no more", "/unsubscribe/old", status=404),
        Stop("webhook form", "/subscribe/webhook"),
        Stop("webhook refused", "/subscribe/webhook", {**hook, "address": "http://x"}, 422),
        Stop("webhook added", "/subscribe/webhook", hook),
        Stop("webhook managed", "/webhooks/good"),
        Stop("nothing here", "/nothing/here", status=404),
        Stop("frame", "/embed"),
    )
    return Leg(snapshot, stops, webhooks(), bilingual=True)


WORKS = ("done", "active", "next", "cancelled")


def whole_life() -> Leg:
    """A long incident with edits, lists, promises and links."""
    snapshot, id = examples.long_incident()
    return Leg(snapshot, (Stop("incident", f"/incidents/{id}"),))


def private() -> Leg:
    """What stands before a private page."""
    page = replace(PAGE, access=Access(token="tok-0123456789abcdef", password="open sesame"))
    stops = (
        Stop("locked", "/history", status=401),
        Stop("wrong password", "/unlock", {"password": "guess", "back": "/"}, 422),
    )
    return Leg(replace(examples.all_good(), page=page), stops)


LEGS: Mapping[str, Callable[[], Leg]] = {
    **{f"home, {name}": partial(home, name) for name in examples.SITUATIONS},
    "home, branded": branded,
    "home, hostile": hostile,
    "public": public,
    "whole life": whole_life,
    "private": private,
}
"""The whole tour."""
