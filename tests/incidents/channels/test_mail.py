"""Mail against a real SMTP server: what goes out, and what is made of every refusal."""

import asyncio
import email.utils
import ssl
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import timedelta
from email.message import EmailMessage
from pathlib import Path

import pytest
import trustme

from incidents.channels import channels
from incidents.channels.mail import (
    CHANNEL,
    MailSender,
    MailSettings,
    Tls,
    tls_of,
)
from incidents.mail_addresses import check_address, read_sender
from incidents.sending import UNSUBSCRIBE_MARK, Message, SendError
from tests.smtp import Sink, smtp_sink

ADDRESS = "ada@example.com"
LEAVE = "https://status.acme.example/unsubscribe/" + "W-12_a.=" * 20


def a_message(**changes: object) -> Message:
    fields: dict[str, object] = {
        "subject": "Checkout is down",
        "text": f"Checkout is down.\n\nUnsubscribe:\n{UNSUBSCRIBE_MARK}\n",
        "html": f'<p>Checkout is down.</p>\n<a href="{UNSUBSCRIBE_MARK}">Unsubscribe</a>\n',
        "key": "k3v9abcdefgh",
        "url": "https://status.acme.example/incidents/k3v9abcdefgh",
        "thread": "k3v9abcdefgh",
        "unsubscribe_url": LEAVE,
    }
    return Message(**(fields | changes))  # type: ignore[arg-type]


def settings(port: int, **changes: object) -> MailSettings:
    fields: dict[str, object] = {
        "host": "127.0.0.1",
        "port": port,
        "sender": "Acme Status <status@acme.example>",
        "timeout": timedelta(seconds=5),
    }
    return MailSettings(**(fields | changes))  # type: ignore[arg-type]


@asynccontextmanager
async def sender_to(sink: Sink, **changes: object) -> AsyncIterator[MailSender]:
    sender = MailSender(settings(sink.port, **changes))
    try:
        yield sender
    finally:
        await sender.close()


async def sent(message: Message, address: str = ADDRESS) -> EmailMessage:
    async with smtp_sink() as sink, sender_to(sink) as sender:
        await sender.send(address, message)
        return sink.mails[0].message


def test_the_channel_is_found_by_its_name():
    assert channels()["mail"] is CHANNEL


# What goes out --------------------------------------------------------------------------------


async def test_a_mail_says_who_it_is_from_and_that_a_machine_wrote_it():
    mail = await sent(a_message())
    assert mail["From"] == "Acme Status <status@acme.example>"
    assert mail["To"] == ADDRESS
    assert mail["Auto-Submitted"] == "auto-generated"
    assert mail["List-Id"] == "<status.acme.example>"
    assert email.utils.parsedate_to_datetime(mail["Date"]).tzinfo is not None


async def test_a_mail_can_be_unsubscribed_from_with_one_click():
    mail = await sent(a_message())
    assert mail["List-Unsubscribe"] == f"<{LEAVE}>"
    assert mail["List-Unsubscribe-Post"] == "List-Unsubscribe=One-Click"


async def test_the_link_that_unsubscribes_stands_whole_in_both_bodies():
    async with smtp_sink() as sink, sender_to(sink) as sender:
        await sender.send(ADDRESS, a_message())
        assert LEAVE in sink.mails[0].body()
        assert f'href="{LEAVE}"' in sink.mails[0].body("html")
        assert UNSUBSCRIBE_MARK.encode() not in sink.mails[0].content


async def test_a_mail_to_operators_is_no_list():
    mail = await sent(a_message(unsubscribe_url=None))
    assert mail["List-Unsubscribe"] is None
    assert mail["List-Unsubscribe-Post"] is None
    assert mail["List-Id"] is None


async def test_the_message_id_follows_from_the_key_and_the_thread_from_the_incident():
    mail = await sent(a_message(key="abc", thread="k3v9"))
    assert mail["Message-ID"] == "<abc@acme.example>"
    assert mail["References"] == mail["In-Reply-To"] == "<k3v9.thread@acme.example>"


async def test_one_composition_serves_many_recipients_with_their_own_links():
    async with smtp_sink() as sink, sender_to(sink) as sender:
        message = a_message()
        for name in ("ada", "bob"):
            own = a_message(
                text=message.text,
                html=message.html,
                key=name,
                unsubscribe_url=f"https://a.b/{name}",
            )
            await sender.send(f"{name}@example.com", own)
        for mail, name in zip(sink.mails, ("ada", "bob"), strict=True):
            assert mail.recipient == mail.message["To"] == f"{name}@example.com"
            assert mail.key == f"<{name}@acme.example>"
            assert f"https://a.b/{name}\n" in mail.body().replace("\r\n", "\n")


