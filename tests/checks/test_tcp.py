"""The kind `tcp`: ports and dialogues."""

import pytest

from tests.checks.servers import greeting, refusing, serving, silent


async def mail(reader, writer):
    """A little of SMTP."""
    writer.write(b"220-mail.example\r\n220 ready\r\n")
    while line := await reader.readline():
        writer.write(b"250 hello\r\n" if line == b"EHLO x\r\n" else b"554 no\r\n")


async def test_an_open_port_passes(probe):
    async with serving(silent) as port:
        result = await probe("tcp", {"address": f"127.0.0.1:{port}"})
    assert (result.outcome, list(result.phases)) == ("pass", ["connect"])
    assert result.facts == {"address": "127.0.0.1"}
    assert result.latency_seconds > 0


async def test_a_closed_port_fails(probe):
    with refusing() as port:
        result = await probe("tcp", {"address": f"127.0.0.1:{port}"})
    assert result.reason == f"connection refused by 127.0.0.1:{port}"


async def test_a_dialogue_is_held_to_its_end(probe):
    steps = [{"expect": "^220 "}, {"send": "EHLO x"}, {"expect": "^250"}, {"send": "QUIT"}]
    async with serving(mail) as port:
        result = await probe("tcp", {"address": f"127.0.0.1:{port}", "dialogue": steps})
    assert (result.outcome, result.reason) == ("pass", "")


async def test_a_prompt_without_a_line_end_is_heard(probe):
    async with serving(greeting(b"login: ")) as port:
        options = {"address": f"127.0.0.1:{port}", "dialogue": [{"expect": "^login: $"}]}
        result = await probe("tcp", options)
    assert result.outcome == "pass"


async def test_another_answer_than_expected_is_shown_when_time_is_up(probe):
    async with serving(greeting(b"554 no\r\n")) as port:
        options = {"address": f"127.0.0.1:{port}", "dialogue": [{"expect": "^220"}]}
        result = await probe("tcp", options, timeout=0.15)
    assert result.reason == ('no answer within 150 ms: expected a line matching ^220, got "554 no"')


async def test_another_answer_than_expected_is_shown_when_the_other_side_hangs_up(probe):
    async def rejecting(reader, writer):
        writer.write(b"554 no\r\n")
        await writer.drain()

    async with serving(rejecting) as port:
        options = {"address": f"127.0.0.1:{port}", "dialogue": [{"expect": "^220"}]}
        result = await probe("tcp", options)
    assert result.reason == 'expected a line matching ^220, got "554 no"'


async def test_silence_is_told_from_a_wrong_answer(probe):
    async with serving(silent) as port:
        options = {"address": f"127.0.0.1:{port}", "dialogue": [{"expect": "^220"}]}
        result = await probe("tcp", options, timeout=0.15)
    assert result.reason == "no answer within 150 ms: waiting for a line matching ^220"


async def test_a_flood_is_not_kept(probe):
    async with serving(greeting(b"x" * (1 << 20))) as port:
        options = {"address": f"127.0.0.1:{port}", "dialogue": [{"expect": "^220"}]}
        result = await probe("tcp", options)
    assert result.outcome == "fail"
    assert result.reason.startswith('expected a line matching ^220, got "xxx')
    assert len(result.reason) < 150


async def test_many_lines_before_the_one_that_matters_are_passed_over_at_once(probe):
    async with serving(greeting(b"\n" * 60_000 + b"220 ready\r\n")) as port:
        options = {"address": f"127.0.0.1:{port}", "dialogue": [{"expect": "^220"}]}
        result = await probe("tcp", options)
    assert result.outcome == "pass"
    assert result.latency_seconds < 2


@pytest.mark.parametrize(
    ("options", "reason"),
    [
        ({"address": "pay.example"}, "has no port"),
        ({"address": "::1:443"}, "write IPv6 in brackets"),
        ({"address": "https://pay.example:443"}, "write host:port"),
        ({"address": "pay.example:0"}, "no port"),
        ({"address": "pay.example:http"}, "no port"),
        ({"address": "pay example:80"}, "no host name"),
        ({"address": "[::1]:25", "ip": 4}, "::1 is no address of IPv4"),
        ({"address": "a:1", "dialogue": [{}]}, "either send or expect"),
        ({"address": "a:1", "dialogue": [{"expect": "("}]}, "is no regular expression"),
        ({"address": "a:1", "dialogue": [{"expect": "(?=x)"}]}, "look-around"),
    ],
)
async def test_what_cannot_be_connected_to_is_refused_when_it_is_read(probe, options, reason):
    with pytest.raises(ValueError, match=reason):
        await probe("tcp", options)
