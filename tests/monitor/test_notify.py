"""`upfront notify --test ROUTE` against a real SMTP server."""

import asyncio
from collections.abc import Sequence
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from incidents.signatures import secret_of
from monitor.commands.notify import COMMAND
from tests.hooks import hook_sink
from tests.smtp import Sink, smtp_sink

CONFIG = """\
version: 1
page: {{name: Acme, url: https://status.acme.example}}
channels:
  mail: {{host: 127.0.0.1, port: {port}, from: Acme Status <status@acme.example>}}
routes:
  oncall: {{to: ["mail:ops@acme.example", "mail:two@acme.example"]}}
components: {{shop: }}
"""


SECRET = secret_of(b"a secret for tests, long enough!")
WEBHOOK = """\
version: 1
channels: {{webhook: {{secret: "{secret}"}}}}
routes: {{oncall: {{to: "webhook:{url}"}}}}
components: {{shop: }}
"""


async def notify(folder: Path, sink: Sink, arguments: Sequence[str]) -> Result:
    file = folder / "checks.yaml"
    file.write_text(CONFIG.format(port=sink.port))
    return await asyncio.to_thread(CliRunner().invoke, COMMAND, [*arguments, str(file)])


async def test_every_target_gets_a_message_that_says_it_is_a_test(tmp_path: Path):
    async with smtp_sink() as sink:
        result = await notify(tmp_path, sink, ["--test", "oncall"])
        assert result.exit_code == 0, result.output
        assert result.output.count("✓") == 2
        assert [mail.recipient for mail in sink.mails] == ["ops@acme.example", "two@acme.example"]
        assert sink.mails[0].message["Subject"] == "[Acme] Test of the route oncall"
        assert "This is a test" in sink.mails[0].body()


async def test_a_second_test_is_not_taken_for_a_repeat_of_the_first(tmp_path: Path):
    async with smtp_sink() as sink:
        await notify(tmp_path, sink, ["--test", "oncall"])
        await notify(tmp_path, sink, ["--test", "oncall"])
        assert len({mail.key for mail in sink.to("ops@acme.example")}) == 2


async def test_a_webhook_is_told_that_it_is_a_test(tmp_path: Path):
    file = tmp_path / "checks.yaml"
    async with hook_sink() as hooks:
        file.write_text(WEBHOOK.format(secret=SECRET, url=hooks.url))
        arguments = ["--test", "oncall", str(file)]
        result = await asyncio.to_thread(CliRunner().invoke, COMMAND, arguments)
        assert result.exit_code == 0, result.output
        [received] = hooks.received
        assert received.verified(SECRET)["type"] == "route.test"


async def test_a_target_that_refuses_is_named_with_the_reason(tmp_path: Path):
    async with smtp_sink() as sink:
        sink.refused["two@acme.example"] = "550 unknown"
        result = await notify(tmp_path, sink, ["--test", "oncall"])
    assert result.exit_code == 1
    assert "✓ oncall, target 1 (mail): taken" in result.output
    assert "✗ oncall, target 2 (mail): the mail server refused the recipient: 550" in result.output


@pytest.mark.parametrize("arguments", [["--test", "nope"], []])
async def test_a_route_that_is_not_there_is_a_wrong_use(tmp_path: Path, arguments: list[str]):
    async with smtp_sink() as sink:
        result = await notify(tmp_path, sink, arguments)
    assert result.exit_code == 2


async def test_a_route_that_is_not_there_is_answered_with_those_that_are(tmp_path: Path):
    async with smtp_sink() as sink:
        result = await notify(tmp_path, sink, ["--test", "nope"])
    assert "there are: oncall" in result.output
