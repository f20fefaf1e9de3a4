"""What each look finds, against real servers, files and ports."""

from __future__ import annotations

import socket
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import pytest
from aiohttp import web

from incidents.channels.mail import MailSettings, Tls
from monitor import unknowable
from monitor.config.config import Config
from monitor.config.load import load
from monitor.config.schema import Server
from monitor.doctor.looks import (
    canaries,
    clock,
    disk,
    dns,
    files,
    locations,
    mail,
    page,
    ping,
    ports,
    proxies,
    versions,
)
from monitor.doctor.model import Found, Level, Look, Surroundings
from statuspage.site import Page
from tests.checks.servers import Authority, answering, ok, refusing, serving
from tests.smtp import smtp_sink


async def found(
    look: Look, config: Config | None = None, environ: Mapping[str, str] | None = None
) -> Sequence[Found]:
    return await look.look(Surroundings(config or Config(), environ or {}))


def checking(folder: Path, checks: str) -> Config:
    """A configuration with these checks of one component."""
    path = folder / "checks.yaml"
    path.write_text(f"version: 1\ncomponents: {{a: {{checks: {{{checks}}}}}}}\n")
    config = load(path).config
    assert config is not None
    return config


async def test_versions_are_told():
    (told,) = await found(versions.LOOK)
    assert told.level is Level.WELL
    assert "SQLite 3." in told.what


async def test_ping_permission_is_told_one_way_or_the_other():
    (told,) = await found(ping.LOOK)
    assert told.level is Level.WELL
    assert told.what.startswith(("pings can be sent by", "pings cannot be sent, and no check"))


async def test_names_are_looked_up_for_this_machine_and_for_a_target(tmp_path: Path):
    config = checking(tmp_path, "b: {tcp: '127.0.0.1:1'}, c: {tcp: 'nowhere.invalid:1'}")
    here, there = await found(dns.LOOK, config)
    assert here.level is Level.WELL
    assert here.what.startswith("localhost is ")
    assert there.level is Level.WRONG
    assert there.what.startswith("nowhere.invalid cannot be looked up: ")
    assert len(await found(dns.LOOK)) == 1
    assert len(await found(dns.LOOK, checking(tmp_path, "b: {heartbeat: 24h}"))) == 1


async def test_every_canary_is_asked_from_here(tmp_path: Path):
    path = tmp_path / "checks.yaml"
    with refusing() as closed:
        async with serving(answering(ok())) as up:
            path.write_text(
                "version: 1\ncomponents: {a: }\n"
                f"connectivity: [{{tcp: '127.0.0.1:{up}'}}, {{tcp: '127.0.0.1:{closed}'}}]\n"
            )
            answering_one, dead = await found(canaries.LOOK, load(path, environ={}).config)
    assert answering_one.level is Level.WELL
    assert answering_one.what.startswith(f"_connectivity/1 (127.0.0.1:{up}) answers in ")
    assert dead.level is Level.WRONG
    assert dead.what.startswith(f"_connectivity/2 (127.0.0.1:{closed}) does not answer: ")


async def test_without_canaries_it_is_said_what_cannot_be_known():
    [told] = await found(canaries.LOOK)
    assert told.level is Level.WARNING
    assert "an outage of our own network looks like one of everything" in told.what


async def test_what_one_location_cannot_know_is_a_hint(tmp_path: Path):
    [told] = await found(locations.LOOK, checking(tmp_path, "b: {tcp: '127.0.0.1:1'}"))
    assert (told.level, told.what) == (Level.HINT, f"the check: {unknowable.ALONE}")
    assert await found(locations.LOOK, checking(tmp_path, "b: {heartbeat: 24h}")) == []


async def test_the_clock_is_watched():
    told = await found(clock.LOOK)
    assert told[0].what == "the clock runs evenly"
    assert len(told) <= 2


def test_the_disk_is_measured_where_the_database_is(tmp_path: Path):
    (tmp_path / "upfront.db").write_bytes(b"x" * 2048)
    room, certainty = disk.examine_place(tmp_path / "upfront.db")
    assert "upfront.db has 2 KiB, " in room.what
    assert certainty.what.startswith("a write is safe on disk after ")
    assert sorted(path.name for path in tmp_path.iterdir()) == ["upfront.db"]


async def test_a_folder_that_will_be_made_is_well_and_one_that_cannot_be_is_wrong(tmp_path: Path):
    config = Config(storage=f"sqlite:{tmp_path / 'data' / 'upfront.db'}")
    assert (await found(disk.LOOK, config))[0].what.startswith("no data yet, ")
    (told,) = disk.examine_place(tmp_path / "one" / "two" / "upfront.db")
    assert told.level is Level.WRONG
    assert told.remedy == "make it, or change `storage`"


