"""`upfront backtest` as a person and as a script meets it, on what the product stored."""

from __future__ import annotations

import asyncio
import csv
import json
from contextlib import closing
from pathlib import Path

import msgspec
import pytest
from click.testing import CliRunner, Result

from monitor.app import archived
from monitor.backtest.comparing import compare, episodes
from monitor.backtest.playing import play
from monitor.backtest.sources import Stored
from monitor.commands import main
from monitor.config.load import load
from monitor.storage import open_store
from tests.monitor.stored import down, lived_in, seconds

FILE = """version: 1
page: {name: Acme, url: https://status.example}
storage: sqlite:upfront.db
defaults: {interval: 20s, timeout: 5s, confirm: {fail: 3/3, recover: 2/2}}
components:
  shop: {name: Shop, checks: {api: {tcp: "shop.example:443"}}}
  mail: {name: Mail, checks: {smtp: {tcp: "mail.example:25"}}}
"""
HASTY = FILE.replace("fail: 3/3", "fail: 1/1")


@pytest.fixture
def lived(folder: Path) -> Path:
    """A folder with an hour of results, in which the shop was down for five minutes."""
    lived_in(folder, down(1200, 1500, only="shop/"), seconds(3600))
    return folder


def ran(*options: str) -> Result:
    return CliRunner().invoke(main, ["backtest", *options])


def told(*options: str) -> dict:
    result = ran("--json", *options)
    assert result.exit_code == 0, result.output
    return json.loads(result.output)


def test_the_same_file_opens_the_same_incident(lived: Path) -> None:
    found = told()
    (difference,) = found["differences"]
    assert difference["what"] == "same"
    assert difference["would"]["id"] == difference["did"]["id"]
    assert found["against"] == "the event log"
    assert found["results"] > 2 * 170


def test_a_calmer_rule_would_not_have_told(lived: Path) -> None:
    (lived / "calm.yaml").write_text(FILE.replace("fail: 3/3", "fail: 30/30"))
    (difference,) = told("calm.yaml")["differences"]
    assert (difference["what"], difference["would"]) == ("gone", None)
    assert "1 gone." in ran("calm.yaml").output


def test_a_rule_that_is_sooner_says_by_how_much(lived: Path) -> None:
    (lived / "hasty.yaml").write_text(HASTY)
    (difference,) = told("hasty.yaml")["differences"]
    assert difference["what"] == "sooner"
    assert difference["sooner_seconds"] == 2.0
    assert "Shop was down: 2 s sooner, it was 2026-03-02 09:20:12" in ran("hasty.yaml").output


def test_two_files_are_compared_on_the_same_results(lived: Path) -> None:
    (lived / "calm.yaml").write_text(FILE.replace("fail: 3/3", "fail: 30/30"))
    (lived / "hasty.yaml").write_text(HASTY)
    found = told("hasty.yaml", "--against", "calm.yaml")
    assert found["against"] == "calm.yaml"
    assert [one["what"] for one in found["differences"]] == ["new"]


def test_a_part_of_the_time_is_replayed_alone(lived: Path) -> None:
    found = told("--since", "2026-03-02T09:30", "--until", "2026-03-02T09:40")
    assert found["results"] == 2 * 30
    assert found["would"] == []


def test_several_processes_come_to_the_same(lived: Path) -> None:
    alone, together = told("--jobs", "1"), told_by_two(lived)
    assert together["processes"] == 2
    for key in ("would", "did", "differences", "results", "rechecks_made", "rechecks_wished"):
        assert alone[key] == together[key], key


def told_by_two(folder: Path) -> dict:
    """The same from two processes, which so few results are not worth."""
    config = load(folder / "checks.yaml").config
    opened = archived(config.storage)
    with closing(opened()) as archive:
        first, last = archive.span()
    source = Stored(opened, first, last + seconds(1))
    played = play(config.policy, source, 2, lambda done: None)
    would = episodes(played.recorded, source.begins_at, source.ends_at)
    did = episodes(opened().events(), source.begins_at, source.ends_at)
    found = {
        "would": would,
        "did": did,
        "differences": compare(would, did),
        "processes": played.processes,
        "results": played.folded.results,
        "rechecks_made": played.folded.made,
        "rechecks_wished": played.folded.wished,
    }
    return json.loads(msgspec.json.encode(found))


