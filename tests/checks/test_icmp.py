"""The kind `icmp`: pings over sockets of this machine, and of networks made for a test."""

import asyncio
import socket
import struct
import time
from contextlib import contextmanager

import pytest

from checks.failures import OwnFailure
from checks.net import Network
from checks.wire.icmp import V4, V6, Reply, Trouble, read_answer, without_ip, write_request
from checks.wire.ping_sockets import open_socket
from checks.wire.pings import Echoes, Pinger, Series
from tests.checks.networks import network_of_its_own
from tests.support import unavailable

QUICK = {"packets": 1, "wait": "50ms"}
SEVERAL = {"packets": 4, "spacing": "1ms", "wait": "400ms"}


@pytest.fixture
def permitted():
    try:
        open_socket(V4).close()
    except OwnFailure as refused:
        unavailable("permission to ping", "servers", refused.reason)


@contextmanager
def over(make_socket):
    network = Network(make_socket=make_socket)
    try:
        yield network
    finally:
        network.close()


@contextmanager
def responding(make_socket, respond):
    """A host that answers what `respond` makes of a request; None is silence."""
    loop = asyncio.get_running_loop()
    with make_socket(socket.AF_INET, socket.SOCK_RAW, socket.IPPROTO_ICMP) as host:
        host.setblocking(False)

        def answer():
            packet, (sender, _) = host.recvfrom(65536)
            if without_ip(packet)[0] == V4.request and (message := respond(packet)):
                host.sendto(message, (sender, 0))

        loop.add_reader(host.fileno(), answer)
        try:
            yield
        finally:
            loop.remove_reader(host.fileno())


def returned(kind, code, packet):
    """A message that something is wrong with a packet."""
    return struct.pack("!BBHI", kind, code, 0, 0) + packet


def echoed(packet):
    request = without_ip(packet)
    return bytes([V4.reply]) + request[1:]


def every_second(respond):
    count = iter(range(1000))
    return lambda packet: respond(packet) if next(count) % 2 == 0 else None


# On this machine ------------------------------------------------------------------------------


@pytest.mark.parametrize("host", ["127.0.0.1", "::1", "localhost"])
async def test_a_host_that_answers_passes(permitted, probe, host):
    result = await probe("icmp", {"host": host})
    assert (result.outcome, result.reason) == ("pass", "")
    assert result.facts["loss"] == 0
    assert result.facts["address"] in ("127.0.0.1", "::1")
    assert 0 < result.latency_seconds < 1


async def test_a_name_is_looked_up_in_the_family_wanted(permitted, probe):
    result = await probe("icmp", {"host": "localhost", "ip": 4, "packets": 1})
    assert (result.facts["address"], list(result.phases)) == ("127.0.0.1", ["resolve"])


async def test_many_at_once_lose_nothing(permitted, probe):
    hosts = [f"127.0.{number // 250}.{number % 250 + 1}" for number in range(1000)]
    options = {"packets": 2, "spacing": "1ms", "wait": "20s", "size": "1000B"}
    at_once = (probe("icmp", {"host": host, **options}, timeout=60) for host in hosts)
    results = await asyncio.gather(*at_once)
    assert {result.reason for result in results} == {""}
    assert {result.facts["loss"] for result in results} == {0}
    assert [result.facts["address"] for result in results] == hosts


async def test_more_than_can_be_sent_is_our_own_error_and_the_rest_passes(permitted):
    pinger = Pinger(4, time.monotonic)
    series = Series(packets=3, spacing=0.2, wait=20, size=56)
    now = asyncio.get_running_loop().time()
    # How many of those in a hurry are sent in time is up to the machine; the others must be.
    patient = (pinger.ping("127.0.0.1", series, now + 60) for _ in range(50))
    in_a_hurry = (pinger.ping("127.0.0.1", series, now + 0.6) for _ in range(1500))
    ended = await asyncio.gather(*patient, *in_a_hurry, return_exceptions=True)
    pinger.close()
    refused = [one for one in ended[50:] if isinstance(one, OwnFailure)]
    answered = [one for one in ended if isinstance(one, Echoes)]
    assert len(refused) + len(answered) == len(ended)
    assert {one.reason for one in refused} == {
        "more pings are due at once than can be sent in time"
    }
    assert {one.sent for one in answered[:50]} == {3}
    assert {one.sent - len(one.seconds) for one in answered} == {0}


