"""`upfront deploy`: say that a release begins or has ended, so that it is not taken for a fault."""

from __future__ import annotations

import os
from collections.abc import Callable
from pathlib import Path
from typing import Any

import click
import msgspec

from checks.duration import say_span
from monitor.asked import FILE, config_of
from monitor.control_client import Door, Refused, by_socket, by_token, mark_deploy
from monitor.control_socket import CannotControl
from monitor.deploys import Marked

TOKEN = "UPFRONT_TOKEN"  # noqa: S105 - the name of the variable that holds it

_BEGAN = "Until it ends, for 30 minutes at most, only a total outage of two minutes is told."
_ENDED = "Failures and slowness count from now on."
_UNKNOWN = "No start of it was marked, or more than 30 minutes ago: that changes nothing."

Command = Callable[..., Any]


def _options(command: Command) -> Command:
    """What both commands are told."""
    for option in (
        click.argument("component", metavar="COMPONENT"),
        click.argument("file", type=click.Path(path_type=Path), default=FILE),
        click.option("--note", default="", help="What is released, for operators: a version."),
        click.option(
            "--url",
            envvar="UPFRONT_URL",
            help=f"Of the internal listener, with the token in {TOKEN}; the socket beside the "
            "database that FILE names unless given.",
        ),
        click.option("--json", "as_json", is_flag=True, help="Print JSON, for scripts."),
    )[::-1]:
        command = option(command)
    return command


@click.group()
def deploy() -> None:
    """Mark the start and the end of a release of a component.

    While one runs, failures and slowness of the component's checks are taken for its doing: only
    a total outage of two minutes opens an incident. What is still there at its end counts from
    then on. A release whose end nobody marks is over after 30 minutes. Checks with a rule of
    their own (`confirm`), those of a number, and those that others report to, are judged as ever.
    """


@deploy.command()
@_options
def start(component: str, file: Path, *, note: str, url: str | None, as_json: bool) -> None:
    """Say that a release of COMPONENT begins now.

    The service is found beside the database that FILE (checks.yaml unless named) names, or by
    --url. Exit status: 0 when it is marked, 1 when the service does not take it or does not run,
    2 when used wrongly (there is no such component). In a pipeline that is to go on either way:
    `upfront deploy start shop || true`.
    """
    _tell(_marked(component, "start", note, file, url), as_json=as_json)


@deploy.command()
@_options
def end(component: str, file: Path, *, note: str, url: str | None, as_json: bool) -> None:
    """Say that the release of COMPONENT has ended, well or not.

    Where no start was marked, or more than 30 minutes ago, that is said and changes nothing; the
    exit status is 0, so that a pipeline goes on. Options and exit status are otherwise those of
    `upfront deploy start`.
    """
    _tell(_marked(component, "end", note, file, url), as_json=as_json)


def _marked(component: str, phase: str, note: str, file: Path, url: str | None) -> Marked:
    try:
        door = _door(file, url)
        marked = mark_deploy(door, component, phase, note)
    except CannotControl as error:
        if isinstance(error, Refused) and error.mistaken:
            raise click.UsageError(str(error)) from None
        raise click.ClickException(str(error)) from None
    if marked is None:
        where = "" if url else ": call this where it was started, or with --url"
        raise click.ClickException(f"no service answers at {url or door}{where}")
    return marked


def _door(file: Path, url: str | None) -> Door:
    if url is None:
        return by_socket(config_of(file).storage)
    if not url.startswith(("http://", "https://")):
        raise click.UsageError(f"--url begins with http:// or https://: http://{url}")
    token = os.environ.get(TOKEN)
    if not token:
        raise click.UsageError(f"--url wants {TOKEN}: the token in control_token, where it runs.")
    return by_token(url, token)


def _tell(marked: Marked, *, as_json: bool) -> None:
    if as_json:
        click.echo(msgspec.json.encode(marked).decode())
        return
    what, then = _said(marked)
    click.echo(f"{marked.component}: {what} at {marked.at:%H:%M:%S} UTC.")
    if marked.checks:
        click.echo(then)
    if marked.as_ever:
        which = f"{marked.as_ever} of its checks" if marked.checks else "All its checks"
        verb = "is" if marked.checks and marked.as_ever == 1 else "are"
        click.echo(f"{which} {verb} judged as ever: by `confirm`, by a number or by reports.")
    if not marked.checks and not marked.as_ever:
        click.echo("It has no checks, so that changes nothing.")


def _said(marked: Marked) -> tuple[str, str]:
    """What happened, and what that means for checks that heed releases."""
    if marked.phase == "start":
        return "the release began", _BEGAN
    if marked.began_at is None:
        return "the end of a release is marked", _UNKNOWN
    ago = say_span(marked.at - marked.began_at)
    return f"the release that began {ago} ago ended", _ENDED


COMMAND = deploy