async def test_open_files_are_held_against_the_checks():
    (told,) = await found(files.LOOK)
    assert "files may be open, about 256 are needed" in told.what


async def test_a_free_port_is_free_one_of_ours_is_ours_and_another_is_wrong():
    async def healthz(request: web.Request) -> web.Response:
        return web.Response(text="ok\n")

    app = web.Application()
    app.router.add_get("/healthz", healthz)
    runner = web.AppRunner(app)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", 0).start()
    ours = runner.addresses[0][1]
    try:
        async with serving(answering(ok(b"hello"))) as theirs:
            server = Server(public=f"127.0.0.1:{ours}", internal=f"127.0.0.1:{theirs}")
            public, internal = await found(ports.LOOK, Config(server=server))
    finally:
        await runner.cleanup()
    assert public == Found(Level.WELL, f"Upfront listens on 127.0.0.1:{ours} (server.public)")
    assert internal.level is Level.WRONG
    assert "another program listens there already" in internal.what


async def test_a_port_that_nobody_has_is_free():
    with socket.socket() as door:
        door.bind(("127.0.0.1", 0))
        free = f"127.0.0.1:{door.getsockname()[1]}"
    told = await found(ports.LOOK, Config(server=Server(public=free, internal=free)))
    assert Found(Level.WELL, f"{free} is free (server.public)") in told


def settings(port: int, password: str = "right", **more: Any) -> MailSettings:
    return MailSettings(
        host="127.0.0.1", port=port, sender="a@b.example", username="me", password=password, **more
    )


async def test_a_mail_server_is_greeted_and_gets_no_mail():
    async with smtp_sink(login=("me", "right")) as sink:
        told = await mail.greeted(settings(sink.port, tls=Tls.NONE))
        assert told.what == f"127.0.0.1:{sink.port} takes our mail, unencrypted"
        assert told.level is Level.WARNING
        assert sink.connections == 1
        assert sink.mails == []


async def test_a_mail_server_that_encrypts_and_knows_us_is_well(tmp_path: Path):
    authority = Authority(tmp_path)
    async with smtp_sink(starttls=authority.server("127.0.0.1"), login=("me", "right")) as sink:
        told = await mail.greeted(settings(sink.port, ca_file=authority.ca_file))
        assert told == Found(
            Level.WELL, f"127.0.0.1:{sink.port} takes our mail, logged in, encrypted"
        )


async def test_a_mail_server_that_refuses_us_is_wrong_and_no_password_is_told():
    async with smtp_sink(login=("me", "right")) as sink:
        told = await mail.greeted(settings(sink.port, "t0k3n", tls=Tls.NONE))
    assert told.level is Level.WRONG
    assert "refused us with code 535" in told.what
    assert "t0k3n" not in told.what
    assert (await found(mail.LOOK))[0].remedy == "set channels.mail"


@pytest.mark.parametrize(
    ("config", "environ", "levels", "words"),
    [
        (Config(), {}, [Level.WELL], "no proxy is set"),
        (
            Config(), {"HTTPS_PROXY": "http://proxy:3128", "http_proxy": ""}, [Level.WARNING],
            "HTTPS_PROXY is set, but checks go their way without a proxy",
        ),
        (
            Config(pages={"main": Page(url="https://status.acme.example")}), {}, [Level.WARNING],
            "a proxy that is not trusted",
        ),
        (Config(pages={"main": Page(url="http://127.0.0.1:8080")}), {}, [Level.WELL], "no proxy"),
        (
            Config(server=Server(trusted_proxies=("10.0.0.0/8",))), {}, [Level.WELL],
            "X-Forwarded-For is believed from 10.0.0.0/8",
        ),
        (
            Config(server=Server(trusted_proxies=("0.0.0.0/0",))), {}, [Level.WARNING],
            "anyone can claim any address",
        ),
    ],
)  # fmt: skip
async def test_proxies_are_known(
    config: Config, environ: Mapping[str, str], levels: list[Level], words: str
):
    told = await found(proxies.LOOK, config, environ)
    assert [one.level for one in told] == levels
    assert words in told[0].what


async def test_the_page_is_fetched_where_readers_fetch_it():
    async with serving(answering(ok(b"page"))) as port:
        told = await page.reached(f"http://127.0.0.1:{port}")
    assert told.level is Level.WELL
    with refusing() as port:
        told = await page.reached(f"http://127.0.0.1:{port}")
    assert told.level is Level.WARNING
    assert f"connection refused by 127.0.0.1:{port}" in told.what
    assert (await found(page.LOOK))[0].remedy == "set page.url"
