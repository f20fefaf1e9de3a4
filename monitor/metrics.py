"""What Upfront measures of itself, as Prometheus reads it: one table of all metrics."""

from __future__ import annotations

import sys
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Literal

from prometheus_client import (
    CollectorRegistry,
    Counter,
    Gauge,
    GCCollector,
    Histogram,
    PlatformCollector,
    ProcessCollector,
    disable_created_metrics,
)
from prometheus_client.metrics import MetricWrapperBase

from incidents.model import ComponentStatus, Judgement


@dataclass(frozen=True, slots=True)
class Metric:
    """One metric: its name, what kind it is, what it says, and by what it is divided."""

    name: str
    type: Literal["counter", "gauge", "histogram"]
    help: str
    labels: tuple[str, ...] = ()
    buckets: tuple[float, ...] = ()


VERDICT_CODES: Mapping[Judgement, int] = {
    Judgement.UNKNOWN: -1,
    Judgement.HEALTHY: 0,
    Judgement.DEGRADED: 1,
    Judgement.PARTIAL: 2,
    Judgement.FAILING: 3,
}
"""A verdict as a number: the more the worse, and below zero where nothing is claimed."""

STATUS_CODES: Mapping[ComponentStatus, int] = {
    ComponentStatus.MAINTENANCE: -2,
    ComponentStatus.UNKNOWN: -1,
    ComponentStatus.OPERATIONAL: 0,
    ComponentStatus.DEGRADED: 1,
    ComponentStatus.PARTIAL_OUTAGE: 2,
    ComponentStatus.MAJOR_OUTAGE: 3,
}
"""A component's status as a number, on the same scale."""


def _codes(codes: Mapping[Judgement, int] | Mapping[ComponentStatus, int]) -> str:
    return ", ".join(f"{code} {word}" for word, code in codes.items())


METRICS = (
    Metric(
        "upfront_results_total",
        "counter",
        "Results of probes; outcome is pass, slow, fail, or error (we could not probe).",
        ("check", "outcome"),
    ),
    Metric(
        "upfront_beats_total",
        "counter",
        "Reports of jobs that were taken: starts, ends and failures alike.",
        ("check",),
    ),
    Metric(
        "upfront_values_total",
        "counter",
        "Numbers that were sent to checks of kind metric and taken.",
        ("check",),
    ),
    Metric(
        "upfront_probe_duration_seconds",
        "histogram",
        "How long probes took from start to end, whatever came of them.",
        ("kind",),
        (0.01, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30),
    ),
    Metric(
        "upfront_check_verdict",
        "gauge",
        f"What is held of a check now: {_codes(VERDICT_CODES)}.",
        ("check", "component"),
    ),
    Metric(
        "upfront_canary_up",
        "gauge",
        "Whether a canary last answered (1) or not (0); NaN when it could not be asked.",
        ("canary", "location"),
    ),
    Metric(
        "upfront_location_blind",
        "gauge",
        "Whether no canary answers at a location (1), so that what fails there says nothing of "
        "your services; nothing is judged while all are blind.",
        ("location",),
    ),
    Metric(
        "upfront_component_status",
        "gauge",
        "A component's status, before publication, as the console shows it: "
        f"{_codes(STATUS_CODES)}.",
        ("component",),
    ),
    Metric(
        "upfront_open_incidents",
        "gauge",
        "Incidents that go on, published or not; impact is none, minor, major or critical.",
        ("impact",),
    ),
    Metric(
        "upfront_scheduler_lag_seconds",
        "histogram",
        "How much later than due a probe was handed to the agents.",
        buckets=(0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 5),
    ),
    Metric(
        "upfront_scheduler_skipped_total",
        "counter",
        "Regular probes left out because the next one of the same check was due, too.",
    ),
    Metric(
        "upfront_queue_depth",
        "gauge",
        "What waits: requests for an agent, hosts (requests for one more probe of a busy "
        "host), results for the pipeline.",
        ("queue",),
    ),
    Metric(
        "upfront_gaps_total",
        "counter",
        "Times without data of our own making; cause is clock_step or stopped.",
        ("cause",),
    ),
    Metric(
        "upfront_outbox_pending", "gauge", "Messages owed to subscribers and routes, not yet sent."
    ),
    Metric(
        "upfront_outbox_oldest_age_seconds",
        "gauge",
        "For how long the oldest message not yet sent has been owed; 0 when none is.",
    ),
    Metric(
        "upfront_deliveries_total",
        "counter",
        "Attempts to send; outcome is sent, retried, given_up or dropped.",
        ("channel", "outcome"),
    ),
    Metric(
        "upfront_config_reload_success",
        "gauge",
        "Whether the last reading of the configuration succeeded (1), or an older one is in "
        "use (0).",
    ),
    Metric(
        "upfront_config_reload_timestamp_seconds",
        "gauge",
        "When the configuration in use was read, in seconds since 1970.",
    ),
    Metric(
        "upfront_last_result_age_seconds",
        "gauge",
        "The age of the newest result of all; NaN before the first.",
    ),
    Metric(
        "upfront_event_to_published_seconds",
        "histogram",
        "From an event to its being visible on page, feeds and API.",
        buckets=(0.01, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 10),
    ),
    Metric(
        "upfront_page_snapshot_failures_total",
        "counter",
        "Times the public pages could not be brought up to date, so that older ones stayed.",
    ),
    Metric(
        "upfront_page_render_failures_total",
        "counter",
        "Renderings of single public documents that failed.",
    ),
    Metric(
        "upfront_storage_commit_seconds",
        "histogram",
        "How long the store took to commit a group of writes.",
        buckets=(0.001, 0.005, 0.025, 0.1, 0.5, 2.5),
    ),
    Metric(
        "upfront_storage_write_failures_total",
        "counter",
        "Groups of writes that the store could not commit (disk full, read-only, ...).",
    ),
    Metric("upfront_storage_queued_signals", "gauge", "Results and other signals not yet on disk."),
    Metric(
        "upfront_storage_lost_signals_total",
        "counter",
        "Signals given up because the store could not write for too long.",
    ),
    Metric("upfront_build_info", "gauge", "Always 1; the version is a label.", ("version",)),
)

