"""The tables of docs/cli.md, written from the commands themselves.

`python -m monitor.reference` brings the document up to date; a test says when it is not.
"""

from __future__ import annotations

import inspect
from collections.abc import Iterator, Sequence
from pathlib import Path

import click

from monitor.commands import main

BEGIN = "<!-- From here on written by `python -m monitor.reference`: edit the commands. -->"
END = "<!-- Up to here. -->"
DOCUMENT = Path("docs/cli.md")
NAME = "upfront"


def reference(document: str) -> str:
    """The document with what stands between its two marks as the commands are now."""
    before, _, rest = document.partition(BEGIN)
    after = rest.partition(END)[2]
    context = click.Context(main, info_name=NAME)
    told = "\n".join((_overview(context), *_all_below(context)))
    return f"{before}{BEGIN}\n\n{told}\n{END}{after}"


def _overview(context: click.Context) -> str:
    rows = ["| command | what it does |", "|---|---|"]
    for below in _below(context):
        name = below.command_path.removeprefix(f"{NAME} ")
        link = below.command_path.replace(" ", "-")
        rows.append(f"| [`{name}`](#{link}) | {below.command.get_short_help_str(limit=120)} |")
    return "\n".join(rows) + "\n"


def _all_below(context: click.Context) -> Iterator[str]:
    """The section of each command, and of those below it."""
    for below in _below(context):
        yield from _section(below)
        yield from _all_below(below)


def _below(context: click.Context) -> Iterator[click.Context]:
    group = context.command
    if not isinstance(group, click.Group):
        return
    for name in group.list_commands(context):
        command = group.get_command(context, name)
        if command is not None and not command.hidden:
            yield click.Context(command, parent=context, info_name=name)


def _section(context: click.Context) -> Iterator[str]:
    yield f"## {context.command_path}\n"
    usage = " ".join(context.command.collect_usage_pieces(context))
    yield f"```\n{context.command_path} {usage}\n```\n"
    yield inspect.cleandoc(context.command.help or "").replace("\b\n", "") + "\n"
    if options := _options(context):
        yield "\n".join(("| option | |", "|---|---|", *options)) + "\n"


def _options(context: click.Context) -> Sequence[str]:
    """A row for each option but `--help`, which all have."""
    records = (
        param.get_help_record(context)
        for param in context.command.params
        if isinstance(param, click.Option)
    )
    return [f"| `{_cell(name)}` | {_cell(told)} |" for name, told in filter(None, records)]


def _cell(text: str) -> str:
    return " ".join(text.split()).replace("|", "\\|")


if __name__ == "__main__":
    DOCUMENT.write_text(reference(DOCUMENT.read_text()))
