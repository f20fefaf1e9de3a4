"""The machine's words."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from incidents import messages, roll
from incidents.messages import say, told, written
from incidents.model import ComponentStatus, Phrase, Shift
from incidents.words import Words, load, texts
from incidents.words import written as languages
from tests.incidents.world import component, policy

OK, SLOW, PARTIAL, MAJOR = (
    ComponentStatus.OPERATIONAL,
    ComponentStatus.DEGRADED,
    ComponentStatus.PARTIAL_OUTAGE,
    ComponentStatus.MAJOR_OUTAGE,
)
SHOP = policy(*(component(name) for name in ("checkout", "payments", "search")))
GERMAN = load("de")


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
    assert written(messages.title(roll.of(statuses), SHOP)) == title


def test_once_it_is_over_the_title_says_that_it_was():
    over = {"checkout": SLOW, "payments": MAJOR, "search": OK}
    title = messages.past_title(roll.of(over), SHOP)
    assert written(title) == "Payments was down, Checkout was slow"
    assert say(title, GERMAN) == "Payments war ausgefallen, Checkout war langsam"
    well = messages.watched_title(roll.of({"checkout": OK, "payments": OK}), SHOP)
    assert written(well) == "Checkout and Payments are working again; we keep watching"
    assert say(well, GERMAN).startswith("Checkout und Payments sind wieder in Ordnung; wir")


def test_an_update_tells_what_changed_and_then_what_is_as_it_was():
    shifts = {
        "checkout": Shift(SLOW, SLOW), "payments": Shift(OK, MAJOR), "search": Shift(SLOW, OK),
    }  # fmt: skip
    phrase = messages.worsened(shifts, SHOP)
    assert (
        written(phrase) == "Payments is now down, Checkout is still slow. We are looking into it."
    )
    german = "Payments ist jetzt ausgefallen, Checkout ist weiterhin langsam. "
    assert say(phrase, GERMAN).startswith(german)


def test_many_components_are_named_in_part_and_counted():
    statuses = {f"shop{number}": MAJOR for number in range(9)}
    title = messages.title(roll.of(statuses), SHOP)
    assert written(title) == "shop0, shop1, shop2, shop3, shop4 and 4 more are down"
    german = "shop0, shop1, shop2, shop3, shop4 und 4 weitere sind ausgefallen"
    assert say(title, GERMAN) == german
    assert "shop5" not in "".join(title.values.values())
    six = messages.title(roll.of(dict(list(statuses.items())[:6])), SHOP)
    assert written(six) == "shop0, shop1, shop2, shop3, shop4 and shop5 are down"


def test_what_is_counted_is_told_of_each_status_and_of_those_forgotten():
    statuses = {f"shop{n}": MAJOR for n in range(9)} | {f"mail{n}": SLOW for n in range(8)}
    assert written(messages.title(roll.of(statuses), SHOP)).endswith(
        "shop4 and 4 more are down, mail0, mail1, mail2, mail3, mail4 and 3 more are slow"
    )
    gone = written(messages.forgotten(roll.of(statuses), SHOP))
    assert gone.startswith("We no longer monitor shop0, shop1, shop2, shop3, shop4 and 12 more,")


def test_a_phrase_of_an_earlier_version_names_all_and_is_still_said():
    names = "\n".join(f"shop{number}" for number in range(9))
    title = written(Phrase("past_title", {"major_outage": names}))
    assert title == "shop0, shop1, shop2, shop3, shop4 and 4 more were down"


def test_words_are_said_in_the_readers_language_and_a_persons_as_written():
    phrase = messages.opened(roll.of({"checkout": MAJOR, "payments": MAJOR}), SHOP)
    german = "Checkout und Payments sind ausgefallen. Wir gehen der Sache nach."
    assert told(phrase, written(phrase), GERMAN) == german
    assert told(None, "It is the cards.", GERMAN) == "It is the cards."


@pytest.mark.parametrize(
    "phrase",
    [
        Phrase("moved_to_the_moon", {"major_outage": "Checkout"}),
        Phrase("opened", {"on_the_moon": "Checkout"}),
        Phrase("opened", {"still:on_the_moon": "Checkout"}),
    ],
)
def test_a_phrase_of_a_later_version_is_told_as_it_was_written(phrase):
    assert told(phrase, "Checkout is on the moon.", GERMAN) == "Checkout is on the moon."


def test_a_language_with_other_plurals_uses_its_own():
    clause = {form: f"{{names}}: {form}" for form in ("zero", "one", "two", "few", "many", "other")}
    made_up = {f"clause.is.major_outage.{form}": text for form, text in clause.items()}
    made_up |= {"phrase.title": "{clauses}", "list.comma": "، ", "list.and": " و "}
    made_up |= {"list.more.other": "{number}+"}
    arabic = Words("ar", made_up)
    two = roll.of({"checkout": MAJOR, "payments": MAJOR})
    both = say(messages.title(two, SHOP), arabic)
    assert both == "\u2068Checkout\u2069 و \u2068Payments\u2069: two"
    eleven = roll.of({f"shop{number}": MAJOR for number in range(11)})
    many = say(messages.title(eleven, SHOP), arabic)
    assert many.endswith(" و 6+: many")


def test_sorry_is_said_once_when_it_is_over():
    down, well = roll.of({"checkout": MAJOR}), roll.of({"checkout": OK})
    worse = {"checkout": Shift(OK, MAJOR)}
    assert "sorry" not in written(messages.worsened(worse, SHOP))
    for words in (messages.opened, messages.relapsed, messages.holding):
        assert "sorry" not in written(words(down, SHOP))
    assert "sorry" not in written(messages.recovered(well, SHOP))
    assert written(messages.resolved(well, SHOP)).count("sorry") == 1


KEYS = sorted(key.removeprefix("phrase.") for key in texts("en") if key.startswith("phrase."))
SAID = {"opened": MAJOR, "recovered": OK, "resolved": OK, "holding_recovered": OK}


@given(
    st.sampled_from(KEYS),
    st.text(min_size=1).filter(lambda name: name.split()),
    st.sampled_from(languages()),
)
def test_a_name_is_a_value_whatever_it_is(key, name, language):
    policy_of_it = policy(component("x", name=name))
    shown = messages.component_name("x", policy_of_it)
    assert "\n" not in shown
    phrase = Phrase(key, {SAID.get(key, MAJOR): shown})
    assert shown in say(phrase, load(language))