def test_it_reads_beside_a_service_that_holds_the_database(lived: Path) -> None:
    async def held() -> Result:
        store = open_store("sqlite:upfront.db")
        await store.start()
        try:
            return await asyncio.to_thread(ran)
        finally:
            await store.close()

    assert asyncio.run(held()).exit_code == 0


def test_it_writes_nothing(lived: Path) -> None:
    before = (lived / "upfront.db").read_bytes()
    assert ran().exit_code == 0
    assert (lived / "upfront.db").read_bytes() == before


def test_results_of_a_file_are_replayed(folder: Path) -> None:
    (folder / "results.jsonl").write_text("\n".join(json.dumps(row) for row in rows()) + "\n")
    found = told("--results", "results.jsonl")
    (episode,) = found["would"]
    assert episode["checks"] == ["shop/api"]
    assert (found["against"], found["results"]) == (None, 6)
    assert "left out: shop/gone" in found["notes"][-1]


def test_a_csv_file_says_the_same_as_json_lines(folder: Path) -> None:
    with (folder / "results.csv").open("w", newline="") as file:
        table = csv.DictWriter(file, ["check", "at", "outcome", "latency_seconds", "reason"])
        table.writeheader()
        table.writerows(rows())
    (folder / "results.jsonl").write_text("\n".join(json.dumps(row) for row in rows()))
    ours, theirs = told("--results", "results.csv"), told("--results", "results.jsonl")
    assert ours["would"] == theirs["would"]
    assert ours["would"][0]["evidence"].endswith("connection refused")


def rows() -> list[dict]:
    """One that passes, four that fail, one that passes, and one of a check that is no more."""
    outcomes = ["pass", "fail", "fail", "fail", "fail", "pass"]
    found = [
        {
            "check": "shop/api",
            "at": f"2026-03-02T09:{minute:02}:00Z",
            "outcome": outcome,
            "reason": "connection refused" if outcome == "fail" else "",
        }
        for minute, outcome in enumerate(outcomes)
    ]
    found[0]["latency_seconds"] = 0.12
    return [*found, {"check": "shop/gone", "at": "2026-03-02T09:06:00Z", "outcome": "pass"}]


@pytest.mark.parametrize(
    ("name", "text", "words"),
    [
        ("r.jsonl", '{"check": "shop/api"}\n', "r.jsonl:1: `at` is missing: 2026-11-21T14:02:10Z"),
        ("r.csv", "check,at,outcome\nshop/api,noon,pass\n", 'r.csv:2: `at` is "noon"; write'),
        ("r.csv", "check,at,outcome\nshop/api,2026-03-02,pass\n", "r.csv:2: `at` is"),
        ("r.csv", "check,at,outcome\nshop/api,5,great\n", "write pass, slow, fail or error"),
        ("r.csv", "check,time\nshop/api,5\n", "r.csv:1: the columns at and outcome must"),
        ("r.csv", "check;at;outcome\n", "and not only check;at;outcome"),
        ("r.csv", "check,at,outcome,latency\nshop/api,5,pass,1\n", "`latency_seconds`?"),
        ("r.jsonl", '{"check": "a", "at": 5, "outcome": "pass", "reasons": ""}', "`reason`?"),
        ("r.csv", "check,at,outcome,latency_seconds\na,5,pass,-1\n", "seconds, 0 or more"),
        ("r.csv", "check,at,outcome,latency_seconds\na,5,pass,inf\n", "seconds, 0 or more"),
        ("r.csv", "check,at,outcome\na,1793491200000,pass\n", "looks like milliseconds"),
        ("r.jsonl", '{"check": "a", "at": 1e300, "outcome": "pass"}', "r.jsonl:1: `at` is"),
        ("r.jsonl", '{"check": "a", "at": 1e400, "outcome": "pass"}', "`at` cannot be read"),
        ("r.jsonl", '{"check": "a", "latency_seconds": NaN}', "JSON knows no NaN: write null"),
        ("r.csv", "check,at,outcome\na,9999-12-31T23:59:59Z,pass\n", "is no day of results"),
        ("r.csv", "check,at,outcome\na,0001-01-01T00:00:00+14:00,pass\n", "is no day"),
        ("r.jsonl", '["shop/api"]', "this is no result: Expected `object`"),
        ("r.txt", "x", "ends in .jsonl, .ndjson or .csv"),
    ],
)
def test_a_file_that_holds_no_results_is_refused(
    folder: Path, name: str, text: str, words: str
) -> None:
    (folder / name).write_text(text)
    result = ran("--results", name)
    assert result.exit_code == 1
    assert words in result.output


