"""The bar of what takes long, on a terminal and off it."""

from __future__ import annotations

import io
from itertools import count

from monitor.terminal.bar import bar


class Terminal(io.StringIO):
    """A stream that says it is a terminal."""

    def isatty(self) -> bool:
        return True


def shown(steps, terminal, every=1.0):
    """What a terminal is sent when so much is done at each look at the clock."""
    clock = count(0.0, every)
    with bar("Replaying", terminal, lambda: next(clock)) as advance:
        for done, of in steps:
            advance(done, of)
    return terminal.getvalue().split("\r\033[K")[1:]


def test_it_tells_how_far_it_is_and_how_long_it_takes_yet():
    lines = shown([(25, 100), (25, 100), (50, 100)], Terminal())
    assert lines[0] == f"Replaying  [{'#' * 10}{'-' * 30}]   25%, 3 s left"
    assert lines[1] == f"Replaying  [{'#' * 20}{'-' * 20}]   50%, 2 s left"
    assert lines[2] == f"Replaying  [{'#' * 40}]  100%"


def test_it_leaves_nothing_behind():
    assert shown([(1, 2)], Terminal())[-1] == ""


def test_what_is_quick_has_no_bar():
    assert shown([(25, 100), (75, 100)], Terminal(), every=0.01) == []


def test_a_pipe_is_told_nothing():
    pipe = io.StringIO()
    assert shown([(25, 100), (75, 100)], pipe) == []
    assert pipe.getvalue() == ""


def test_more_than_was_thought_is_no_more_than_all_and_nothing_is_no_number():
    lines = shown([(30, 20), (1, 0)], Terminal())
    assert lines[:-1] == [f"Replaying  [{'#' * 40}]  100%"]


def test_an_error_within_clears_the_line_and_rises():
    terminal = Terminal()
    try:
        with bar("Replaying", terminal, count(0.0).__next__) as advance:
            advance(1, 2)
            raise KeyboardInterrupt
    except KeyboardInterrupt:
        pass
    assert terminal.getvalue().endswith("\r\033[K")