async def test_a_message_without_html_is_plain_text():
    mail = await sent(a_message(html=""))
    assert mail.get_content_type() == "text/plain"


@pytest.mark.parametrize(
    "subject",
    [
        "Down\r\nBcc: eve@example.com",
        "Down\nX-Evil: 1",
        "Down\x00\x0b\x1f",
        "Ausfall für Ünïcode 🔥",
    ],
)
async def test_a_hostile_subject_stays_one_header(subject: str):
    mail = await sent(a_message(subject=subject))
    assert mail["Bcc"] is None
    assert mail["X-Evil"] is None
    assert "\n" not in mail["Subject"]
    assert mail["Subject"].startswith(subject[:4])


async def test_a_hostile_key_and_link_break_no_header():
    mail = await sent(
        a_message(
            key="a>\r\nBcc: e@x.y", thread="t\r\nX: 1", unsubscribe_url="https://a.b/>\r\nX: 1"
        )
    )
    assert mail["Bcc"] is None
    assert mail["X"] is None


async def test_lines_of_any_length_and_lone_dots_arrive_as_they_were():
    text = "ä" * 5000 + "\n.\n..\nFrom here\n" + "x" * 1200 + "\n"
    async with smtp_sink() as sink, sender_to(sink) as sender:
        await sender.send(ADDRESS, a_message(text=text, html=f"<p>{text}</p>"))
        mail = sink.mails[0]
        assert mail.body().replace("\r\n", "\n") == text
        assert max(len(line) for line in mail.content.split(b"\r\n")) <= 998
        assert b"\n" not in mail.content.replace(b"\r\n", b"")


# Addresses ------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("typed", "kept"),
    [
        ("  Ada@Example.COM ", "Ada@example.com"),
        ("ada+status@example.com", "ada+status@example.com"),
        ("ada@bücher.example", "ada@xn--bcher-kva.example"),
        ("ada@STRAẞE.example", "ada@xn--strae-oqa.example"),
        ("a" * 64 + "@example.com", "a" * 64 + "@example.com"),
    ],
)
def test_an_address_is_kept_trimmed_with_its_domain_in_ascii(typed: str, kept: str):
    assert check_address(typed) == kept


@pytest.mark.parametrize(
    "typed",
    [
        "",
        "ada",
        "@example.com",
        "ada@",
        "ada@localhost",
        "ada@[127.0.0.1]",
        "ada@127.0.0.1",
        "ada@example..com",
        "ada@-example.com",
        ".ada@example.com",
        "ada.@example.com",
        '"a b"@example.com',
        "ada@example.com\r\nBcc: eve@example.com",
        "ada\r\nRCPT TO:<eve@example.com>@example.com",
        "ada@example.com\x00",
        "Ada <ada@example.com>",
        "ada@example.com, eve@example.com",
        "äda@example.com",
        "a" * 65 + "@example.com",
        "a@" + "b" * 64 + ".com",
        "a@" + "b.c" * 90 + ".com",
    ],
)
def test_what_cannot_be_an_address_is_refused_with_a_sentence(typed: str):
    with pytest.raises(ValueError, match=r"[a-z]\.$"):
        check_address(typed)


async def test_an_address_that_cannot_be_one_is_given_up_without_a_connection():
    async with smtp_sink() as sink, sender_to(sink) as sender:
        with pytest.raises(SendError) as caught:
            await sender.send("ada@example.com>\r\nDATA", a_message())
        assert caught.value.permanent
        assert sink.connections == 0


@pytest.mark.parametrize(
    "text",
    [
        "",
        "Acme",
        "Acme <>",
        "a b@example.com",
        "ada@exa mple.com",
        "ada@",
        "ada@a..example",
        "ada@my_host",
        "ada@" + "a" * 64,
    ],
)
def test_a_sender_that_no_mail_could_be_from_is_refused(text: str):
    with pytest.raises(ValueError, match="write it like"):
        read_sender(text)


# Connections ----------------------------------------------------------------------------------


async def test_mails_share_a_connection():
    async with smtp_sink() as sink, sender_to(sink) as sender:
        for number in range(5):
            await sender.send(ADDRESS, a_message(key=str(number)))
        assert (len(sink.mails), sink.connections) == (5, 1)


