"""What someone typed wrongly is answered in their language."""

import pytest

from incidents.channels import mail, webhook
from incidents.mistakes import Mistake
from incidents.words import load


@pytest.mark.parametrize(
    ("check", "typed", "english", "german"),
    [
        (mail.check_address, "ada", "Enter a mail address", "Geben Sie eine E-Mail-Adresse ein"),
        (mail.check_address, "ada@b", "The part after the @", "Hinter dem @"),
        (webhook.check_address, "x" * 3000, "than 2000 characters", "länger als 2000 Zeichen"),
    ],
)
def test_a_mistake_is_told_in_any_language_and_logged_in_english(check, typed, english, german):
    with pytest.raises(Mistake) as caught:
        check(typed)
    assert english in str(caught.value)
    assert german in caught.value.told(load("de"))
