"""`upfront show`: the settings that a check or component really has, and where each is from."""

from __future__ import annotations

import sys
from pathlib import Path

import click

from checks.model import Check
from monitor import unknowable
from monitor.asked import EXISTING_FILE
from monitor.config.composing import Composer
from monitor.config.config import CANARIES, Config
from monitor.config.load import load_traced
from monitor.config.origins import of_check, of_component
from monitor.config.rendering import human
from monitor.config.suggestions import unknown
from monitor.heartbeats import heartbeat_url
from monitor.secrets import KeyUnusable, instance_keys
from monitor.terminal.layout import Row, json_text
from monitor.terminal.settings import SettingsView, as_text
from monitor.values import metric_url, takes_values


@click.command()
@click.argument("id", metavar="ID")
@EXISTING_FILE
@click.option("--json", "as_json", is_flag=True, help="Print JSON, for scripts.")
def show(id: str, file: Path, *, as_json: bool) -> None:
    """Show the effective settings of the check or component ID in FILE.

    Each value comes with its origin: file and line, the template it came through, the defaults,
    or built in. Secrets are shown as they are written, `${env:NAME}`, never as what they hold.
    Of a heartbeat or metric the address is shown to which its reports are sent, of a check that
    is probed what its locations and canaries cannot know. Canaries are `_connectivity/1` and so on.

    Exit status: 0 well, 1 when FILE has mistakes, 2 when there is no such check or component.
    """
    loaded, composer = load_traced(file)
    if loaded.config is None or composer is None:
        click.echo(human(loaded, str(file)), err=True)
        sys.exit(1)
    view = _view(id, loaded.config, composer)
    click.echo(json_text(view) if as_json else as_text(view))


def _view(id: str, config: Config, composer: Composer) -> SettingsView:
    if id in config.checks:
        check = config.checks[id]
        what = f"a check of kind {check.kind.name}"
        lines = _reporting(check, config) + _unknowable(id, config)
        return SettingsView(id, what, tuple(of_check(composer, id)), lines)
    if id in config.canaries:
        what = f"a canary of kind {config.canaries[id].kind.name}: it is asked, not judged"
        return SettingsView(id, what, tuple(of_check(composer, id)))
    if id in config.policy.components:
        settings = tuple(of_component(composer, id))
        return SettingsView(id, "a component", settings, _checks_of(id, config, composer))
    if "/" in id:
        known = config.canaries if id.startswith(CANARIES) else config.checks
        raise click.UsageError(unknown("check", id, known))
    raise click.UsageError(unknown("component", id, config.policy.components))


def _reporting(check: Check, config: Config) -> tuple[Row, ...]:
    """Where others report to a check that nobody probes."""
    if check.kind.pushed is None:
        return ()
    database = Path(config.storage.partition(":")[2])
    if config.secret_key is None and not database.with_name("secret_key").exists():
        # Made here it would belong to whoever asks, and the service could not read it.
        return (("address", "known once Upfront has run here, or secret_key is set"),)
    try:
        keys = instance_keys(config.secret_key, database)
    except KeyUnusable as error:
        return (("address", f"not known: {error}"),)
    own = config.page.url or f"http://{config.server.public}"
    if takes_values(check):
        url = metric_url(check, own, keys)
        return (("address", url), ("a value", f"curl -fsS -m 10 --retry 5 -d 812 {url}"))
    url = heartbeat_url(check, own, keys)
    return (
        ("address", url),
        ("at its end", f"curl -fsS -m 10 --retry 5 {url}"),
        ("or", "with /start when it begins, /fail when it failed, or its exit status: /$?"),
    )


def _unknowable(check: str, config: Config) -> tuple[Row, ...]:
    found = unknowable.of_check(config.policy, check)
    return tuple(("cannot know" if number == 0 else "", said) for number, said in enumerate(found))


def _checks_of(component: str, config: Config, composer: Composer) -> tuple[Row, ...]:
    """Its checks and what they ask, as it is written; or that it has none."""
    found = config.policy.components[component].checks
    asked = tuple((id, _question(id, config, composer)) for id in found)
    return asked or (("checks", "none: operators set it"),)


def _question(id: str, config: Config, composer: Composer) -> str:
    kind = config.checks[id].kind
    settings = of_check(composer, id)
    short = (one.value for one in settings if one.key == f"{kind.name}.{kind.short}")
    return f"{kind.name} {next(short, '')}".rstrip()


COMMAND = show
