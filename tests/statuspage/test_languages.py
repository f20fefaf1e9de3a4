"""A page speaks one language throughout: whatever is said on it stands in that language's file."""

import re
from html.parser import HTMLParser

import pytest

from incidents.words import Words, load, texts
from statuspage import assets
from statuspage.ports import Snapshot
from statuspage.render import Renderer
from statuspage.web import made_pages
from tests.statuspage import examples
from tests.statuspage.conftest import PlayedLive
from tests.statuspage.test_selection import whole_story

ADDRESS = "https://status.acme.example"
SPOKEN_ATTRIBUTES = {"aria-label", "title", "alt", "placeholder", "content"}
GIVEN = (
    "Acme", "Alfa", "Bravo", "Charlie", "XYLO", "YANKEE", "ZULU", "Front", "ENGINE",
    "Planned work", "MEZ", "UTC",
)  # fmt: skip
"""What the file, and not a language, says."""


class Said(HTMLParser):
    """Collects what a reader can read or hear."""

    def __init__(self) -> None:
        super().__init__()
        self.said: list[str] = []
        self._silent = ""

    def handle_starttag(self, tag, attributes):
        if tag in ("script", "style"):
            self._silent = tag
        values = dict(attributes)
        if tag != "meta" or values.get("name") == "description":
            self.said += [values[name] for name in SPOKEN_ATTRIBUTES & values.keys()]

    def handle_endtag(self, tag):
        if tag == self._silent:
            self._silent = ""

    def handle_data(self, data):
        if not self._silent:
            self.said.append(data)


def marked() -> Words:
    """German with every text between marks."""
    found = {}
    for key, text in texts("de").items():
        pattern = key.startswith("time.") and "{" not in text
        found[key] = f"'⟦'{text}'⟧'" if pattern else f"⟦{text}⟧"
    return Words("de", found)


def unmarked(text: str) -> str:
    """What of a text stands between no marks, but for names."""
    for name in GIVEN:
        text = text.replace(name, "")
    text = re.sub(r"\b(in|vor) \d+ (Tag|Stunde|Minute)\w*", "", text)  # CLDR says these
    while (shorter := re.sub("⟦[^⟦⟧]*⟧", "", text)) != text:
        text = shorter
    return text


async def pages(renderer: Renderer, snapshot: Snapshot) -> dict[str, str]:
    """The pages for people, by path."""
    found = {}
    for route in made_pages():
        for parameters in (route.every or route.ahead)(snapshot) if route.spoken else ():
            more = {}
            if route.needs:
                more = {"more": await route.needs(PlayedLive(snapshot), snapshot, **parameters)}
            document = route.render(renderer, snapshot, **parameters, **more)
            if document and document.content_type.startswith("text/html"):
                found[route.path.format_map(parameters)] = document.body.decode()
    return found


@pytest.mark.parametrize("situation", ["story", "stale", "no-results"])
async def test_nothing_that_is_said_is_missing_in_the_languages_file(situation):
    snapshot = (
        whole_story().snapshot(subscribe_by=("mail", "webhook"))
        if situation == "story"
        else examples.SITUATIONS[situation]()
    )
    given = {found.name for found in snapshot.policy.components.values()}
    given |= {found.name for found in snapshot.policy.groups.values()}
    given |= {text for found in snapshot.board.incidents.values() for text in told(found)}
    renderer = Renderer(marked(), assets.load(), ADDRESS)
    rendered = await pages(renderer, snapshot)
    assert {"/", "/history"} <= rendered.keys()
    for path, page in rendered.items():
        reader = Said()
        reader.feed(re.sub("</?time[^>]*>", "", page))  # a mark within a text, no text of its own
        for said in reader.said:
            rest = unmarked(said)
            for text in sorted(given, key=len, reverse=True):
                rest = rest.replace(text, "")
            assert not re.search("[A-Za-zäöüß]{2,}", rest), (path, said)


def told(incident) -> set[str]:
    """What a person wrote of an incident, in pieces as Markdown cuts it."""
    bodies = "\n".join(update.body for update in incident.updates)
    return {incident.title, *re.split(r"\n+(?:- )?|\*\*", bodies)} - {""}


async def test_what_the_machine_says_is_german_on_a_german_page_whatever_it_logged():
    snapshot = whole_story().snapshot()
    found = await pages(Renderer(load("de"), assets.load(), ADDRESS, "/de"), snapshot)
    incident = found["/incidents/incident0001"]
    assert "Bravo ist jetzt teilweise ausgefallen" in incident
    assert "Wir gehen der Sache nach." in incident
    for page in found.values():
        assert " is down" not in page
        assert "are looking into" not in page
