"""`upfront show`: every effective setting, with where it is from."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from monitor.commands import main
from monitor.config.load import load
from monitor.heartbeats import heartbeat_url
from monitor.unknowable import ALONE, NO_CANARY

FILE = """\
version: 1
include: more.yaml
defaults: {interval: 20s, publish: {hold: 3m}, promise: {major: 45m}, confirm: {fail: 4/5}}
templates:
  web:
    timeout: 3s
    http: {max_redirects: 3, headers: {Accept: text/html}}
    expect: {status: 200-299, body: {contains: ok}}
  strict: {template: web, degraded_if: {latency: {above: 1s}}}
components:
  shop:
    name: Shop
    promise: {critical: 10m}
    checks:
      api:
        template: strict
        http:
          url: https://shop.example/health
          headers: {Authorization: "Bearer ${env:TOKEN}", X-Api-Key: abcdef}
        expect: {body: {contains: fine}}
      plain: {http: "https://shop.example/${env:TOKEN}"}
      login: {http: {url: "https://shop.example/", basic_auth: {username: me, password: hunter2}}}
      inside: {http: "https://me:pass@shop.example/"}
  "edge-${each:region}":
    for_each: {region: [eu, us]}
    checks:
      port: {tcp: "${each:region}.example:443"}
  phone:
"""
MORE = """\
components:
  mail:
    checks:
      smtp:
        interval: 2m
        tcp: {address: "mail.example:25", dialogue: [{expect: "^220 "}, {send: QUIT}]}
"""
SECRETS = ("t0k3n", "hunter2", "pass@", "abcdef")

Run = Callable[..., Result]
Settings = Mapping[str, tuple[str, str]]


@pytest.fixture
def run(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Run:
    """Runs `upfront show` in a folder with the files above."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("TOKEN", "t0k3n")
    Path("checks.yaml").write_text(FILE)
    Path("more.yaml").write_text(MORE)
    return lambda *words: CliRunner().invoke(main, ["show", *words])


def settings(result: Result) -> Settings:
    """Key to value and origin, off the JSON answer."""
    assert result.exit_code == 0, result.output
    told = json.loads(result.stdout)["settings"]
    return {
        one["key"]: (
            one["value"],
            " ".join(filter(None, (one["origin"][key] for key in ("source", "template", "place")))),
        )
        for one in told
    }


@pytest.mark.parametrize(
    ("id", "key", "value", "origin"),
    [
        ("shop/api", "name", "Api", "built in"),
        ("shop/api", "template", "strict", "file checks.yaml:16"),
        ("shop/api", "http.url", "https://shop.example/health", "file checks.yaml:18"),
        ("shop/api", "http.method", "GET", "built in"),
        ("shop/api", "http.max_redirects", "3", "template strict checks.yaml:7"),
        ("shop/api", "http.max_body", "1MiB", "built in"),
        ("shop/api", "http.headers.Accept", "text/html", "template strict checks.yaml:7"),
        ("shop/api", "http.headers.Authorization", "Bearer ${env:TOKEN}", "file checks.yaml:19"),
        (
            "shop/api", "http.headers.X-Api-Key", "(written in the file, not shown)",
            "file checks.yaml:19",
        ),
        ("shop/api", "http.tls.verify", "true", "built in"),
        ("shop/api", "interval", "20s", "defaults checks.yaml:3"),
        ("shop/api", "timeout", "3s", "template strict checks.yaml:6"),
        ("shop/api", "locations", "local", "built in"),
        ("shop/api", "confirm.fail", "4/5", "defaults checks.yaml:3"),
        ("shop/api", "confirm.recover", "2/2", "built in"),
        ("shop/api", "expect.status", "200-299", "template strict checks.yaml:8"),
        ("shop/api", "expect.body.contains", "fine", "file checks.yaml:20"),
        ("shop/api", "degraded_if.latency.above", "1s", "template strict checks.yaml:9"),
        ("shop/plain", "http.url", "https://shop.example/${env:TOKEN}", "file checks.yaml:21"),
        ("shop/plain", "expect.status", "200-299", "built in"),
        ("shop/inside", "http.url", "https://…@shop.example/", "file checks.yaml:23"),
        (
            "shop/login", "http.basic_auth.password", "(written in the file, not shown)",
            "file checks.yaml:22",
        ),
        ("edge-eu/port", "tcp.address", "eu.example:443", "file checks.yaml:27"),
        ("mail/smtp", "interval", "2m", "file more.yaml:5"),
        ("mail/smtp", "tcp.dialogue[0].expect", "^220 ", "file more.yaml:6"),
        ("shop", "name", "Shop", "file checks.yaml:12"),
        ("shop", "publish.hold", "3m", "defaults checks.yaml:3"),
        ("shop", "promise.critical", "10m", "file checks.yaml:13"),
        ("shop", "promise.major", "45m", "defaults checks.yaml:3"),
        ("shop", "promise.minor", "4h", "built in"),
        ("shop", "counts", "worst", "built in"),
        ("phone", "name", "Phone", "built in"),
    ],
)  # fmt: skip
def test_a_setting_is_shown_with_its_origin(run: Run, id: str, key: str, value: str, origin: str):
    assert settings(run(id, "--json"))[key] == (value, origin)


@pytest.mark.parametrize("id", ["shop", "shop/api", "shop/plain", "shop/login", "shop/inside"])
def test_no_secret_is_ever_shown(run: Run, id: str):
    for result in (run(id), run(id, "--json")):
        assert result.exit_code == 0
        assert not [secret for secret in SECRETS if secret in result.output]


