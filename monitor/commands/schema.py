"""`upfront schema`: print the JSON Schema of checks.yaml for editors."""

from __future__ import annotations

import json

import click

from checks.kinds import KINDS
from incidents.channels import channels
from monitor.config.editor import json_schema


@click.command()
def schema() -> None:
    """Print the JSON Schema of checks.yaml, by which editors complete and check.

    Keep it beside the file (`upfront schema > checks.schema.json`) and begin checks.yaml with
    `# yaml-language-server: $schema=checks.schema.json`.
    """
    click.echo(json.dumps(json_schema(KINDS, channels()), ensure_ascii=False, indent=2))


COMMAND = schema