_FORGETTABLE = ("check", "component", "channel", "canary", "location")


class PrometheusMeter:
    """Implements `checks.meter.Meter` with a registry of its own.

    A name or label that is not in the table raises KeyError: it is a mistake in the code.
    """

    def __init__(self) -> None:
        """Make every metric of the table; a gauge says NaN until it is set."""
        # They would double the number of series, for a time that nobody asks for.
        disable_created_metrics()  # type: ignore[no-untyped-call]
        self.registry = CollectorRegistry()
        for collector in (ProcessCollector, PlatformCollector, GCCollector):
            collector(registry=self.registry)
        self._labels = {metric.name: metric.labels for metric in METRICS}
        self._metrics = {metric.name: self._make(metric) for metric in METRICS}
        self._series: dict[tuple[str, ...], MetricWrapperBase] = {}
        self._keys: dict[tuple[str, str], set[tuple[str, ...]]] = {}

    def count(self, name: str, amount: float = 1, /, **labels: str) -> None:
        """Add to a counter."""
        series = self._one(name, labels)
        assert isinstance(series, Counter), name
        series.inc(amount)

    def gauge(self, name: str, value: float, /, **labels: str) -> None:
        """Set a value that goes up and down."""
        series = self._one(name, labels)
        assert isinstance(series, Gauge), name
        series.set(value)

    def observe(self, name: str, value: float, /, **labels: str) -> None:
        """Add one observation to a histogram; durations in seconds."""
        series = self._one(name, labels)
        assert isinstance(series, Histogram), name
        series.observe(value)

    def forget(self, **labels: str) -> None:
        """Drop all series of a check, location or the like that is no longer configured."""
        for label in labels.items():
            for key in self._keys.pop(label, ()):
                if self._series.pop(key, None):
                    self._metrics[key[0]].remove(*map(_clean, key[1:]))

    def _make(self, metric: Metric) -> MetricWrapperBase:
        if metric.type == "counter":
            return Counter(metric.name, metric.help, metric.labels, registry=self.registry)
        if metric.type == "histogram":
            return Histogram(
                metric.name,
                metric.help,
                metric.labels,
                registry=self.registry,
                buckets=metric.buckets,
            )
        gauge = Gauge(metric.name, metric.help, metric.labels, registry=self.registry)
        if not metric.labels:
            gauge.set(float("nan"))
        return gauge

    def _one(self, name: str, labels: Mapping[str, str]) -> MetricWrapperBase:
        """The series itself; kept, since finding it by labels costs more than counting."""
        names = self._labels[name]
        if len(names) != len(labels):
            raise KeyError(f"{name} has the labels {names}, not {tuple(labels)}")
        key = (name, *(labels[label] for label in names))
        return self._series.get(key) or self._new(key)

    def _new(self, key: tuple[str, ...]) -> MetricWrapperBase:
        name, *values = key
        metric = self._metrics[name]
        series = metric.labels(*map(_clean, values)) if values else metric
        self._series[key] = series
        for label in zip(self._labels[name], values, strict=True):
            if label[0] in _FORGETTABLE:
                self._keys.setdefault(label, set()).add(key)
        return series


def _clean(value: str) -> str:
    """What cannot be written as UTF-8 would take the whole scrape down."""
    return value.encode("utf-8", "replace").decode("utf-8")


def reference() -> str:
    """The table as Markdown, for docs/metrics.md."""
    return "\n".join(_reference_lines()) + "\n"


def _reference_lines() -> Iterator[str]:
    yield "# Metrics"
    yield ""
    yield "Upfront serves these at `/metrics` on its internal listener, beside the usual"
    yield "`process_*` and `python_*`. The series of a check vanish with the check."
    yield "This file is written by `python -m monitor.metrics`."
    yield ""
    yield "| metric | type | labels | what it says |"
    yield "|---|---|---|---|"
    for metric in METRICS:
        labels = ", ".join(f"`{label}`" for label in metric.labels)
        yield f"| `{metric.name}` | {metric.type} | {labels} | {metric.help} |"


if __name__ == "__main__":
    sys.stdout.write(reference())
