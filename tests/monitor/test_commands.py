from __future__ import annotations

import pkgutil
import subprocess
import sys

import pytest
from click.testing import CliRunner

from monitor import commands
from monitor.version import VERSION


@pytest.mark.parametrize("name", [found.name for found in pkgutil.iter_modules(commands.__path__)])
def test_every_command_explains_itself(name: str) -> None:
    outcome = CliRunner().invoke(commands.main, [name, "--help"])
    assert outcome.exit_code == 0
    assert f"Usage: main {name}" in outcome.output


def test_a_mistyped_command_is_answered_with_the_one_meant() -> None:
    outcome = CliRunner().invoke(commands.main, ["validte"])
    assert outcome.exit_code == 2
    assert 'Did you mean "validate"?' in outcome.output


def test_a_command_unlike_any_other_is_answered_plainly() -> None:
    outcome = CliRunner().invoke(commands.main, ["xyzzy"])
    assert outcome.exit_code == 2
    assert "Did you mean" not in outcome.output


def test_the_version_is_told() -> None:
    assert VERSION in CliRunner().invoke(commands.main, ["--version"]).output


def test_a_command_is_imported_only_when_called() -> None:
    code = "import sys, monitor.commands; sys.exit('monitor.app' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0
