"""The worked example of docs/contributing.md: its two files are put into a tree, and run there."""

import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parent.parent
DOCUMENT = (ROOT / "docs" / "contributing.md").read_text()
FILES = dict(re.findall(r"`([\w/]+\.py)`:\n\n```python\n(.*?)```", DOCUMENT, re.DOTALL))
COPIED = ("checks", "incidents", "statuspage", "monitor", "tests/checks")
CONFIGURATION = """\
version: 1
page: {url: https://status.acme.example}
components:
  code:
    checks:
      git: {ssh: "git.example:22", warn_if: {software: "OpenSSH_[1-8]"}}
      web: {ssh: {address: git.example}}
"""


@pytest.fixture(scope="module")
def tree(tmp_path_factory):
    """The project as it would be with the example in it, and nothing else changed."""
    root = tmp_path_factory.mktemp("project")
    for folder in COPIED:
        ignore = shutil.ignore_patterns("__pycache__", "test_*.py")
        shutil.copytree(ROOT / folder, root / folder, ignore=ignore)
    for name in ("pyproject.toml", "tests/__init__.py", "tests/conftest.py", "tests/support.py"):
        shutil.copy(ROOT / name, root / name)
    for name, text in FILES.items():
        (root / name).write_text(text)
    return root


def run(tree, *arguments):
    """A module of Python in the tree: how it ended, and all it said."""
    ended = subprocess.run(
        [sys.executable, "-m", *arguments],
        cwd=tree,
        env={**os.environ, "PYTHONPATH": str(tree)},
        capture_output=True,
        text=True,
        check=False,
    )
    return ended.returncode, ended.stdout + ended.stderr


def test_it_is_one_new_file_and_its_test():
    assert list(FILES) == ["checks/kinds/ssh.py", "tests/checks/test_ssh.py"]
    assert not [name for name in FILES if (ROOT / name).exists()]


def test_its_test_passes(tree):
    code, said = run(tree, "pytest", "-q", "-p", "no:cacheprovider", "tests/checks/test_ssh.py")
    assert code == 0, said
    assert "8 passed" in said


def test_it_keeps_the_rules_of_style_and_types(tree):
    names = list(FILES)
    for tool in (("ruff", "check"), ("ruff", "format", "--check")):
        code, said = run(tree, *tool, *names)
        assert code == 0, said
    code, said = run(tree, "mypy", "--strict", "--no-incremental", names[0])
    assert code == 0, said


def test_the_configuration_knows_it_without_any_other_change(tree):
    (tree / "checks.yaml").write_text(CONFIGURATION)
    code, said = run(tree, "monitor", "validate", "checks.yaml")
    assert code != 0
    assert "has no port" in said
    assert "checks.yaml: 1 issue" in said


def test_the_reference_tells_of_it(tree):
    (tree / "docs").mkdir()
    code, said = run(tree, "monitor.config.kinds_reference")
    assert code == 0, said
    assert "## ssh" in (tree / "docs" / "kinds.md").read_text()