def test_where_nobody_wrote_a_rule_what_is_usual_is_learned(run: Run):
    Path("plain.yaml").write_text(
        "version: 1\ncomponents: {a: {checks: {b: {tcp: 'h.example:1', sensitivity: calm}}}}\n"
    )
    told = settings(run("a/b", "plain.yaml", "--json"))
    assert told["confirm"] == ("learned", "built in")
    assert "confirm.fail" not in told
    assert told["sensitivity"] == ("calm", "file plain.yaml:2")


def test_a_rule_that_is_set_aside_is_shown_with_its_place(run: Run):
    Path("aside.yaml").write_text(
        "version: 1\ndefaults: {confirm: {fail: 4/5}}\ncomponents:\n  a:\n    checks:\n"
        "      b: {tcp: 'h.example:1', confirm: learned}\n"
        "      c: {metric: {every: 1m}, confirm: learned}\n"
    )
    told = settings(run("a/b", "aside.yaml", "--json"))
    assert told["confirm"] == ("learned", "file aside.yaml:6")
    told = settings(run("a/c", "aside.yaml", "--json"))
    assert told["confirm.fail"] == ("3/3", "sensitivity")


def test_a_person_reads_three_columns(run: Run):
    lines = run("mail/smtp").stdout.splitlines()
    assert lines[:6] == [
        "mail/smtp: a check of kind tcp",
        "",
        "  name                    Smtp             built in",
        "  tcp.address             mail.example:25  more.yaml:6",
        "  tcp.tls                 –                built in",
        "  tcp.ip                  –                built in",
    ]
    api = run("shop/api").stdout
    assert "20s                               defaults, checks.yaml:3\n" in api
    assert "3s                                template strict, checks.yaml:6\n" in api


def test_a_component_is_shown_with_what_its_checks_ask(run: Run):
    shown = run("shop").stdout
    assert "  shop/plain   http https://shop.example/${env:TOKEN}\n" in shown
    assert run("phone").stdout.endswith("  checks  none: operators set it\n")


@pytest.mark.parametrize(
    ("id", "answer"),
    [
        ("shop/apo", 'There is no check "shop/apo", did you mean "shop/api"?'),
        ("shpo", 'There is no component "shpo", did you mean "shop"?'),
    ],
)
def test_an_unknown_id_is_answered_with_the_nearest(run: Run, id: str, answer: str):
    result = run(id)
    assert result.exit_code == 2
    assert answer in result.stderr


def test_a_file_with_mistakes_is_answered_with_them(run: Run):
    Path("wrong.yaml").write_text("version: 1\ncomponents: {shop: {naem: x}}\n")
    result = run("shop", "wrong.yaml")
    assert result.exit_code == 1
    assert 'unknown key "naem"' in result.stderr


HEARTBEAT = """\
version: 1
page: {{url: "https://status.acme.example"}}
storage: sqlite:data/upfront.db
{key}
components: {{jobs: {{checks: {{backup: {{heartbeat: 24h}}}}}}}}
"""


def test_a_heartbeat_is_shown_with_the_address_that_its_job_reports_to(run: Run):
    key = "0123456789abcdef"
    Path("key").write_text(key)
    Path("jobs.yaml").write_text(HEARTBEAT.format(key="secret_key: ${file:key}"))
    config = load("jobs.yaml").config
    assert config is not None
    check = config.checks["jobs/backup"]
    url = heartbeat_url(check, "https://status.acme.example", [key.encode()])
    shown = run("jobs/backup", "jobs.yaml")
    assert f"  address     {url}\n" in shown.stdout
    assert key not in shown.stdout
    assert "interval" not in shown.stdout


def test_a_canary_is_shown_as_what_it_is(run: Run):
    Path("seen.yaml").write_text(
        "version: 1\nconnectivity: [{tcp: '192.0.2.1:53', timeout: 2s}]\ndefaults: {interval: 9s}\n"
        "components: {shop: {checks: {api: {tcp: 'shop.example:1'}}}}\n"
    )
    shown = run("_connectivity/1", "seen.yaml").stdout
    assert shown.startswith("_connectivity/1: a canary of kind tcp: it is asked, not judged\n")
    rows = [line.split(None, 2) for line in shown.splitlines()[2:]]
    assert ["timeout", "2s", "seen.yaml:2"] in rows
    assert ["interval", "1m", "built in"] in rows
    assert "sensitivity" not in shown
    assert (
        'no check "_connectivity/2", did you mean "_connectivity/1"'
        in run("_connectivity/2", "seen.yaml").stderr
    )


def test_what_a_check_cannot_know_is_shown_with_it(run: Run):
    Path("seen.yaml").write_text(
        "version: 1\ncomponents: {shop: {checks: {api: {tcp: 'shop.example:1'}}}}\n"
    )
    last = run("shop/api", "seen.yaml").stdout.splitlines()[-2:]
    assert last == [f"  cannot know  {ALONE}", f"               {NO_CANARY}"]


def test_before_the_first_start_no_key_is_made_by_looking(run: Run):
    Path("jobs.yaml").write_text(HEARTBEAT.format(key=""))
    shown = run("jobs/backup", "jobs.yaml")
    assert "  address  known once Upfront has run here, or secret_key is set\n" in shown.stdout
    assert not Path("data").exists()
