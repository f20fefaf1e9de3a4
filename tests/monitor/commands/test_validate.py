"""`upfront validate` as a person and as a script meets it."""

import json

import pytest
from click.testing import CliRunner

from monitor import unknowable
from monitor.commands import main

WRONG = "version: 1\ncomponents:\n  shop:\n    naem: Shop\n    group: store\n"
RIGHT = "version: 1\ncomponents:\n  shop: {checks: {api: {tcp: 'shop.example:443'}}}\n"


@pytest.fixture
def run(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)

    def ran(text, *options):
        (tmp_path / "checks.yaml").write_text(text)
        return CliRunner().invoke(main, ["validate", *options])

    return ran


def test_a_right_file_is_one_line_and_what_it_cannot_know(run):
    result = run(RIGHT)
    assert result.output.splitlines() == [
        "checks.yaml is right: 1 component, 1 check, 2 probes a minute.",
        f"  the check: {unknowable.ALONE}",
        f"  the check: {unknowable.NO_CANARY}",
    ]
    assert result.exit_code == 0


def test_a_wrong_file_shows_each_line_with_a_caret_and_the_count(run):
    result = run(WRONG)
    assert result.exit_code == 1
    assert result.output == (
        'checks.yaml:4:5: unknown key "naem" in a component, did you mean "name"?\n'
        "  4 |     naem: Shop\n"
        "    |     ^\n"
        "\n"
        'checks.yaml:5:12: no group "store"\n'
        "  5 |     group: store\n"
        "    |            ^\n"
        "    hint: there are no groups\n"
        "\n"
        "checks.yaml: 2 issues\n"
    )


def test_the_caret_stands_under_wide_characters(run):
    result = run('version: 1\npage: {name: "東京", nam: x}\ncomponents: {}\n')
    line, caret = result.output.splitlines()[1:3]
    assert line == '  2 | page: {name: "東京", nam: x}'
    assert caret == "    | " + " " * (len('page: {name: "東京", ') + 2) + "^"


def test_a_secret_that_stands_in_the_line_is_not_shown(run):
    result = run(
        "version: 1\nchannels: {mail: {host: x, from: a@b.example, password: hunter2}}\n"
        "components: {}\n"
    )
    assert '"password" is written as it is' in result.output
    assert "hunter2" not in result.output


def test_warnings_leave_the_file_right(run):
    result = run(RIGHT + "watchdog: {ping: 'https://hc.example/'}\n")
    assert result.exit_code == 0
    assert "checks.yaml is right" in result.output
    assert "2 probes a minute. 1 warning.\n" in result.output


def test_json_holds_everything(run):
    told = json.loads(run(WRONG, "--json").output)
    assert told["right"] is False
    assert told["issues"][1] == {
        "file": "checks.yaml",
        "line": 5,
        "column": 12,
        "level": "error",
        "message": 'no group "store"',
        "hint": "there are no groups",
    }
    assert json.loads(run(RIGHT, "--format", "json").output)["checks"] == 1


def test_code_review_tools_are_answered_in_their_forms(run):
    finding = json.loads(run(WRONG, "--format", "sarif").output)["runs"][0]["results"][0]
    place = finding["locations"][0]["physicalLocation"]
    assert place["region"] == {"startLine": 4, "startColumn": 5}
    first = run(WRONG, "--format", "github").output.splitlines()[0]
    assert first.startswith("::error file=checks.yaml,line=4,col=5::unknown key")


def test_no_such_file_is_used_wrongly(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    assert CliRunner().invoke(main, ["validate", "none.yaml"]).exit_code == 2


def test_the_schema_is_json():
    result = CliRunner().invoke(main, ["schema"])
    assert result.exit_code == 0
    assert json.loads(result.output)["title"] == "checks.yaml"
