"""The machine's words."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from incidents import messages
from incidents.messages import LANGUAGES, join_names, say
from incidents.model import ComponentStatus, Phrase, Shift
from tests.incidents.world import component, policy

OK, SLOW, PARTIAL, MAJOR = (
    ComponentStatus.OPERATIONAL,
    ComponentStatus.DEGRADED,
    ComponentStatus.PARTIAL_OUTAGE,
    ComponentStatus.MAJOR_OUTAGE,
)
SHOP = policy(*(component(name) for name in ("checkout", "payments", "search")))


@pytest.mark.parametrize(
    ("statuses", "title"),
    [
        ({"checkout": MAJOR}, "Checkout is down"),
        ({"checkout": PARTIAL}, "Checkout is partly down"),
        ({"checkout": SLOW, "payments": SLOW}, "Checkout and Payments are slow"),
        ({"checkout": SLOW, "payments": MAJOR}, "Payments is down, Checkout is slow"),
        (
            {"checkout": MAJOR, "payments": MAJOR, "search": MAJOR},
            "Checkout, Payments and Search are down",
        ),
        ({"checkout": MAJOR, "search": OK}, "Checkout is down"),
        ({"gone": MAJOR}, "gone is down"),
    ],
)
def test_a_title_names_what_customers_use_and_how_it_is(statuses, title):
    assert messages.title(statuses, SHOP) == title


def test_once_it_is_over_the_title_says_that_it_was():
    over = {"checkout": SLOW, "payments": MAJOR, "search": OK}
    assert messages.past_title(over, SHOP) == "Payments was down, Checkout was slow"
    well = messages.watched_title({"checkout": OK, "payments": OK}, SHOP)
    assert say(well) == "Checkout and Payments are working again; we keep watching"
    assert say(well, "de").startswith("Checkout und Payments sind wieder in Ordnung; wir")


def test_an_update_tells_what_changed_and_then_what_is_as_it_was():
    shifts = {
        "checkout": Shift(SLOW, SLOW), "payments": Shift(OK, MAJOR), "search": Shift(SLOW, OK),
    }  # fmt: skip
    phrase = messages.worsened(shifts, SHOP)
    assert say(phrase) == ("Payments is now down, Checkout is still slow. We are looking into it.")
    assert say(phrase, "de").startswith("Payments ist jetzt ausgefallen, Checkout ist weiterhin")


def test_many_components_are_named_in_part_and_counted():
    statuses = {f"shop{number}": MAJOR for number in range(9)}
    title = messages.title(statuses, SHOP)
    assert title == "shop0, shop1, shop2, shop3, shop4 and 4 more are down"
    six = dict(list(statuses.items())[:6])
    assert messages.title(six, SHOP) == "shop0, shop1, shop2, shop3, shop4 and shop5 are down"


def test_words_are_said_in_the_readers_language_or_in_english():
    phrase = messages.opened({"checkout": MAJOR, "payments": MAJOR}, SHOP)
    assert say(phrase, "de") == "Checkout und Payments sind ausgefallen. Wir gehen der Sache nach."
    assert say(phrase, "de-AT") == say(phrase, "de")
    assert say(phrase, "xx") == "Checkout and Payments are down. We are looking into it."


def test_sorry_is_said_once_when_it_is_over():
    statuses = {"checkout": MAJOR}
    worse = {"checkout": Shift(OK, MAJOR)}
    assert "sorry" not in say(messages.worsened(worse, SHOP))
    for words in (messages.opened, messages.relapsed, messages.holding):
        assert "sorry" not in say(words(statuses, SHOP))
    assert "sorry" not in say(messages.recovered({"checkout": OK}, SHOP))
    assert say(messages.resolved({"checkout": OK}, SHOP)).count("sorry") == 1


def test_every_language_has_every_word():
    english = LANGUAGES["en"]
    for words in LANGUAGES.values():
        assert words.bodies.keys() == english.bodies.keys()
        assert words.states.keys() == english.states.keys()


@given(
    st.sampled_from([*LANGUAGES["en"].bodies]),
    st.text(min_size=1).filter(lambda name: name.split()),
    st.sampled_from(sorted(LANGUAGES)),
)
def test_a_name_is_a_value_whatever_it_is(key, name, language):
    policy_of_it = policy(component("x", name=name))
    shown = messages.component_name("x", policy_of_it)
    assert "\n" not in shown
    assert shown in say(Phrase(key, {"major_outage": shown}), language)


@pytest.mark.parametrize(
    ("names", "joined"),
    [([], ""), (["A"], "A"), (["A", "B"], "A and B"), (["A", "B", "C"], "A, B and C")],
)
def test_names_are_joined_as_people_do(names, joined):
    assert join_names(names) == joined
