"""Wrong files, each with the issues that it must be answered with in its first lines."""

from pathlib import Path

import pytest

from monitor.config.issues import Issue
from monitor.config.load import load

BAD = Path(__file__).parent / "bad"
GOOD = Path(__file__).parent / "good"
EXPECT = "# expect: "
ENVIRON = {"HOME": "/home/upfront", "PATH": "/bin"}


def expected(path: Path) -> list[str]:
    """The first lines of a file, or of the sidecar of one that cannot begin with a comment."""
    sidecar = path.with_suffix(".expect")
    lines = (sidecar if sidecar.exists() else path).read_text().splitlines()
    return [line.removeprefix(EXPECT) for line in lines if line.startswith(EXPECT)]


def told(issue: Issue, file: str) -> str:
    place = str(issue.place).removeprefix(f"{file}:")
    return f"{place} {'warning: ' if issue.warning else ''}{issue.message}"


@pytest.mark.parametrize("path", sorted(BAD.glob("*.yaml")), ids=lambda path: path.stem)
def test_a_wrong_file_is_answered_with_its_issues_and_no_others(path, monkeypatch):
    monkeypatch.chdir(BAD)
    loaded = load(path.name, environ=ENVIRON)
    assert [told(issue, path.name) for issue in loaded.issues] == expected(path)
    assert (loaded.config is None) == any("warning: " not in line for line in expected(path))


def test_the_corpus_is_there():
    files = sorted(BAD.glob("*.yaml"))
    assert len(files) >= 60
    assert all(expected(path) for path in files)


@pytest.mark.parametrize("path", sorted(GOOD.glob("*.yaml")), ids=lambda path: path.stem)
def test_a_right_file_has_no_issues(path):
    loaded = load(path, environ={"SMTP_PASSWORD": "s3cret", "PORT": "8443"})
    assert [told(issue, str(path)) for issue in loaded.mistakes] == []
    assert loaded.config is not None
