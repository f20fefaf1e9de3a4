"""Probes on demand: what an existing blackbox_exporter job finds at /probe."""

from __future__ import annotations

import subprocess
from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta

import msgspec
import pytest
from aiohttp.test_utils import TestClient
from prometheus_client.parser import text_string_to_metric_families

from checks.kinds.tcp import KIND as TCP
from checks.model import Check, Kind, Outcome, ProbeRequest, Result
from monitor.blackbox import Blackbox, exposition
from monitor.internal import internal_app
from monitor.metrics import PrometheusMeter
from tests.clock import START, FakeClock
from tests.monitor.samples import SAMPLE
from tests.support import require_server

ANSWERED = Result(
    "probe/http",
    "probe",
    START,
    START,
    Outcome.PASS,
    0.2,
    phases={"resolve": 0.01, "connect": 0.02, "tls": 0.03, "first_byte": 0.1, "transfer": 0.04},
    facts={
        "status": 200,
        "address": "2001:db8::7",
        "certificate_expires_at": datetime(2030, 1, 1, tzinfo=UTC).isoformat(),
    },
)
REFUSED = Result(
    "probe/http", "probe", START, START, Outcome.FAIL, reason="connection refused\nby\ud800 it"
)


def samples(text: str) -> Mapping[str, float]:
    return {
        sample.name + "".join(sample.labels.values()): sample.value
        for family in text_string_to_metric_families(text)
        for sample in family.samples
    }


def test_an_answer_over_http_is_told_as_blackbox_exporter_does():
    assert samples(exposition("http", ANSWERED, 0.25).decode()) == {
        "probe_success": 1,
        "probe_duration_seconds": 0.25,
        "probe_dns_lookup_time_seconds": 0.01,
        "probe_ip_protocol": 6,
        "probe_ssl_earliest_cert_expiry": datetime(2030, 1, 1, tzinfo=UTC).timestamp(),
        "probe_http_status_code": 200,
        "probe_http_duration_secondsresolve": 0.01,
        "probe_http_duration_secondsconnect": 0.02,
        "probe_http_duration_secondstls": 0.03,
        "probe_http_duration_secondsprocessing": 0.1,
        "probe_http_duration_secondstransfer": 0.04,
    }


def test_a_failure_is_told_with_its_reason_in_a_comment():
    text = exposition("http", REFUSED, 0.1).decode()
    assert text.startswith("# connection refused by? it\n")
    assert samples(text)["probe_success"] == 0
    assert samples(text)["probe_http_status_code"] == 0


@pytest.mark.parametrize(
    ("outcome", "success"),
    [(Outcome.PASS, 1), (Outcome.SLOW, 1), (Outcome.FAIL, 0), (Outcome.ERROR, 0)],
)
def test_slow_is_not_down(outcome: Outcome, success: int):
    text = exposition("tcp", msgspec.structs.replace(ANSWERED, outcome=outcome), 0.1).decode()
    assert samples(text)["probe_success"] == success
    assert "probe_http" not in text


@pytest.mark.parametrize("result", [ANSWERED, REFUSED], ids=["answered", "refused"])
def test_promtool_reads_it(result: Result):
    outcome = subprocess.run(
        [require_server("promtool"), "check", "metrics"],
        input=exposition("http", result, 0.1),
        capture_output=True,
        check=False,
    )
    assert (outcome.returncode, outcome.stderr) == (0, b"")


@dataclass(frozen=True)
class Address:
    host: str
    port: int = 80


ADDRESSED = replace(SAMPLE, name="sample", options=Address, short="host")
WITHOUT_SHORT = replace(SAMPLE, name="other")


class Asked:
    """A probe that remembers what it was asked."""

    def __init__(self) -> None:
        self.checks: list[Check] = []
        self.timeouts: list[timedelta] = []

    async def __call__(self, check: Check, request: ProbeRequest) -> Result:
        self.checks.append(check)
        self.timeouts.append(request.timeout)
        return ANSWERED


@pytest.fixture
def asked() -> Asked:
    return Asked()


@pytest.fixture
async def client(aiohttp_client, asked: Asked) -> TestClient:
    async def unready() -> list[str]:
        return []

    kinds: dict[str, Kind] = {"sample": ADDRESSED, "other": WITHOUT_SHORT, "tcp": TCP}
    clock = FakeClock()
    app = internal_app(
        registry=PrometheusMeter().registry,
        refresh=lambda: None,
        unready=unready,
        remarks=tuple,
        blackbox=Blackbox(kinds, asked, clock),
        clock=clock,
    )
    return await aiohttp_client(app)


async def test_a_probe_is_made_of_kind_and_target(client: TestClient, asked: Asked):
    answer = await client.get("/probe?kind=sample&target=shop.example")
    assert answer.status == 200
    assert answer.headers["Content-Type"].startswith("text/plain")
    assert samples(await answer.text())["probe_success"] == 1
    assert [check.options for check in asked.checks] == [Address("shop.example")]


@pytest.mark.parametrize(
    ("header", "seconds"), [({}, 10), ("5", 4.5), ("0.2", 0.1), ("3600", 60)], ids=str
)
async def test_a_probe_ends_before_the_scraper_gives_up(
    client: TestClient, asked: Asked, header: object, seconds: float
):
    headers = {"X-Prometheus-Scrape-Timeout-Seconds": str(header)} if header else {}
    await client.get("/probe?kind=sample&target=shop.example", headers=headers)
    assert asked.timeouts == [timedelta(seconds=seconds)]


@pytest.mark.parametrize(
    ("query", "words"),
    [
        ("", 'no kind ""'),
        ("kind=sample", "target is missing"),
        ("kind=nothing&target=x", "there are sample"),
        ("kind=other&target=x", 'no kind "other"'),
        ("kind=tcp&target=pay.example", '"pay.example" has no port: write host:port'),
    ],
)
async def test_what_cannot_be_probed_is_refused_in_words(
    client: TestClient, asked: Asked, query: str, words: str
):
    answer = await client.get(f"/probe?{query}")
    assert answer.status == 400
    assert words in await answer.text()
    assert asked.checks == []


@pytest.mark.parametrize("header", ["soon", "-1", "nan", "inf"])
async def test_a_timeout_that_is_none_is_refused(client: TestClient, header: str):
    headers = {"X-Prometheus-Scrape-Timeout-Seconds": header}
    answer = await client.get("/probe?kind=sample&target=x", headers=headers)
    assert answer.status == 400
