"""Canaries are probed like checks, by a cadence of their own, and are none."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from pathlib import Path

import pytest

from checks.revision import revision_of
from monitor.config.config import Config
from monitor.config.load import load

FILE = """
version: 1
transport: nats://nats.example:4222
locations: [fra, iad]
defaults: {interval: 10s, timeout: 9s, locations: [fra], sensitivity: eager, confirm: {fail: 2/2}}
templates:
  near: {locations: [iad]}
connectivity:
  - tcp: 192.0.2.1:53
  - {tcp: "198.51.100.7:443", interval: 20s, timeout: 1s, name: Large network}
  - {template: near, http: https://canary.example/ok}
components:
  shop: {checks: {front: {tcp: "shop.example:443", interval: 60s}}}
"""


@pytest.fixture
def read(tmp_path: Path) -> Callable[[str], Config]:
    def found(text: str) -> Config:
        path = tmp_path / "checks.yaml"
        path.write_text(text)
        config = load(path, environ={}).config
        assert config is not None
        return config

    return found


def test_they_go_by_their_place_in_the_file_and_are_no_checks(read):
    config = read(FILE)
    ids = ["_connectivity/1", "_connectivity/2", "_connectivity/3"]
    assert list(config.canaries) == list(config.policy.canaries) == ids
    assert list(config.checks) == list(config.policy.checks) == ["shop/front"]
    assert list(config.policy.components) == ["shop"]
    assert config.check("_connectivity/2").name == "Large network"
    assert config.check("_connectivity/4") is None


def test_they_have_a_cadence_of_their_own_that_defaults_do_not_touch(read):
    first, second, third = read(FILE).policy.canaries.values()
    assert (first.interval, first.timeout) == (timedelta(seconds=60), timedelta(seconds=3))
    assert (second.interval, second.timeout) == (timedelta(seconds=20), timedelta(seconds=1))
    assert (first.locations, third.locations) == (("fra", "iad"), ("iad",))
    assert first.confirm is None


def test_their_revision_tells_what_they_ask(read):
    swapped = FILE.replace("- tcp: 192.0.2.1:53", "- tcp: 203.0.113.1:53")
    before, after = (read(text).policy.canaries["_connectivity/1"] for text in (FILE, swapped))
    assert before.revision != after.revision
    check = read(FILE).canaries["_connectivity/1"]
    assert before.revision == revision_of("tcp", check.options)


def test_their_probes_are_counted_with_those_of_checks(read):
    assert read(FILE).probes_per_minute == 1 + 2 * 1 + 2 * 3 + 1


@pytest.mark.parametrize("value", ["", "[]"])
def test_a_file_without_any_is_right_and_nothing_is_said(tmp_path: Path, value: str):
    path = tmp_path / "checks.yaml"
    path.write_text(f"version: 1\nconnectivity: {value}\ncomponents: {{shop: }}\n")
    loaded = load(path, environ={})
    assert loaded.issues == ()
    assert loaded.config is not None
    assert loaded.config.canaries == {}
