"""Issues as text for people, and as JSON, SARIF and annotations for tools."""

from __future__ import annotations

import json
import re
import unicodedata
from collections.abc import Callable, Iterator, Mapping
from typing import Any

import click

from monitor.config.config import Config, Loaded
from monitor.config.issues import Issue
from monitor.config.warnings import SECRET_NAMES

LONGEST_LINE = 160
_LITERAL = re.compile(
    rf"""(\b(?:{"|".join(sorted(SECRET_NAMES))})["']?\s*:\s*)(?!["']?\$\{{)[^,}}\s][^,}}]*"""
)


def human(loaded: Loaded, name: str) -> str:
    """Each issue with its line and a caret, then how many; or one line when all is right."""
    shown = "".join(f"{_excerpt(issue, loaded.texts)}\n" for issue in loaded.issues)
    return f"{shown}{summary(loaded, name)}"


def summary(loaded: Loaded, name: str) -> str:
    """One line: what the file holds, or how much is wrong with it."""
    warnings = _count(len(loaded.warnings), "warning")
    if loaded.config is None:
        told = _count(len(loaded.mistakes), "issue")
        return f"{name}: {told}" + (f", {warnings}" if loaded.warnings else "")
    right = click.style("is right", fg="green")
    return f"{name} {right}: {_contents(loaded.config)}." + (
        f" {warnings}." if loaded.warnings else ""
    )


def _contents(config: Config) -> str:
    rate = config.probes_per_minute
    probes = f"{rate:,.0f}" if rate >= 1 or not rate else f"{rate:.2f}"
    return ", ".join(
        (
            _count(len(config.policy.components), "component"),
            _count(len(config.checks), "check"),
            f"{probes} {'probe' if probes == '1' else 'probes'} a minute",
        )
    )


def _count(number: int, what: str) -> str:
    return f"{number:,} {what}" + ("" if number == 1 else "s")


def _excerpt(issue: Issue, texts: Mapping[str, str]) -> str:
    """The place, the message, the line with a caret below it, and the hint."""
    word = click.style("warning: ", fg="yellow") if issue.warning else ""
    lines = [f"{click.style(str(issue.place), bold=True)}: {word}{issue.message}"]
    text = _line(issue, texts)
    if text is not None:
        number = str(issue.place.line)
        margin = " " * len(number)
        line, caret = _caret(text, issue.place.column)
        lines += [f"  {number} | {line}", f"  {margin} | {click.style(caret, fg='red', bold=True)}"]
    if issue.hint:
        lines.append(f"    hint: {issue.hint}")
    return "\n".join(lines) + "\n"


def _line(issue: Issue, texts: Mapping[str, str]) -> str | None:
    lines = texts.get(issue.place.file, "").splitlines()
    if issue.place.line > len(lines) or not lines[issue.place.line - 1].strip():
        return None
    return lines[issue.place.line - 1]


def _caret(text: str, column: int) -> tuple[str, str]:
    """The line as it may be shown, and the caret under the column; a long line is cut."""
    start = max(0, column - LONGEST_LINE // 2) if len(text) > LONGEST_LINE else 0
    before = _printable(text[start : column - 1])
    line = _printable(_masked(text)[start : start + LONGEST_LINE])
    return line, " " * sum(map(_width, before)) + "^"


def _masked(text: str) -> str:
    """The line without secrets that stand in it; what follows them is cut off as well."""
    match = _LITERAL.search(text)
    return f"{text[: match.end(1)]}…" if match else text


def _printable(text: str) -> str:
    return "".join(" " if char == "\t" else char if char.isprintable() else "�" for char in text)


def _width(char: str) -> int:
    if unicodedata.combining(char):
        return 0
    return 2 if unicodedata.east_asian_width(char) in "WF" else 1


def as_json(loaded: Loaded, name: str) -> str:
    """Everything for a script."""
    told: dict[str, Any] = {
        "file": name,
        "right": loaded.config is not None,
        "issues": [_plain(issue) for issue in loaded.issues],
    }
    if loaded.config is not None:
        told["components"] = len(loaded.config.policy.components)
        told["checks"] = len(loaded.config.checks)
        told["probes_per_minute"] = round(loaded.config.probes_per_minute, 2)
    return json.dumps(told, ensure_ascii=False, indent=2)


def _plain(issue: Issue) -> dict[str, Any]:
    return {
        "file": issue.place.file,
        "line": issue.place.line,
        "column": issue.place.column,
        "level": "warning" if issue.warning else "error",
        "message": issue.message,
        "hint": issue.hint,
    }


def sarif(loaded: Loaded, name: str) -> str:
    """SARIF 2.1.0, which code hosts and editors show beside the lines."""
    from monitor.version import VERSION

    driver = {"name": "upfront validate", "version": VERSION, "rules": []}
    run = {
        "tool": {"driver": driver},
        "columnKind": "unicodeCodePoints",
        "results": [_finding(issue) for issue in loaded.issues],
    }
    return json.dumps(
        {
            "$schema": "https://json.schemastore.org/sarif-2.1.0.json",
            "version": "2.1.0",
            "runs": [run],
        },
        ensure_ascii=False,
        indent=2,
    )


def _finding(issue: Issue) -> dict[str, Any]:
    region = {"startLine": issue.place.line, "startColumn": issue.place.column}
    return {
        "level": "warning" if issue.warning else "error",
        "message": {"text": _sentence(issue)},
        "locations": [
            {
                "physicalLocation": {
                    "artifactLocation": {"uri": issue.place.file},
                    "region": region,
                }
            }
        ],
    }


def github(loaded: Loaded, name: str) -> str:
    """Workflow commands, which annotate the lines of a pull request."""
    return "\n".join((*_annotations(loaded), summary(loaded, name)))


def _annotations(loaded: Loaded) -> Iterator[str]:
    for issue in loaded.issues:
        level = "warning" if issue.warning else "error"
        file = _escaped(issue.place.file).replace(":", "%3A").replace(",", "%2C")
        where = f"file={file},line={issue.place.line},col={issue.place.column}"
        yield f"::{level} {where}::{_escaped(_sentence(issue))}"


def _escaped(text: str) -> str:
    return text.replace("%", "%25").replace("\r", "%0D").replace("\n", "%0A")


def _sentence(issue: Issue) -> str:
    return f"{issue.message} ({issue.hint})" if issue.hint else issue.message


FORMATS: Mapping[str, Callable[[Loaded, str], str]] = {
    "human": human,
    "json": as_json,
    "sarif": sarif,
    "github": github,
}
"""How `upfront validate` can answer, by the name of the format."""