def test_a_file_that_goes_back_in_time_is_to_be_sorted(folder: Path) -> None:
    times = ("2026-03-02T09:00:00Z", "2026-03-03T09:00:00Z", "2026-03-02T10:00:00Z",
             "2026-03-03T10:00:00Z")  # fmt: skip
    lines = [json.dumps({"check": "shop/api", "at": at, "outcome": "pass"}) for at in times]
    (folder / "r.jsonl").write_text("\n".join(lines))
    result = ran("--results", "r.jsonl")
    assert result.exit_code == 1
    assert "r.jsonl:3 is from 2026-03-02 10:00:00" in result.output


def test_a_file_that_ends_before_it_begins_is_to_be_sorted(folder: Path) -> None:
    times = ("2026-03-03T09:00:00Z", "2026-03-02T09:00:00Z")
    lines = [json.dumps({"check": "shop/api", "at": at, "outcome": "pass"}) for at in times]
    (folder / "r.jsonl").write_text("\n".join(lines))
    result = ran("--results", "r.jsonl")
    assert result.exit_code == 1
    assert "its last line is from 2026-03-02 09:00:00, its first from 2026-03-03" in result.output


def test_latencies_that_are_none_are_no_latencies(folder: Path) -> None:
    rows = (f"shop/api,{100 + 20 * number},pass,{took}" for number, took in
            enumerate(("NaN", "86400", "nan", "", "0", "0.1")))  # fmt: skip
    (folder / "r.csv").write_text("\n".join(("check,at,outcome,latency_seconds", *rows)))
    found = told("--results", "r.csv")
    assert (found["results"], found["until"]) == (6, "1970-01-01T00:03:21.100000Z")


def test_results_of_other_checks_alone_are_used_wrongly(folder: Path) -> None:
    (folder / "r.jsonl").write_text('{"check": "till/api", "at": 5, "outcome": "pass"}')
    result = ran("--results", "r.jsonl")
    assert result.exit_code == 2
    assert "in r.jsonl are of till/api; checks.yaml has shop/api and mail/smtp." in result.output


def test_results_from_other_locations_are_left_out_and_that_is_said(folder: Path) -> None:
    lines = ["check,at,outcome,location", "shop/api,5,pass,fra", "shop/api,6,pass,local"]
    (folder / "r.csv").write_text("\n".join(lines))
    found = told("--results", "r.csv")
    assert found["results"] == 1
    assert found["notes"][-1].endswith("do not have were left out: 1 from fra.")


def test_a_check_that_is_new_in_the_file_is_said_to_have_no_results(lived: Path) -> None:
    more = '  till: {checks: {api: {tcp: "till.example:1"}, job: {heartbeat: {every: 1h}}}}\n'
    (lived / "more.yaml").write_text(
        FILE.replace(", confirm: {fail: 3/3, recover: 2/2}", "") + more
    )
    assert (
        "There are no results of till/api: nothing can be said of them."
        in told("more.yaml")["notes"]
    )


def test_without_results_it_was_used_wrongly(folder: Path) -> None:
    (folder / "empty.jsonl").write_text("")
    assert ran("--results", "empty.jsonl").exit_code == 2
    assert ran().exit_code == 1
    assert "There is no database upfront.db" in ran().output


def test_a_time_without_results_is_answered_with_the_one_that_has_some(lived: Path) -> None:
    result = ran("--since", "2026-04-01")
    assert result.exit_code == 2
    assert "There are results from 2026-03-02 09:00 to 2026-03-02 09:59 UTC" in result.output


def test_a_wrong_file_is_answered_as_validate_does(folder: Path) -> None:
    (folder / "checks.yaml").write_text(FILE.replace("name: Shop", "naem: Shop"))
    result = ran()
    assert result.exit_code == 1
    assert 'unknown key "naem"' in result.output


def test_results_of_another_question_are_left_out(lived: Path) -> None:
    (lived / "moved.yaml").write_text(FILE.replace("shop.example:443", "shop.example:80"))
    found = told("moved.yaml")
    assert found["results"] < 200
    assert any("another question" in note and "shop/api" in note for note in found["notes"])
