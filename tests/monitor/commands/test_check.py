"""`upfront check` as a person and as a script meets it, against servers on loopback."""

from __future__ import annotations

import asyncio
import json
import re
import threading
from collections.abc import Awaitable, Callable, Iterator, Mapping
from contextlib import AsyncExitStack
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from monitor.commands import main
from tests.checks.servers import Authority, Handler, answering, ok, read_head, refusing, serving

UP = answering(ok(b'{"status": "UP"}', "Content-Type: application/json"))
DOWN = answering(ok(b'{"status": "DOWN"}'))

FILE = """
version: 1
components:
  shop:
    checks:
      api:
        http: http://127.0.0.1:{up}/health
        expect: {{json: {{"$.status": UP}}}}
        degraded_if: {{latency: {{above: 4s}}}}
      down:
        http: http://127.0.0.1:{down}/health
        expect: {{json: {{"$.status": UP}}}}
        warn_if: {{header: {{X-Cache: HIT}}}}
      slow: {{http: "http://127.0.0.1:{up}/", degraded_if: {{latency: {{above: 0.01ms}}}}}}
      moved: {{http: "http://127.0.0.1:{moved}/old"}}
  net:
    publish: {{hold: 3m}}
    checks:
      port: {{tcp: "127.0.0.1:{up}"}}
      closed: {{tcp: "127.0.0.1:{closed}", degraded_if: {{latency: {{above: 1s}}}}}}
  jobs:
    checks:
      backup: {{heartbeat: 24h}}
  phone:
"""

Run = Callable[..., Result]