async def test_latency_and_loss_are_held_against_what_is_expected(permitted, probe):
    slow = await probe(
        "icmp", {"host": "127.0.0.1", **QUICK}, degraded_if={"latency": {"below": "1s"}}
    )
    lossy = await probe("icmp", {"host": "127.0.0.1", **QUICK}, expect={"loss": {"above": "20%"}})
    assert (slow.outcome, lossy.reason) == ("slow", "loss 0 %, expected above 20 %")


async def test_a_name_that_is_not_there_fails(probe):
    result = await probe("icmp", {"host": "gone.invalid"})
    assert result.outcome in ("fail", "error")
    assert "gone.invalid" in result.reason


# What we may and may not ----------------------------------------------------------------------


async def test_without_permission_it_is_our_own_error_and_says_what_to_permit(probe):
    def refuse(*kind):
        raise PermissionError(1, "Operation not permitted")

    with over(refuse) as network:
        result = await probe("icmp", {"host": "127.0.0.1"}, over=network)
    assert result.outcome == "error"
    assert result.reason == (
        "Upfront may not send pings: allow it with sysctl -w "
        "net.ipv4.ping_group_range='0 2147483647' or give the process CAP_NET_RAW"
    )


async def test_a_machine_without_that_family_is_our_own_error(probe):
    def refuse(*kind):
        raise OSError(97, "Address family not supported by protocol")

    with over(refuse) as network:
        result = await probe("icmp", {"host": "::1"}, over=network)
    assert result.outcome == "error"
    assert result.reason.startswith("Upfront cannot send pings over IPv6: address family")


@pytest.mark.parametrize(
    ("range_", "kind"), [("0 2147483647", socket.SOCK_DGRAM), ("1 0", socket.SOCK_RAW)]
)
async def test_a_socket_without_privilege_is_preferred(probe, range_, kind):
    made = []

    def make(*arguments):
        made.append(arguments)
        return make_socket(*arguments)

    with network_of_its_own(ping_group_range=range_) as make_socket, over(make) as network:
        for host in ("127.0.0.1", "::1"):
            result = await probe("icmp", {"host": host}, over=network)
            assert (result.outcome, result.reason) == ("pass", "")
    assert [arguments[1] for arguments in made[-1:]] == [kind]


# What goes wrong on the way -------------------------------------------------------------------

BOTH = pytest.mark.parametrize("range_", ["0 2147483647", "1 0"], ids=["datagram", "raw"])


@BOTH
async def test_silence_fails(probe, range_):
    with (
        network_of_its_own(ping_group_range=range_, icmp_echo_ignore_all="1") as make_socket,
        over(make_socket) as network,
    ):
        one = await probe("icmp", {"host": "127.0.0.1", **QUICK}, over=network)
        more = await probe("icmp", {"host": "127.0.0.1", **SEVERAL}, over=network)
    assert (one.outcome, one.reason) == ("fail", "no answer to the ping from 127.0.0.1")
    assert more.reason == "no answer to any of 4 pings from 127.0.0.1"
    assert more.latency_seconds is None


@BOTH
@pytest.mark.parametrize(
    ("message", "reason"),
    [
        ((3, 1), "127.0.0.1: host unreachable"),
        ((3, 13), "127.0.0.1: forbidden by a firewall"),
        ((11, 0), "127.0.0.1: time to live exceeded on the way"),
    ],
)
async def test_what_a_router_says_is_the_reason(probe, range_, message, reason):
    with (
        network_of_its_own(ping_group_range=range_, icmp_echo_ignore_all="1") as make_socket,
        over(make_socket) as network,
        responding(make_socket, lambda packet: _checked(returned(*message, packet))),
    ):
        result = await probe("icmp", {"host": "127.0.0.1", **SEVERAL}, over=network)
    assert (result.outcome, result.reason) == ("fail", reason)


@BOTH
async def test_what_is_lost_is_a_share(probe, range_):
    with (
        network_of_its_own(ping_group_range=range_, icmp_echo_ignore_all="1") as make_socket,
        over(make_socket) as network,
        responding(make_socket, every_second(lambda packet: _checked(echoed(packet)))),
    ):
        options = {"host": "127.0.0.1", **SEVERAL}
        result = await probe("icmp", options, over=network, degraded_if={"loss": {"above": "20%"}})
    assert (result.outcome, result.reason) == ("slow", "loss 50 %, above 20 %")
    assert result.facts["loss"] == 0.5


