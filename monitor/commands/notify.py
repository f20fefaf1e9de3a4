"""`upfront notify`: send a test message over a route, to see that it arrives."""

from __future__ import annotations

import asyncio
import secrets
from collections.abc import Mapping
from datetime import timedelta
from pathlib import Path
from typing import Any

import click

from checks.clock import SystemClock
from incidents.channels import channels
from incidents.letters import Letter, as_html, as_text
from incidents.payloads import payload
from incidents.policy import Route, Target
from incidents.sending import Message, SendError
from monitor.asked import EXISTING_FILE
from monitor.config.config import Config
from monitor.config.load import load

WITHIN = timedelta(seconds=60)


@click.command()
@click.option("--test", "name", metavar="ROUTE", required=True, help="The route to try.")
@EXISTING_FILE
def notify(name: str, file: Path) -> None:
    """Send a message marked as a test to every target of a route in FILE.

    No running service is needed. Exit status: 0 when all targets took it, 1 when one did not,
    2 when there is no such route.
    """
    config = load(file).config
    if config is None:
        raise click.ClickException(f"{file} is not right: `upfront validate {file}` says why")
    route = _route(config, name)
    troubles = asyncio.run(_try(route, config))
    for number, (target, trouble) in enumerate(zip(route.to, troubles, strict=True), 1):
        # The address may hold a secret, so a target goes by its place.
        click.echo(f"{'✗' if trouble else '✓'} {name}, target {number} ({target.channel}): "
                   f"{trouble or 'taken'}")  # fmt: skip
    raise SystemExit(1 if any(troubles) else 0)


def _route(config: Config, name: str) -> Route:
    for route in config.policy.routes:
        if route.id == name:
            return route
    known = ", ".join(route.id for route in config.policy.routes) or "none"
    raise click.UsageError(f'There is no route "{name}"; there are: {known}.')


async def _try(route: Route, config: Config) -> list[str]:
    message = _message(route, config)
    return [await _send(target, message, config.channels) for target in route.to]


async def _send(target: Target, message: Message, settings: Mapping[str, Any]) -> str:
    """What went wrong, empty when the message was taken."""
    channel = channels().get(target.channel)
    if channel is None or target.channel not in settings:
        return f"`channels` in the file has no {target.channel}"
    sender = channel.open(settings[target.channel])
    try:
        async with asyncio.timeout(WITHIN.total_seconds()):
            await sender.send(target.address, message)
    except SendError as error:
        return str(error)
    except TimeoutError:
        return f"no answer within {WITHIN.total_seconds():.0f} seconds"
    finally:
        await sender.close()
    return ""


def _message(route: Route, config: Config) -> Message:
    page = config.page
    letter = Letter(
        subject=f"[{page.name}] Test of the route {route.id}",
        headline="This is a test",
        body="Nothing is wrong. Whoever reads this gets what goes over the route "
        f"“{route.id}” when something is.",
        tone=None,
        page_name=page.name,
        page_url=page.url,
        reason="Somebody called `upfront notify --test`.",
    )
    key = f"test-{secrets.token_hex(8)}"  # a repeated one would vanish as a duplicate
    about = {"summary": letter.subject, "body": letter.body}
    event = payload("route.test", SystemClock().now(), about)
    return Message(letter.subject, as_text(letter), as_html(letter), key, page.url, data=event)


COMMAND = notify
