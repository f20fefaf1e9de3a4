"""The host that a check is about, and what certainly fails together with it."""

from __future__ import annotations

from pathlib import Path

import pytest

from monitor.config.load import load
from monitor.hosts import host_of, network_of


@pytest.mark.parametrize(
    ("check", "host"),
    [
        ("http: 'https://shop.example:8443/x'", "shop.example"),
        ("tcp: 'pay.example:443'", "pay.example"),
        ("tcp: '[2001:db8::1]:443'", "2001:db8::1"),
        ("dns: {name: shop.example, server: 192.0.2.53}", "192.0.2.53"),
    ],
)
def test_the_host_of_a_target_is_known(tmp_path: Path, check: str, host: str):
    path = tmp_path / "checks.yaml"
    path.write_text(f"version: 1\ncomponents: {{a: {{checks: {{b: {{{check}}}}}}}}}\n")
    config = load(path, environ={}).config
    assert config is not None
    assert host_of(config.checks["a/b"]) == host


@pytest.mark.parametrize(
    ("host", "network"),
    [
        ("192.0.2.77", "192.0.2.0/24"),
        ("2001:db8:1:2::3", "2001:db8:1::/48"),
        ("fe80::1%eth0", "fe80::/48"),
        ("localhost", "localhost"),
        ("acme.example", "acme.example"),
        ("a.b.acme.example", "acme.example"),
        ("a.acme.example.", "acme.example"),
        ("a.acme.co.uk", "acme.co.uk"),
        ("acme.de", "acme.de"),
        ("", ""),
    ],
)
def test_addresses_have_a_network_and_names_a_domain(host: str, network: str):
    assert network_of(host) == network
