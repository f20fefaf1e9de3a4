"""Where the demo takes place: ports, zone, and a checks.yaml that is right."""

from __future__ import annotations

import socket
from pathlib import Path

import pytest

from monitor.demo.place import choose_ports, free_port, is_free, local_zone
from tests.monitor.demo.folders import lay_out


def test_the_configuration_of_the_demo_is_right_and_has_no_gaps(tmp_path: Path):
    loaded = lay_out(tmp_path)
    assert loaded.mistakes == ()
    assert loaded.config is not None
    assert loaded.config.server.public == "127.0.0.1:8088"
    assert loaded.config.storage == f"sqlite:{tmp_path}/demo.db"
    assert loaded.config.policy.components["checkout"].depends_on == ("payments",)
    assert set(loaded.config.channels) == {"mail", "webhook"}


def test_a_port_that_is_taken_is_replaced_and_named():
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = taken.getsockname()[1]
        ports = choose_ports(port)
        assert ports.page != port
        assert port in ports.moved
        assert not is_free(port)


def test_ports_that_are_free_follow_one_another():
    while True:
        first = free_port()
        if first < 65533 and is_free(first + 1) and is_free(first + 2):
            break
    ports = choose_ports(first)
    assert (ports.page, ports.mailbox, ports.metrics) == (first, first + 1, first + 2)
    assert ports.moved == ()


def test_any_ports_will_do_when_none_is_named():
    ports = choose_ports(0)
    assert 0 not in (ports.page, ports.mailbox, ports.metrics)
    assert ports.moved == ()


@pytest.mark.parametrize(
    ("variable", "link", "zone"),
    [
        ("", "/usr/share/zoneinfo/Europe/Berlin", "Europe/Berlin"),
        ("Asia/Tokyo", "/usr/share/zoneinfo/Europe/Berlin", "Asia/Tokyo"),
        (":Asia/Tokyo", "/elsewhere", "Asia/Tokyo"),
        ("<-03>3", "/usr/share/zoneinfo/Europe/Berlin", "Europe/Berlin"),
        ("/etc/localtime", "/elsewhere", "UTC"),
        ("", "/usr/share/zoneinfo/No/Such", "UTC"),
    ],
)
def test_times_are_told_in_the_zone_of_the_machine(
    tmp_path: Path, variable: str, link: str, zone: str
):
    localtime = tmp_path / "localtime"
    localtime.symlink_to(link)
    assert local_zone({"TZ": variable}, localtime) == zone
