"""Ages and countdowns are told as CLDR has them, in every language and for every number."""

import math

import pytest
from babel.dates import format_timedelta

from incidents.words import Words
from statuspage.views.ages import SPANS, ages


class Filled:
    """What the page's script makes of the patterns."""

    def __init__(self, words):
        self._ages, self._locale = ages(words), words.locale

    def __call__(self, unit, number):
        forms = self._ages[unit][0 if number < 0 else 1]
        pattern = forms.get(self._locale.plural_form(abs(number))) or forms["other"]
        return pattern.replace("{0}", str(abs(number)))


@pytest.mark.parametrize("language", ["en", "de", "pl", "ar", "ja", "cy"])
@pytest.mark.parametrize("unit", SPANS)
def test_the_patterns_say_what_cldr_says(language, unit):
    words = Words(language, {})
    filled = Filled(words)
    for number in [*range(1, 130), *range(-129, 0)]:
        told = format_timedelta(
            number * SPANS[unit], unit, threshold=math.inf, add_direction=True, locale=words.locale
        )
        assert filled(unit, number) == told


def test_english_is_as_one_knows_it():
    filled = Filled(Words("en", {}))
    assert filled("second", -12) == "12 seconds ago"
    assert filled("day", 1) == "in 1 day"
    assert filled("minute", 0) == "in 0 minutes"


@pytest.mark.parametrize("language", ["en", "de", "pl", "ar", "ja"])
async def test_a_browser_would_say_the_same(browser, language):
    filled = Filled(Words(language, {}))
    asked = [
        (unit, number) for unit in SPANS for number in (1, 2, 3, 5, 11, 25, -1, -2, -4, -22, -101)
    ]
    page = await browser.new_page()
    said = await page.evaluate(BROWSERS, [language, asked])
    assert [filled(unit, number) for unit, number in asked] == said


BROWSERS = """([language, asked]) => {
  const told = new Intl.RelativeTimeFormat(language, {numeric: "always", numberingSystem: "latn"});
  return asked.map(([unit, number]) => told.format(number, unit));
}"""