async def moved(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    """Sends on whoever asks for /old."""
    head = await read_head(reader)
    old = head.startswith(b"GET /old ")
    writer.write(ok(b"", "Location: /new", status="302 Found") if old else ok(b"new"))
    await writer.drain()


class Servers:
    """Servers in a thread of their own, since the command runs a loop itself."""

    def __init__(self) -> None:
        self._loop = asyncio.new_event_loop()
        self._thread = threading.Thread(target=self._loop.run_forever)
        self._stack = AsyncExitStack()
        self._thread.start()

    def serve(self, handler: Handler, tls: object = None) -> int:
        """The port of a new server."""
        return self._do(self._stack.enter_async_context(serving(handler, tls)))  # type: ignore[arg-type]

    def close(self) -> None:
        """End them all."""
        self._do(self._stack.aclose())
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join()
        self._loop.close()

    def _do(self, work: Awaitable[object]) -> int:
        async def done() -> object:
            return await work

        return asyncio.run_coroutine_threadsafe(done(), self._loop).result(10)  # type: ignore[return-value]


@pytest.fixture
def servers() -> Iterator[Servers]:
    made = Servers()
    yield made
    made.close()


@pytest.fixture
def run(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, servers: Servers) -> Iterator[Run]:
    """Runs `upfront check` in a folder with the file above."""
    monkeypatch.chdir(tmp_path)
    with refusing() as closed:
        ports = {
            "up": servers.serve(UP), "down": servers.serve(DOWN),
            "moved": servers.serve(moved), "closed": closed,
        }  # fmt: skip
        (tmp_path / "checks.yaml").write_text(FILE.format(**ports))
        yield lambda *words: CliRunner().invoke(main, ["check", *words])


def told(result: Result) -> str:
    """The output with spans, bars and ports made the same for every run."""
    text = re.sub(r"127\.0\.0\.1:\d+", "HOST", result.stdout)
    text = re.sub(r" +[\d.]+ ms +[█▏]+", " N ms █", text)
    return re.sub(r"[\d.]+ ms", "N ms", text)


def one(result: Result) -> Mapping[str, object]:
    """The only probe of a JSON answer."""
    (view,) = json.loads(result.stdout)
    assert isinstance(view, dict)
    return view


def test_a_pass_is_told_with_phases_and_each_expectation(run: Run):
    result = run("shop/api")
    assert result.exit_code == 0
    assert told(result) == (
        "✓ shop/api: pass from local in N ms\n"
        "  http http://HOST/health\n"
        "\n"
        "  connect N ms █\n"
        "  first byte N ms █\n"
        "  transfer N ms █\n"
        "\n"
        "  expect       ✓ status 200, 200-299\n"
        '               ✓ $.status is "UP"\n'
        "  degraded_if  ✓ latency N ms, not above 4 s\n"
    )


def test_a_failure_says_which_expectation_was_not_met_and_what_a_verdict_takes(run: Run):
    result = run("shop/down")
    assert result.exit_code == 1
    assert told(result).endswith(
        "  expect   ✓ status 200, 200-299\n"
        '           ✗ $.status is "DOWN", not "UP"\n'
        '  warn_if  ✓ header X-Cache missing, not "HIT"\n'
        "\n"
        '  $.status is "DOWN", expected "UP"\n'
        "  It takes such answers from local, for longer than 8s, before anyone is told.\n"
    )


def test_slow_counts_as_passing(run: Run):
    result = run("shop/slow")
    assert result.exit_code == 0
    assert "! shop/slow: slow from local" in result.stdout
    assert "degraded_if  ! latency N ms, above" in told(result)


def test_where_no_answer_came_nothing_is_judged(run: Run):
    result = run("net/closed")
    assert result.exit_code == 1
    assert "connection refused by 127.0.0.1" in result.stdout
    assert "  not judged  latency: no whole answer came\n" in result.stdout
    assert result.stdout.endswith("before operators are told, and 3m more before customers.\n")


def test_redirects_are_followed_in_sight(run: Run):
    assert "  redirects  http://HOST/old → http://HOST/new\n" in told(run("shop/moved"))


def test_a_component_stands_for_its_checks_and_a_pattern_for_those_it_matches(run: Run):
    whole = json.loads(run("shop", "--json").stdout)
    assert [view["check"] for view in whole] == ["shop/api", "shop/down", "shop/slow", "shop/moved"]
    some = json.loads(run("*/[ap]*", "shop/api", "--json").stdout)
    assert [view["check"] for view in some] == ["shop/api", "net/port"]


def test_json_holds_everything(run: Run):
    result = run("shop/down", "--json", "--body")
    view = one(result)
    assert result.exit_code == 1
    assert view["outcome"] == "fail"
    assert view["address"] == "127.0.0.1"
    assert set(view["phases_ms"]) == {"connect", "first_byte", "transfer"}  # type: ignore[call-overload]
    assert view["expect"][1] == {  # type: ignore[index]
        "key": "json", "held": False, "actual": '$.status is "DOWN"', "stated": '"UP"',
        "well": False,
    }  # fmt: skip
    assert view["body"] == '{"status": "DOWN"}'


def test_the_body_is_shown_when_asked_for_and_steers_no_terminal(run: Run, servers: Servers):
    port = servers.serve(answering(ok(b"one\n\x1b[31mtwo\n" + b"x\n" * 30)))
    Path("other.yaml").write_text(
        f"version: 1\ncomponents: {{a: {{checks: {{b: {{http: 'http://127.0.0.1:{port}/'}}}}}}}}\n"
    )
    shown = run("a/b", "other.yaml", "--body").stdout
    assert "  │ one\n  │ \N{REPLACEMENT CHARACTER}[31mtwo\n" in shown
    assert shown.endswith("  … and 12 more lines\n")
    assert "│" not in run("a/b", "other.yaml").stdout


def test_the_certificate_is_shown_even_if_it_was_refused(
    run: Run, servers: Servers, tmp_path: Path
):
    authority = Authority(tmp_path)
    expired = datetime.now(UTC) - timedelta(days=3)
    good = servers.serve(UP, authority.server("localhost"))
    bad = servers.serve(UP, authority.server("localhost", not_after=expired))
    check = "{{http: {{url: 'https://localhost:{}/', tls: {{ca_file: {}}}}}}}".format
    checks = f"good: {check(good, authority.ca_file)}, bad: {check(bad, authority.ca_file)}"
    Path("tls.yaml").write_text(f"version: 1\ncomponents: {{a: {{checks: {{{checks}}}}}}}\n")
    well, ill = json.loads(run("a", "tls.yaml", "--json").stdout)
    assert well["certificate"]["names"] == ["localhost"]
    assert well["certificate"]["days_left"] > 0
    assert ill["outcome"] == "fail"
    assert ill["certificate"]["days_left"] == pytest.approx(-3, abs=0.1)
    assert "               expired, valid until 20" in run("a/bad", "tls.yaml").stdout


@pytest.mark.parametrize(
    ("words", "answer"),
    [
        (["shop/apo"], 'There is no check "shop/apo", did you mean "shop/api"?'),
        (["x/*"], 'No check matches "x/*"; there are shop/api,'),
        (["jobs"], "jobs/backup is not probed: its job reports to the address that"),
        (["phone"], "phone has no checks: operators set it."),
        (["shop/api", "none.yaml"], "There is no file none.yaml."),
        (["checks.yaml"], "Say which check of checks.yaml is meant."),
        (["shop/api", "--location", "lokal"], 'no location "lokal", did you mean "local"?'),
    ],
)
def test_what_cannot_be_meant_is_answered_with_2(run: Run, words: list[str], answer: str):
    result = run(*words)
    assert result.exit_code == 2
    assert answer in result.stderr


def test_a_file_with_mistakes_is_answered_with_them(run: Run):
    Path("wrong.yaml").write_text("version: 1\ncomponents: {shop: {naem: x}}\n")
    result = run("shop/api", "wrong.yaml")
    assert result.exit_code == 1
    assert 'unknown key "naem"' in result.stderr


def test_canaries_are_asked_by_their_place_and_all_by_a_pattern(run: Run):
    text = Path("checks.yaml").read_text()
    up, closed = (re.search(rf'{name}: {{tcp: "(.*?)"', text) for name in ("port", "closed"))
    assert up
    assert closed
    named = f"[{{tcp: '{up[1]}'}}, {{tcp: '{closed[1]}'}}]"
    Path("checks.yaml").write_text(f"{text}connectivity: {named}\n")
    assert run("_connectivity/1").exit_code == 0
    result = run("_connectivity/2")
    assert result.exit_code == 1
    assert "A canary: it opens no incident." in result.stdout
    views = json.loads(run("_connectivity/*", "--json").stdout)
    assert [view["check"] for view in views] == ["_connectivity/1", "_connectivity/2"]
    assert "_connectivity" not in run("*").stdout
