"""libyaml's complaints in words that say what to change."""

from __future__ import annotations

from typing import Any

import yaml

from monitor.config.nodes import Place


def explain(error: yaml.YAMLError, text: str, file: str) -> tuple[Place, str, str]:
    """The place, the mistake and the mend of a syntax error."""
    mark: Any = getattr(error, "problem_mark", None) or getattr(error, "context_mark", None)
    if mark is None:
        return _unprintable(error, text, file)
    lines = text.splitlines() or [""]
    number = min(mark.line, len(lines) - 1)
    line = lines[number]
    column = mark.column if number == mark.line else len(line)
    place = Place(file, number + 1, column + 1)
    problem = str(getattr(error, "problem", None) or error)
    if mark.line >= len(lines) and "did not find" in problem:
        return place, "the file ends inside { } or [ ]", "close what is open"
    for said, words in _KNOWN.items():
        if said in problem:
            return place, *_sharpen(words, line, column)
    return place, *_sharpen((f"not YAML: {problem}", ""), line, column)


_KNOWN = {
    "mapping values are not allowed": (
        'a second ": " in one line',
        'quote a value that holds ": "; or the line above wants a colon and a space after it',
    ),
    "cannot start any token": ("no value can begin like this", "put the value in quotes"),
    "did not find expected key": (
        "a key is expected here",
        "look at the indentation: keys of one map begin in the same column",
    ),
    "did not find expected '-'": (
        "a list item is expected here",
        "items of one list begin with - in the same column",
    ),
    "could not find expected ':'": (
        'a colon is missing: a key is written "key: value"',
        "look at this line and the one before it",
    ),
    "did not find expected ',' or '}'": (
        "the braces { } are not closed here",
        "a value inside { } that holds any of , { } [ ] wants quotes",
    ),
    "did not find expected ',' or ']'": (
        "the brackets [ ] are not closed here",
        "a value inside [ ] that holds any of , { } [ ] wants quotes",
    ),
    "found unexpected end of stream": ("the file ends inside a quoted text", "close the quote"),
    "found unknown escape character": (
        "an unknown escape in double quotes",
        r"single quotes take a backslash as it is: 'a\.b'",
    ),
    "found a tab character": ("a tab indents here", "indent with spaces"),
    "did not find expected node content": (
        "a value is expected here",
        "a value that begins with one of , ] } & * ! | > % @ ` wants quotes",
    ),
    "did not find expected <document start>": (
        "something stands after the end of the document",
        "look at the indentation of this line",
    ),
    "block sequence entries are not allowed": (
        "a list cannot begin in the same line as its key",
        "put the first - on a line of its own, or write [a, b]",
    ),
    "did not find expected alphabetic or numeric character": (
        "an alias or anchor has no name",
        "a text that begins with * or & wants quotes",
    ),
}


def _sharpen(words: tuple[str, str], line: str, column: int) -> tuple[str, str]:
    """A better hint where the line shows which trap it is."""
    message, hint = words
    at = line[column : column + 1]
    if at == "\t" or "\t" in line[: len(line) - len(line.lstrip())]:
        return "a tab indents here", "indent with spaces"
    if at in ("@", "`", "%"):
        return f'no value can begin with "{at}"', "put the value in quotes"
    if "${" in line and ("{" in line.replace("${", "") or "[" in line):
        return message, 'inside { } and [ ] a secret wants quotes: "${env:NAME}"'
    if "$." in line and "[" in line:
        return message, 'inside { } a path wants quotes: "$.items[0].state"'
    return message, hint


def _unprintable(error: yaml.YAMLError, text: str, file: str) -> tuple[Place, str, str]:
    position = getattr(error, "position", None)
    if not isinstance(position, int):
        return Place(file, 1, 1), f"not YAML: {error}", ""
    # libyaml counts bytes of UTF-8.
    before = text.encode("utf-8", "surrogatepass")[:position].decode("utf-8", "ignore")
    place = Place(file, before.count("\n") + 1, len(before) - before.rfind("\n"))
    code = getattr(error, "character", 0)
    code = ord(code) if isinstance(code, str) else code
    return place, f"a control character (U+{code:04X}) stands here", "delete it"
