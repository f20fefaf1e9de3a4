"""The command line: one file per command, found by its name and imported only when called."""

from __future__ import annotations

import difflib
import importlib
import pkgutil

import click

from monitor.version import VERSION


class Commands(click.Group):
    """A group whose commands are the modules of this package, each ending in COMMAND."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        """The modules' names, in order."""
        return sorted(found.name for found in pkgutil.iter_modules(__path__))

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        """Import the module of that name; None when there is none."""
        if cmd_name not in self.list_commands(ctx):
            return None
        command = importlib.import_module(f"{__name__}.{cmd_name}").COMMAND
        assert isinstance(command, click.Command)
        return command

    def resolve_command(
        self, ctx: click.Context, args: list[str]
    ) -> tuple[str | None, click.Command | None, list[str]]:
        """Answer a mistyped command with the one that was probably meant."""
        try:
            return super().resolve_command(ctx, args)
        except click.UsageError as error:
            near = difflib.get_close_matches(args[0], self.list_commands(ctx), n=1)
            if not near:
                raise
            raise click.UsageError(f'{error.message} Did you mean "{near[0]}"?', ctx) from error


@click.group(cls=Commands, context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(VERSION, prog_name="upfront")
def main() -> None:
    """Know before your customers do, and tell them first.

    Start with `upfront run`; it reads checks.yaml and serves the status page.
    Exit status: 0 well, 1 found something wrong, 2 used wrongly.
    """