@pytest.mark.parametrize("change", [slice(8, 16), slice(16, 24)], ids=["secret", "number"])
async def test_an_answer_that_is_not_ours_is_none(probe, change):
    def forged(packet):
        answer = bytearray(echoed(packet))
        answer[change] = bytes(8)[:7] + b"\xff"
        return _checked(bytes(answer))

    with (
        network_of_its_own(icmp_echo_ignore_all="1") as make_socket,
        over(make_socket) as network,
        responding(make_socket, forged),
    ):
        result = await probe("icmp", {"host": "127.0.0.1", **QUICK}, over=network)
    assert result.reason == "no answer to the ping from 127.0.0.1"


@BOTH
async def test_no_route_is_our_own_error(probe, range_):
    with network_of_its_own(ping_group_range=range_) as make_socket, over(make_socket) as network:
        result = await probe("icmp", {"host": "192.0.2.1", **QUICK}, over=network)
    assert result.outcome == "error"
    assert result.reason == "cannot connect to 192.0.2.1: this machine has no route there"


async def test_the_next_address_is_pinged_where_there_is_no_way_to_the_first(probe):
    with network_of_its_own() as make_socket:
        network = Network(lambda peer: ["192.0.2.1", "127.0.0.1"], make_socket=make_socket)
        result = await probe("icmp", {"host": "gw.example", **QUICK}, over=network)
        network.close()
    assert (result.outcome, result.facts["address"]) == ("pass", "127.0.0.1")


# Messages -------------------------------------------------------------------------------------


def _checked(message):
    """With the checksum that IPv4 wants."""
    blank = message[:2] + bytes(2) + message[4:]
    padded = blank + bytes(len(blank) % 2)
    total = sum(struct.unpack(f"!{len(padded) // 2}H", padded)) % 0xFFFF
    return blank[:2] + struct.pack("!H", 0xFFFF - total) + blank[4:]


def test_a_request_has_the_checksum_of_rfc_792():
    message = write_request(V4, 7, 9, b"odd")
    assert message == _checked(message)
    assert write_request(V6, 7, 9, b"odd")[2:4] == b"\0\0"


@pytest.mark.parametrize(
    ("family", "message", "meaning"),
    [
        (V4, b"", None),
        (V4, b"\0" * 7, None),
        (V4, struct.pack("!BBHHH", 0, 0, 0, 5, 6) + b"x", Reply(5, 6, b"x")),
        (V6, struct.pack("!BBHHH", 129, 0, 0, 5, 6) + b"x", Reply(5, 6, b"x")),
        (V4, struct.pack("!BBHHH", 8, 0, 0, 5, 6), None),
        (V4, returned(3, 1, b""), None),
        (V4, returned(3, 1, b"\x4f" + b"\0" * 30), None),
        (V4, returned(3, 7, b"\x45" + b"\0" * 19 + write_request(V4, 5, 6, b"")),
         Trouble(5, 6, "unreachable")),
        (V6, returned(3, 0, b"\0" * 40 + write_request(V6, 5, 6, b"")),
         Trouble(5, 6, "time to live exceeded on the way")),
        (V6, returned(1, 0, b"\0" * 39), None),
        (V4, returned(3, 3, b"\x45" + b"\0" * 27), None),
    ],
)  # fmt: skip
def test_messages_are_read_whoever_sent_them(family, message, meaning):
    assert read_answer(family, message) == meaning


@pytest.mark.parametrize(
    ("options", "reason"),
    [
        ({"host": "gw example"}, "no host name"),
        ({"host": "::1", "ip": 4}, "::1 is no address of IPv4"),
        ({"host": "gw.example", "packets": 0}, "greater than or equal to 1"),
        ({"host": "gw.example", "size": "8B"}, "greater than or equal to 16"),
    ],
)
async def test_what_cannot_be_pinged_is_refused_when_it_is_read(probe, options, reason):
    with pytest.raises(ValueError, match=reason):
        await probe("icmp", options)
