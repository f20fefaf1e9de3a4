"""What commands are run in: a folder with the file that a module's tests are about."""

from __future__ import annotations

from pathlib import Path

import pytest


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, request: pytest.FixtureRequest) -> Path:
    """The current folder, with the module's `FILE` as its checks.yaml."""
    monkeypatch.chdir(tmp_path)
    (tmp_path / "checks.yaml").write_text(request.module.FILE)
    return tmp_path
