"""The kind `prometheus`: answers of its API, played, and a real one where it is installed."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import aiohttp
import pytest
from aiohttp import web
from aiohttp.test_utils import TestServer
from pydantic import TypeAdapter, ValidationError

from checks.kinds.prometheus import PrometheusOptions
from tests.checks.servers import refusing, serving, silent
from tests.service import free_port
from tests.support import require_server

QUERY = 'sum(rate(orders_total{shop="a+b"}[5m])) * 60'


@asynccontextmanager
async def answering(answer: object, status: int = 200) -> AsyncIterator[tuple[str, list[dict]]]:
    """A Prometheus that says this to every query; and what it was asked."""
    asked: list[dict] = []

    async def query(request: web.Request) -> web.Response:
        token = request.headers.get("Authorization")
        asked.append({**await request.post(), "authorization": token})
        text = answer if isinstance(answer, str) else json.dumps(answer)
        return web.Response(status=status, text=text, content_type="application/json")

    app = web.Application()
    app.router.add_post("/under/api/v1/query", query)
    async with TestServer(app) as server:
        yield str(server.make_url("/under")), asked


def success(type_: str, result: object) -> dict:
    return {"status": "success", "data": {"resultType": type_, "result": result}}


def series(*values: str) -> dict:
    return success("vector", [{"metric": {}, "value": [1.5, value]} for value in values])


@pytest.mark.parametrize("answer", [series("812.5"), success("scalar", [1.5, "812.5"])])
async def test_the_number_is_the_value(probe, answer):
    async with answering(answer) as (url, asked):
        options = {"url": url, "query": QUERY, "bearer_token": "secret"}
        result = await probe("prometheus", options, expect={"value": {"above": 0}})
    assert (result.outcome, result.reason) == ("pass", "")
    assert result.facts["value"] == 812.5
    assert asked == [{"query": QUERY, "authorization": "Bearer secret"}]


async def test_limits_are_held_against_it(probe):
    async with answering(series("812")) as (url, _):
        options = {"url": url, "query": QUERY}
        down = await probe("prometheus", options, expect={"value": {"below": 800}})
        slow = await probe("prometheus", options, degraded_if={"value": {"above": 800}})
    assert (down.outcome, down.reason) == ("fail", "value 812, expected below 800")
    assert (slow.outcome, slow.reason) == ("slow", "value 812, above 800")


@pytest.mark.parametrize(
    ("answer", "status", "words"),
    [
        (series(), 200, "the query comes to no series"),
        (series("1", "2", "3"), 200, "the query comes to 3 series: put sum(…) around it"),
        (success("matrix", []), 200, "the query does not come to a number"),
        (success("string", [1, "up"]), 200, "the query does not come to a number"),
        (series("NaN"), 200, "the query comes to no number (NaN or infinite)"),
        (series("+Inf"), 200, "the query comes to no number (NaN or infinite)"),
        (success("vector", [{"value": "odd"}]), 200, "the query comes to 1 series"),
        ({"status": "error", "error": "parse error: unexpected end"}, 400, "parse error"),
        ({"status": "error", "error": "x" * 9000}, 400, "xxx"),
        ({"status": "success"}, 200, "the query does not come to a number"),
        ("<html>not here</html>", 502, "status 502, and no answer to a query"),
        ("[]", 200, "status 200, and no answer to a query"),
    ],
)
async def test_without_a_number_it_is_unknown_and_why(probe, answer, status, words):
    async with answering(answer, status) as (url, _):
        result = await probe("prometheus", {"url": url, "query": QUERY})
    assert result.outcome == "error"
    assert result.reason.startswith(f"Prometheus gives no number: {words}")
    assert len(result.reason) < 300
    assert "value" not in result.facts


async def test_a_prometheus_that_is_away_is_unknown(probe):
    with refusing() as port:
        result = await probe("prometheus", {"url": f"http://127.0.0.1:{port}", "query": QUERY})
    assert result.outcome == "error"
    assert result.reason == (f"Prometheus gives no number: connection refused by 127.0.0.1:{port}")


async def test_a_prometheus_that_keeps_silent_is_unknown(probe):
    async with serving(silent) as port:
        options = {"url": f"http://127.0.0.1:{port}", "query": QUERY}
        result = await probe("prometheus", options, timeout=0.15)
    assert (result.outcome, result.reason) == (
        "error",
        "Prometheus gives no number: no answer within 150 ms: waiting for the first byte",
    )


@pytest.mark.parametrize("query", ["", "  ", 5])
def test_a_query_is_due(query):
    with pytest.raises(ValidationError, match="a query in PromQL is due"):
        TypeAdapter(PrometheusOptions).validate_python({"url": "http://p:9090", "query": query})


@asynccontextmanager
async def real_prometheus(folder: Path) -> AsyncIterator[str]:
    (folder / "prometheus.yml").write_text("global: {scrape_interval: 1s}\n")
    port = free_port()
    process = await asyncio.create_subprocess_exec(
        str(require_server("prometheus")),
        f"--config.file={folder / 'prometheus.yml'}", f"--storage.tsdb.path={folder / 'data'}",
        f"--web.listen-address=127.0.0.1:{port}",
        stdout=asyncio.subprocess.DEVNULL, stderr=asyncio.subprocess.DEVNULL,
    )  # fmt: skip
    url = f"http://127.0.0.1:{port}"
    try:
        async with aiohttp.ClientSession() as client, asyncio.timeout(30):
            while not await _is_ready(client, url):  # noqa: ASYNC110 - another process
                await asyncio.sleep(0.05)
        yield url
    finally:
        process.terminate()
        await process.wait()


async def _is_ready(client: aiohttp.ClientSession, url: str) -> bool:
    try:
        async with client.get(f"{url}/-/ready") as answer:
            return answer.status == 200
    except aiohttp.ClientError:
        return False


async def test_a_real_prometheus_answers(probe, tmp_path):
    async with real_prometheus(tmp_path) as url:
        number = await probe("prometheus", {"url": url, "query": "vector(6) * 7"})
        scalar = await probe("prometheus", {"url": f"{url}/", "query": "scalar(vector(1)) + 1"})
        none = await probe("prometheus", {"url": url, "query": "absent_of_everything"})
        wrong = await probe("prometheus", {"url": url, "query": "sum("})
    assert (number.outcome, number.facts["value"]) == ("pass", 42.0)
    assert scalar.facts["value"] == 2.0
    assert none.reason.endswith("the query comes to no series")
    assert "parse error" in wrong.reason
