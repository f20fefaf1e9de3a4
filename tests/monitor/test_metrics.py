"""Metrics: one table, true to Prometheus's conventions, and no series without its check."""

from __future__ import annotations

import ast
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest
from prometheus_client import generate_latest
from prometheus_client.parser import text_string_to_metric_families

from checks.meter import Meter
from incidents.model import ComponentStatus, Judgement
from monitor.metrics import METRICS, STATUS_CODES, VERDICT_CODES, PrometheusMeter, reference
from tests.support import require_server

ROOT = Path(__file__).resolve().parents[2]
TYPES = {"count": "counter", "gauge": "gauge", "observe": "histogram"}


def text(meter: PrometheusMeter) -> str:
    return generate_latest(meter.registry).decode()


def filled() -> PrometheusMeter:
    """A meter that was told something under every name of the table."""
    meter = PrometheusMeter()
    for metric in METRICS:
        labels = {label: f"some {label}" for label in metric.labels}
        tell = {"counter": meter.count, "gauge": meter.gauge, "histogram": meter.observe}
        tell[metric.type](metric.name, 1, **labels)
    return meter


def test_the_meter_is_what_the_packages_ask_for():
    meter: Meter = PrometheusMeter()
    meter.count("upfront_gaps_total", cause="stopped")


def test_promtool_finds_nothing_to_complain_about():
    outcome = subprocess.run(
        [require_server("promtool"), "check", "metrics"],
        input=text(filled()),
        capture_output=True,
        text=True,
        check=False,
    )
    assert (outcome.returncode, outcome.stdout, outcome.stderr) == (0, "", "")


def test_what_is_told_is_what_is_read():
    meter = PrometheusMeter()
    for _ in range(3):
        meter.count("upfront_results_total", check="shop/front", outcome="pass")
    meter.count("upfront_scheduler_skipped_total", 7)
    meter.gauge("upfront_open_incidents", 2, impact="major")
    meter.observe("upfront_probe_duration_seconds", 0.3, kind="http")
    read = meter.registry.get_sample_value
    assert read("upfront_results_total", {"check": "shop/front", "outcome": "pass"}) == 3
    assert read("upfront_scheduler_skipped_total") == 7
    assert read("upfront_open_incidents", {"impact": "major"}) == 2
    buckets = {"kind": "http", "le": "0.25"}, {"kind": "http", "le": "0.5"}
    assert [read("upfront_probe_duration_seconds_bucket", b) for b in buckets] == [0, 1]


def test_a_gauge_that_nobody_set_claims_nothing():
    assert "upfront_config_reload_success NaN" in text(PrometheusMeter())


def test_the_order_of_labels_does_not_matter():
    meter = PrometheusMeter()
    meter.count("upfront_results_total", outcome="fail", check="shop/front")
    meter.count("upfront_results_total", check="shop/front", outcome="fail")
    labels = {"check": "shop/front", "outcome": "fail"}
    assert meter.registry.get_sample_value("upfront_results_total", labels) == 2


@pytest.mark.parametrize(
    ("name", "labels"),
    [
        ("upfront_typo_total", {}),
        ("upfront_results_total", {"check": "shop/front"}),
        ("upfront_results_total", {"check": "shop/front", "result": "pass"}),
        ("upfront_results_total", {"check": "a/b", "outcome": "pass", "kind": "tcp"}),
    ],
)
def test_a_name_or_label_that_is_not_in_the_table_is_refused(name: str, labels: dict[str, str]):
    with pytest.raises(KeyError):
        PrometheusMeter().count(name, **labels)


def test_the_series_of_a_check_vanish_with_it():
    meter = PrometheusMeter()
    for check in ("shop/gone", "shop/stays"):
        for outcome in ("pass", "fail"):
            meter.count("upfront_results_total", check=check, outcome=outcome)
        meter.gauge("upfront_check_verdict", 0, check=check, component="shop")
    meter.forget(check="shop/gone")
    assert "shop/gone" not in text(meter)
    assert text(meter).count("shop/stays") == 3


def test_a_check_that_comes_back_starts_from_nothing():
    meter = PrometheusMeter()
    labels = {"check": "shop/front", "outcome": "pass"}
    meter.count("upfront_results_total", 5, **labels)
    meter.forget(check="shop/front")
    meter.forget(check="shop/front")
    meter.count("upfront_results_total", **labels)
    assert meter.registry.get_sample_value("upfront_results_total", labels) == 1


def test_forgetting_a_component_after_its_checks_leaves_nothing_of_it():
    meter = PrometheusMeter()
    meter.gauge("upfront_check_verdict", 0, check="shop/front", component="shop")
    meter.gauge("upfront_component_status", 0, component="shop")
    meter.forget(check="shop/front")
    meter.forget(component="shop")
    assert "shop" not in text(meter)


@pytest.mark.parametrize(
    "name",
    ['"} 1\nupfront_fake 7', "back\\slash", "tab\tand\x00nul", "половина", "\ud800", "a" * 9000],
)
def test_hostile_names_stay_within_their_label(name: str):
    meter = PrometheusMeter()
    meter.count("upfront_results_total", check=name, outcome="pass")
    families = list(text_string_to_metric_families(text(meter)))
    [results] = [family for family in families if family.name == "upfront_results"]
    [sample] = results.samples
    assert sample.labels["check"] == name.encode("utf-8", "replace").decode()
    assert "upfront_fake" not in {family.name for family in families}
    meter.forget(check=name)
    assert "upfront_results_total{" not in text(meter)


def test_every_verdict_and_status_has_its_number():
    assert set(VERDICT_CODES) == set(Judgement)
    assert set(STATUS_CODES) == set(ComponentStatus)
    for codes in (VERDICT_CODES, STATUS_CODES):
        assert len(set(codes.values())) == len(codes)


def test_the_reference_is_what_the_table_says():
    assert (ROOT / "docs" / "metrics.md").read_text() == reference(), (
        "run: python -m monitor.metrics > docs/metrics.md"
    )


def told(source: str) -> Iterator[tuple[str, str, frozenset[str]]]:
    """Method, name and labels of each literal use of a metric."""
    for node in ast.walk(ast.parse(source)):
        match node:
            case ast.Call(
                func=ast.Attribute(attr=method),
                args=[ast.Constant(value=str(name)), *_],
                keywords=keywords,
            ) if method in TYPES and name.startswith("upfront_"):
                yield method, name, frozenset(keyword.arg or "" for keyword in keywords)


def test_the_uses_of_a_metric_are_found():
    use = "self._meter.count('upfront_gaps_total', 2, cause='stopped')"
    assert list(told(use)) == [("count", "upfront_gaps_total", frozenset({"cause"}))]


def test_every_use_in_the_code_is_in_the_table_with_its_type_and_labels():
    table = {metric.name: metric for metric in METRICS}
    sources = [
        path
        for package in ("checks", "incidents", "statuspage", "monitor")
        for path in (ROOT / package).rglob("*.py")
    ]
    uses = [(path.name, *use) for path in sources for use in told(path.read_text())]
    assert uses
    assert not [
        use
        for use in uses
        if use[2] not in table
        or (TYPES[use[1]], set(use[3])) != (table[use[2]].type, set(table[use[2]].labels))
    ]
