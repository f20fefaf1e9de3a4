"""Markdown as plain text."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from incidents.markup import plain


@pytest.mark.parametrize(
    ("source", "text"),
    [
        ("Please *pay* **later** or `retry`, ~~now~~.", "Please pay later or retry, now."),
        ("[help](https://a.example/b)", "help (https://a.example/b)"),
        ("<https://a.example/b>", "https://a.example/b"),
        ("[ada@a.example](mailto:ada@a.example)", "ada@a.example"),
        ("[go](/here), [no](ftp://a.example)", "go, no"),
        ("# Now\n\nOne\ntwo  \nthree", "Now\n\nOne\ntwo\nthree"),
        ("- a\n- b\n  - c\n\n3. d\n4. e", "- a\n- b\n  - c\n\n3. d\n4. e"),
        ("> said\n>\n> twice", "> said\n>\n> twice"),
        ("```\na *b*\n\nc\n```", "    a *b*\n    \n    c"),
        ("|a|b|\n|-|-|\n|1|2|", "a | b\n1 | 2"),
        ("one\n\n---\n\ntwo &amp; \\*three\\*", "one\n\n---\n\ntwo & *three*"),
        ("<b>raw</b> ![a cat](https://a.example/cat.png)", "<b>raw</b> a cat"),
        ("", ""),
    ],
)
def test_marks_give_way_to_words(source, text):
    assert plain(source) == text


@given(st.text())
def test_any_text_can_be_made_plain(source):
    assert isinstance(plain(source), str)
