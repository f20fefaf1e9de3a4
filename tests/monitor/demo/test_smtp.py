"""The demo's receiver of mails takes what our sender sends, and survives what others do."""

from __future__ import annotations

import asyncio
import contextlib

import pytest

from incidents.channels.mail import CHANNEL, MailSettings, Tls
from incidents.sending import Message
from monitor.demo import smtp

Taken = list[tuple[str, str, bytes]]


async def talk(port: int, *lines: str) -> list[str]:
    """Say these lines, each once the last was answered; returns the last line of each answer."""
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    answers = [(await reader.readline()).decode().strip()]
    for line in lines:
        writer.write(line.encode() + b"\r\n")
        answer = await reader.readline()
        while answer[3:4] == b"-":
            answer = await reader.readline()
        answers.append(answer.decode().strip())
    writer.close()
    return answers


def codes(answers: list[str]) -> list[int]:
    return [int(answer[:3]) for answer in answers]


async def test_it_takes_what_our_own_sender_sends():
    taken: Taken = []
    async with smtp.receive(lambda *mail: taken.append(mail)) as port:
        settings = MailSettings(
            host="127.0.0.1", port=port, sender="Shop <s@shop.example>", tls=Tls.NONE
        )
        sender = CHANNEL.open(settings)
        for number in (1, 2):
            await sender.send(
                "kim@customer.example",
                Message(f"Mail {number}", ".a dot\n..and two", "<p>Hi", f"key{number}", "http://x"),
            )
        await sender.close()
    assert [mail[:2] for mail in taken] == [("s@shop.example", "kim@customer.example")] * 2
    assert b"Subject: Mail 2" in taken[1][2]
    assert b"\r\n.a dot" in taken[0][2]
    assert b"\r\n..and two" in taken[0][2]


async def test_each_recipient_of_a_mail_gets_it():
    taken: Taken = []
    async with smtp.receive(lambda *mail: taken.append(mail)) as port:
        answers = await talk(
            port, "EHLO x", "MAIL FROM:<a@b.example> SIZE=9", "RCPT TO:<c@d.example>",
            "RCPT TO:<e@f.example>", "DATA", "hello\r\n.", "QUIT",
        )  # fmt: skip
    assert codes(answers) == [220, 250, 250, 250, 250, 354, 250, 221]
    assert taken == [
        ("a@b.example", "c@d.example", b"hello\r\n"),
        ("a@b.example", "e@f.example", b"hello\r\n"),
    ]


@pytest.mark.parametrize(
    ("lines", "code"),
    [
        (["RCPT TO:<c@d.example>"], 503),
        (["DATA"], 503),
        (["MAIL FROM:<a@b.example>", "DATA"], 503),
        (["MAIL FROM:<a@b.example>", "RSET", "RCPT TO:<c@d.example>"], 503),
        (["MAIL a@b.example"], 501),
        (["MAIL FROM:<a@b.example>", "RCPT TO:<>"], 501),
        (["STARTTLS"], 502),
        ([""], 502),
        (["NOOP"], 250),
    ],
)
async def test_what_is_out_of_order_is_refused(lines: list[str], code: int):
    taken: Taken = []
    async with smtp.receive(lambda *mail: taken.append(mail)) as port:
        assert codes(await talk(port, *lines))[-1] == code
    assert taken == []


async def test_a_mail_that_is_too_large_is_refused_and_the_next_one_taken():
    taken: Taken = []
    start = ["MAIL FROM:<a@b.example>", "RCPT TO:<c@d.example>", "DATA"]
    large = "\r\n".join(["x" * 1000] * (smtp.LARGEST_MAIL // 1000 + 1)) + "\r\n."
    async with smtp.receive(lambda *mail: taken.append(mail)) as port:
        answers = codes(await talk(port, *start, large, *start, "small\r\n."))
    assert answers[4] == 552
    assert answers[-1] == 250
    assert [content for _, _, content in taken] == [b"small\r\n"]


async def test_an_endless_line_and_a_connection_cut_off_end_only_themselves():
    taken: Taken = []
    async with smtp.receive(lambda *mail: taken.append(mail)) as port:
        reader, writer = await asyncio.open_connection("127.0.0.1", port)
        assert (await reader.readline()).startswith(b"220 ")
        writer.write(b"x" * (2 * smtp.LONGEST_LINE))
        with contextlib.suppress(ConnectionResetError):
            assert await reader.read() == b""
        writer.close()
        _, cut = await asyncio.open_connection("127.0.0.1", port)
        cut.write(b"MAIL FROM:<a@b.example>\r\nRCPT TO:<c@d.example>\r\nDATA\r\nhalf a")
        cut.close()
        assert codes(await talk(port, "NOOP")) == [220, 250]
    assert taken == []
