"""`upfront validate`: say everything that is wrong with checks.yaml, and where."""

from __future__ import annotations

from pathlib import Path

import click

from monitor import unknowable
from monitor.asked import EXISTING_FILE
from monitor.config.load import load
from monitor.config.rendering import FORMATS


@click.command()
@EXISTING_FILE
@click.option("--json", "form", flag_value="json", help="The same as --format json.")
@click.option(
    "--format",
    "form",
    type=click.Choice(list(FORMATS)),
    default="human",
    show_default=True,
    help="For people, for scripts, for code review (SARIF), for GitHub's annotations.",
)
def validate(file: Path, form: str) -> None:
    """Check FILE (checks.yaml unless named) and everything that it includes.

    All issues at once, each with its place and how to mend it; of a right file, what its
    locations and canaries cannot know. Exit status: 0 when the file is right (warnings allowed),
    1 when it is not, 2 when there is no such file.
    """
    loaded = load(file)
    click.echo(FORMATS[form](loaded, str(file)))
    if loaded.config is not None and form == "human":
        for sentence in unknowable.of_all(loaded.config.policy):
            click.secho(f"  {sentence}", dim=True)
    raise SystemExit(0 if loaded.config is not None else 1)


COMMAND = validate