async def test_no_more_connections_are_made_than_allowed():
    async with smtp_sink() as sink, sender_to(sink, connections=2) as sender:
        sends = [sender.send(ADDRESS, a_message(key=str(number))) for number in range(10)]
        await asyncio.gather(*sends)
        assert (len(sink.mails), sink.connections) == (10, 2)


async def test_a_connection_that_was_closed_while_idle_is_replaced_unnoticed():
    async with smtp_sink() as sink, sender_to(sink) as sender:
        await sender.send(ADDRESS, a_message(key="1"))
        sink.hang_up()
        await sender.send(ADDRESS, a_message(key="2"))
        assert [mail.key for mail in sink.mails] == ["<1@acme.example>", "<2@acme.example>"]


# Refusals -------------------------------------------------------------------------------------


async def refusal(sink: Sink, message: Message | None = None) -> SendError:
    async with sender_to(sink) as sender:
        with pytest.raises(SendError) as caught:
            await sender.send(ADDRESS, message or a_message())
        return caught.value


@pytest.mark.parametrize(
    ("answer", "permanent"),
    [
        ("550 5.1.1 <ada@example.com> is unknown", True),
        ("451 4.7.1 Greylisted, ada@example.com", False),
    ],
)
async def test_the_answer_to_the_recipient_decides_and_is_told_without_the_address(
    answer: str, permanent: bool
):
    async with smtp_sink() as sink:
        sink.refused[ADDRESS] = answer
        error = await refusal(sink)
    assert error.permanent is permanent
    assert not error.in_doubt
    assert answer[:3] in str(error)
    assert "ada" not in str(error)


@pytest.mark.parametrize(
    ("answer", "permanent"), [("554 looks like spam", True), ("452 full", False)]
)
async def test_the_answer_to_the_mail_decides(answer: str, permanent: bool):
    async with smtp_sink() as sink:
        sink.data_answer = answer
        error = await refusal(sink)
    assert error.permanent is permanent


async def test_a_refused_sender_is_our_own_trouble_and_passes():
    async with smtp_sink() as sink:
        sink.sender_answer = "553 not yours"
        error = await refusal(sink)
    assert not error.permanent


async def test_one_refused_recipient_does_not_cost_the_connection():
    async with smtp_sink() as sink, sender_to(sink) as sender:
        sink.refused[ADDRESS] = "550 no"
        with pytest.raises(SendError):
            await sender.send(ADDRESS, a_message())
        await sender.send("bob@example.com", a_message())
        assert (len(sink.mails), sink.connections) == (1, 1)


@pytest.mark.parametrize(("fault", "taken"), [("lost_before", 0), ("lost_after", 1)])
async def test_a_connection_lost_over_the_mail_leaves_doubt(fault: str, taken: int):
    async with smtp_sink() as sink:
        setattr(sink, fault, 1)
        error = await refusal(sink)
        assert len(sink.mails) == taken
    assert error.in_doubt
    assert not error.permanent


async def test_a_server_that_does_not_answer_is_left_in_time():
    async with smtp_sink() as sink, sender_to(sink, timeout=timedelta(seconds=0.2)) as sender:
        sink.open.clear()
        with pytest.raises(SendError, match="did not answer in time") as caught:
            await sender.send(ADDRESS, a_message())
    assert not caught.value.permanent


async def test_no_server_at_all_is_a_passing_trouble():
    async with smtp_sink() as sink:
        port = sink.port
    sender = MailSender(settings(port))
    with pytest.raises(SendError, match="could not be reached") as caught:
        await sender.send(ADDRESS, a_message())
    assert not caught.value.permanent


