"""One probe at length, for people."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import accumulate

import click

from checks.model import Outcome
from monitor.terminal.layout import Row, printable, rows
from monitor.terminal.probe_view import CertificateView, ProbeView, Statement

WIDTH = 40
"""How many columns the timeline of a probe takes."""
LINES, LONGEST_LINE = 20, 200
"""What of a body is shown: so many lines, so many characters of each."""
NAMES = 6
"""How many names of a certificate are shown."""

_MARKS = {Outcome.PASS: "✓", Outcome.SLOW: "!", Outcome.FAIL: "✗", Outcome.ERROR: "?"}
_COLOURS = {"✓": "green", "!": "yellow", "✗": "red", "?": "magenta"}


def as_text(view: ProbeView) -> str:
    """A probe for people."""
    blocks = (_heading(view), _timeline(view), rows(_seen(view)), rows(_judged(view)), _end(view))
    return "\n\n".join(filter(None, ("\n".join(block) for block in blocks))) + "\n"


def _heading(view: ProbeView) -> Iterator[str]:
    mark = _MARKS[view.outcome]
    took = "" if view.latency_ms is None else f" in {_span(view.latency_ms)}"
    told = click.style(f"{mark} {view.check}: {view.outcome}", fg=_COLOURS[mark], bold=True)
    yield f"{told} from {view.location}{took}"
    address = f" at {view.address}" if view.address and view.address not in view.target else ""
    yield f"  {view.kind} {printable(view.target)}{address}"


def _timeline(view: ProbeView) -> Iterator[str]:
    """Each phase under the end of the one before."""
    total = sum(view.phases_ms.values()) or 1
    starts = accumulate(view.phases_ms.values(), initial=0.0)
    for (name, spent), start in zip(view.phases_ms.items(), starts, strict=False):
        indent = round(start / total * WIDTH)
        bar = "█" * (round((start + spent) / total * WIDTH) - indent) or "▏"
        told = click.style(f"{' ' * indent}{bar}", fg="cyan")
        yield f"  {name.replace('_', ' '):<11}{_span(spent):>9}  {told}"


def _span(milliseconds: float) -> str:
    if milliseconds >= 1000:
        return f"{milliseconds / 1000:.2f} s"
    return f"{milliseconds:.0f} ms" if milliseconds >= 100 else f"{milliseconds:.1f} ms"


def _seen(view: ProbeView) -> Iterator[Row]:
    for name, fact in view.facts.items():
        yield name.replace("_", " "), printable(str(fact))
    if view.redirects:
        yield "redirects", printable(" → ".join(view.redirects))
    if view.certificate:
        yield from _certificate_rows(view.certificate)


def _certificate_rows(shown: CertificateView) -> Iterator[Row]:
    issuer = "itself" if shown.self_signed else shown.issuer
    yield "certificate", printable(f"{shown.subject}, issued by {issuer}")
    more = f" and {len(shown.names) - NAMES} more" if len(shown.names) > NAMES else ""
    if shown.names:
        yield "", printable(f"for {', '.join(shown.names[:NAMES])}{more}")
    left = f"{shown.days_left:.0f} days left" if shown.days_left > 0 else "expired"
    yield "", f"{left}, valid until {shown.not_after:%Y-%m-%d %H:%M} UTC"


def _judged(view: ProbeView) -> Iterator[Row]:
    sections = (
        ("expect", "✗", view.expect),
        ("degraded_if", "!", view.degraded_if),
        ("warn_if", "!", view.warn_if),
    )
    for key, bad, statements in sections:
        for index, one in enumerate(statements):
            mark = "✓" if one.well else bad
            words = click.style(f"{mark} {_words(one)}", fg=_COLOURS[mark])
            yield ("" if index else key), words
    if view.not_judged:
        yield "not judged", f"{', '.join(view.not_judged)}: no whole answer came"


def _words(one: Statement) -> str:
    """What was seen against what was stated: "status 503, not 200-299"."""
    if one.held and one.actual.endswith(one.stated):
        return one.actual
    return f"{one.actual}, {'' if one.held else 'not '}{one.stated}"


def _end(view: ProbeView) -> Iterator[str]:
    if view.reason:
        mark = _MARKS[view.outcome]
        yield f"  {click.style(printable(view.reason), fg=_COLOURS[mark], bold=True)}"
    if view.verdict:
        yield f"  {view.verdict}"
    if view.body is not None:
        yield from _excerpt(view.body)


def _excerpt(body: str) -> Iterator[str]:
    lines = body.splitlines()
    if not lines:
        yield "  no body"
    for line in lines[:LINES]:
        more = "…" if len(line) > LONGEST_LINE else ""
        yield f"  │ {printable(line[:LONGEST_LINE])}{more}"
    if len(lines) > LINES:
        yield f"  … and {len(lines) - LINES} more lines"
