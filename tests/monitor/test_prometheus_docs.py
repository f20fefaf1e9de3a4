"""What docs/prometheus.md tells people to copy is taken by Prometheus."""

from __future__ import annotations

import re
import subprocess
from pathlib import Path

import pytest

from monitor.metrics import METRICS
from tests.support import require_server

DOCUMENT = (Path(__file__).resolve().parents[2] / "docs" / "prometheus.md").read_text()
BLOCKS = re.findall(r"```yaml\n(.*?)```", DOCUMENT, re.DOTALL)
RULES = [block for block in BLOCKS if block.startswith("groups:")]
SCRAPES = [block for block in BLOCKS if block.startswith("scrape_configs:")]


def promtool(command: str, text: str, folder: Path) -> str:
    """What promtool says against a file; nothing when it is fine."""
    file = folder / "given.yaml"
    file.write_text(text)
    outcome = subprocess.run(
        [require_server("promtool"), "check", command, file],
        capture_output=True,
        text=True,
        check=False,
    )
    return outcome.stderr if outcome.returncode else ""


def test_the_document_has_rules_and_scrape_configurations():
    assert (len(RULES), len(SCRAPES)) == (1, 2)


@pytest.mark.parametrize("rules", RULES)
def test_the_rules_are_taken(rules: str, tmp_path: Path):
    assert promtool("rules", rules, tmp_path) == ""
    assert promtool("rules", rules + "      - alert: Wrong\n        expr: up{\n", tmp_path)


@pytest.mark.parametrize("scrapes", SCRAPES)
def test_the_scrape_configurations_are_taken(scrapes: str, tmp_path: Path):
    assert promtool("config", scrapes, tmp_path) == ""


def test_every_metric_it_names_exists():
    named = set(re.findall(r"upfront_[a-z_]+", DOCUMENT))
    known = {metric.name for metric in METRICS}
    assert named
    assert {name.removesuffix("_bucket") for name in named} <= known