async def test_a_send_that_is_cancelled_after_a_refusal_leaves_no_connection_behind():
    resetting, left = asyncio.Event(), asyncio.Event()

    async def never_resets(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        writer.write(b"220 mail.example\r\n")
        while line := await reader.readline():
            if line == b"RSET\r\n":
                resetting.set()
            else:
                writer.write(b"550 no\r\n" if line.startswith(b"RCPT") else b"250 OK\r\n")
        left.set()
        writer.close()

    async with await asyncio.start_server(never_resets, "127.0.0.1", 0) as server:
        sender = MailSender(settings(server.sockets[0].getsockname()[1]))
        sending = asyncio.create_task(sender.send(ADDRESS, a_message()))
        async with asyncio.timeout(10):
            await resetting.wait()
            sending.cancel()
            with pytest.raises(asyncio.CancelledError):
                await sending
            await left.wait()


async def test_a_send_that_is_cancelled_leaves_no_connection_behind():
    async with smtp_sink() as sink, sender_to(sink) as sender:
        sink.open.clear()
        sending = asyncio.create_task(sender.send(ADDRESS, a_message(key="1")))
        await sink.wait_until_waiting()
        sending.cancel()
        with pytest.raises(asyncio.CancelledError):
            await sending
        sink.open.set()
        await sender.send(ADDRESS, a_message(key="2"))
        assert sink.connections == 2


# Encryption and login -------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("tls", "port", "comes_to"),
    [
        (Tls.AUTO, 465, Tls.IMPLICIT),
        (Tls.AUTO, 587, Tls.STARTTLS),
        (Tls.AUTO, 25, Tls.AUTO),
        (Tls.NONE, 587, Tls.NONE),
        (Tls.IMPLICIT, 587, Tls.IMPLICIT),
    ],
)
def test_encryption_follows_from_the_port_unless_set(tls: Tls, port: int, comes_to: Tls):
    assert tls_of(settings(port, tls=tls)) is comes_to


@pytest.fixture(scope="module")
def authority() -> trustme.CA:
    return trustme.CA()


@pytest.fixture
def ca_file(authority: trustme.CA, tmp_path: Path) -> str:
    path = tmp_path / "ca.pem"
    authority.cert_pem.write_to_path(str(path))
    return str(path)


@pytest.fixture
def server_tls(authority: trustme.CA) -> ssl.SSLContext:
    context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
    authority.issue_cert("127.0.0.1").configure_cert(context)
    return context


LOGIN = ("status", "s3cret-word")


async def test_a_login_goes_over_tls_from_the_start(server_tls: ssl.SSLContext, ca_file: str):
    async with (
        smtp_sink(tls=server_tls, login=LOGIN) as sink,
        sender_to(
            sink, tls=Tls.IMPLICIT, ca_file=ca_file, username=LOGIN[0], password=LOGIN[1]
        ) as sender,
    ):
        await sender.send(ADDRESS, a_message())
        assert len(sink.mails) == 1


@pytest.mark.parametrize("tls", [Tls.STARTTLS, Tls.AUTO])
async def test_a_login_goes_over_starttls(server_tls: ssl.SSLContext, ca_file: str, tls: Tls):
    async with (
        smtp_sink(starttls=server_tls, login=LOGIN) as sink,
        sender_to(sink, tls=tls, ca_file=ca_file, username=LOGIN[0], password=LOGIN[1]) as sender,
    ):
        await sender.send(ADDRESS, a_message())
        assert len(sink.mails) == 1


async def test_a_password_never_goes_out_in_the_clear_unless_asked_to():
    async with smtp_sink(login=LOGIN) as sink:
        async with sender_to(sink, username=LOGIN[0], password=LOGIN[1]) as sender:
            with pytest.raises(SendError, match="no encryption"):
                await sender.send(ADDRESS, a_message())
        async with sender_to(sink, tls=Tls.NONE, username=LOGIN[0], password=LOGIN[1]) as sender:
            await sender.send(ADDRESS, a_message())
        assert len(sink.mails) == 1


async def test_a_wrong_password_passes_and_is_not_told():
    async with (
        smtp_sink(login=LOGIN) as sink,
        sender_to(sink, tls=Tls.NONE, username=LOGIN[0], password="wrong-word") as sender,
    ):
        with pytest.raises(SendError, match="535") as caught:
            await sender.send(ADDRESS, a_message())
    assert not caught.value.permanent
    assert "wrong-word" not in str(caught.value)


async def test_a_server_that_nobody_vouches_for_gets_nothing(server_tls: ssl.SSLContext):
    async with smtp_sink(tls=server_tls) as sink, sender_to(sink, tls=Tls.IMPLICIT) as sender:
        with pytest.raises(SendError, match="no trusted encrypted connection"):
            await sender.send(ADDRESS, a_message())


async def test_a_file_of_authorities_that_is_none_is_told(tmp_path: Path):
    missing = tmp_path / "missing.pem"
    with pytest.raises(SendError, match="holds no certificates in PEM form"):
        await MailSender(settings(465, ca_file=str(missing))).greet()


def test_a_password_is_not_in_the_settings_repr():
    assert LOGIN[1] not in repr(settings(25, password=LOGIN[1]))
