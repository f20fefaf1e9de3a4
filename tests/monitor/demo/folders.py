"""A folder as the demo lays it out, without the demo running."""

from __future__ import annotations

from pathlib import Path

from monitor.config.config import Config, Loaded
from monitor.config.load import load
from monitor.demo.place import configuration

VALUES = {
    "page": 8088, "mailbox": 8089, "metrics": 8090, "smtp": 2525, "zone": "Europe/Berlin",
    "interval": "2s", "watch": "30s", "website": 1, "search": 2, "checkout": 3, "payments": 4,
    "warehouse": 5,
}  # fmt: skip


def lay_out(folder: Path) -> Loaded:
    """Write checks.yaml and what it names; what came of reading it."""
    folder.mkdir(exist_ok=True)
    (folder / "webhook_secret").write_text("whsec_" + "QUFB" * 8)
    file = folder / "checks.yaml"
    file.write_text(configuration(VALUES | {"folder": folder}))
    return load(file)


def config_in(folder: Path) -> Config:
    """The configuration of a folder laid out."""
    config = lay_out(folder).config
    assert config is not None
    return config
