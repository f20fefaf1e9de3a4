"""Which addresses strangers may send us to."""

from ipaddress import ip_network

import pytest

from incidents.addresses import is_allowed, read_network


@pytest.mark.parametrize(
    "address", ["93.184.215.14", "8.8.8.8", "2606:2800:220:1::1", "::ffff:8.8.8.8"]
)
def test_public_addresses_are_allowed(address: str):
    assert is_allowed(address)


@pytest.mark.parametrize(
    "address",
    [
        "127.0.0.1", "0.0.0.0", "10.1.2.3", "172.16.0.1", "192.168.1.1", "100.64.0.1",
        "169.254.169.254", "224.0.0.1", "239.1.1.1", "240.0.0.1", "255.255.255.255",
        "192.0.2.1", "198.18.0.1", "192.0.0.1",
        "::1", "::", "fe80::1", "fe80::1%eth0", "fc00::1", "fd12::1", "fec0::1", "ff02::1",
        "2001:db8::1", "::ffff:10.0.0.1", "::ffff:127.0.0.1", "::127.0.0.1",
        "2002:7f00:1::", "2001:0:a00:1::", "64:ff9b::7f00:1", "64:ff9b:1::a00:1",
        "", "localhost", "1.2.3", "8.8.8.8.",
    ],
)  # fmt: skip
def test_all_others_are_refused(address: str):
    assert not is_allowed(address)


def test_a_network_of_ours_is_allowed_where_the_file_names_it():
    private = (ip_network("10.0.0.0/8"), ip_network("fd00::/8"))
    assert is_allowed("10.1.2.3", private)
    assert is_allowed("::ffff:10.1.2.3", private)
    assert is_allowed("fd12::1", private)
    assert not is_allowed("192.168.1.1", private)
    assert not is_allowed("fc00::1", private)


def test_a_network_is_read_with_or_without_host_bits():
    assert read_network("10.1.2.3/8") == "10.0.0.0/8"
    assert read_network("::1") == "::1/128"
    with pytest.raises(ValueError, match='"home" is no network'):
        read_network("home")
