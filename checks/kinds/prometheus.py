"""The kind `prometheus`: one number out of an existing Prometheus, by a query in PromQL."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Annotated, Any

from yarl import URL

from checks.expectations import LatencyExpectation
from checks.expectations_value import ValueExpectation, parse_number
from checks.failures import ProbeFailure
from checks.model import VALUE, Kind, Net, Observation
from checks.settings import Text, Written
from checks.wire.bodies import Body
from checks.wire.requests import Ask, HttpRequest, Url, check_header, parse_url, request_to, shown
from checks.wire.tls import TlsSettings

_PATH = "api/v1/query"
_FORM = "application/x-www-form-urlencoded"


def _read_query(raw: object) -> str:
    if not isinstance(raw, str) or not raw.strip():
        raise ValueError("a query in PromQL is due, such as sum(rate(http_requests_total[5m]))")
    return raw.strip()


@dataclass(frozen=True, slots=True)
class PrometheusOptions:
    """Which Prometheus is asked, and what."""

    url: Url
    """The address of the Prometheus, as its own page has it."""
    query: Annotated[str, Written(_read_query, {"type": "string"})]
    """What to ask, in PromQL; it must come to one number."""
    learn: bool = True
    """Whether to learn what is usual at each hour and to say when the number is not; that takes
    at least 100 values and a week, and never says worse than degraded."""
    headers: Mapping[str, Text] = field(default_factory=dict, repr=False)
    """Headers to send besides the usual ones."""
    bearer_token: Text = field(default="", repr=False)
    """A token to send as `Authorization: Bearer …`."""
    tls: TlsSettings = field(default_factory=TlsSettings)
    """How to speak TLS with an https address."""
    start: URL = field(init=False, repr=False, compare=False)
    request: HttpRequest = field(init=False, repr=False, compare=False)

    def __post_init__(self) -> None:
        start = parse_url(self.url)
        object.__setattr__(self, "start", start)
        object.__setattr__(self, "request", _request(self, start))


def _request(options: PrometheusOptions, start: URL) -> HttpRequest:
    headers = [*options.headers.items(), ("Content-Type", _FORM), ("Accept", "application/json")]
    if options.bearer_token:
        headers.append(("Authorization", f"Bearer {options.bearer_token}"))
    for name, value in headers:
        check_header(name, value)
    form = URL.build(query={"query": options.query}).raw_query_string.encode()
    return request_to(start / _PATH, Ask("POST", tuple(headers), form, options.tls))


async def _probe(options: PrometheusOptions, net: Net) -> Observation:
    answer = await net.fetch(options.request)
    number = _number(_read(answer.body(), answer.status))
    return Observation(net.elapsed, net.phases, {"address": net.address, VALUE: number})


def _read(body: Body, status: int) -> Any:
    """The result of the query as Prometheus says it, with its type."""
    try:
        said = body.json()
    except ValueError:
        said = None
    if not isinstance(said, dict) or said.get("status") not in ("success", "error"):
        raise ProbeFailure(f"status {status}, and no answer to a query")
    if said["status"] == "error":
        raise ProbeFailure(str(said.get("error") or "it gives no reason")[:200])
    return said.get("data")


def _number(found: Any) -> float:
    """The one number of a scalar, or of a vector of one series."""
    match found:
        case {"resultType": "scalar", "result": [_, text]}:
            pass
        case {"resultType": "vector", "result": [{"value": [_, text]}]}:
            pass
        case {"resultType": "vector", "result": []}:
            raise ProbeFailure("the query comes to no series")
        case {"resultType": "vector", "result": [*series]}:
            raise ProbeFailure(f"the query comes to {len(series)} series: put sum(…) around it")
        case _:
            raise ProbeFailure("the query does not come to a number")
    try:
        return parse_number(text)
    except ValueError:
        raise ProbeFailure("the query comes to no number (NaN or infinite)") from None


KIND = Kind(
    name="prometheus",
    summary="Asks an existing Prometheus for a number; says when it breaks a limit or is unusual.",
    options=PrometheusOptions,
    probe=_probe,
    target=lambda options: shown(options.start),
    expectations={"value": ValueExpectation, "latency": LatencyExpectation},
    learns=lambda options: options.learn,
    instrument="Prometheus",
    example="""\
orders:
  prometheus:
    url: http://prometheus.example:9090
    query: sum(rate(orders_total[5m])) * 60
  expect: {value: {above: 0}}
""",
    failures={
        "value 0, expected above 0": "The limit under `expect` is broken.",
        "value 812 since TIME; usual at this hour 90 to 140": "No limit is broken, but at this "
        "hour of the week it was never like this. After six hours it counts as usual.",
        "Prometheus gives no number: connection refused by HOST:PORT": "The check is unknown, "
        "not failing: it is Prometheus that does not answer.",
        "Prometheus gives no number: the query comes to 3 series: put sum(…) around it": "A "
        "check judges one number.",
    },
)
