"""Secrets at rest."""

import os

import pytest

from monitor.vault import CannotOpen, Vault

OLD, NEW = b"an old key of this instance", b"a new key of this instance"


def test_what_is_sealed_opens_for_its_owner_only():
    vault = Vault([OLD], os.urandom)
    sealed = vault.seal("whsec_x", "s1")
    assert vault.open(sealed, "s1") == "whsec_x"
    assert b"whsec_x" not in sealed
    with pytest.raises(CannotOpen):
        vault.open(sealed, "s2")


def test_sealing_twice_shows_no_likeness():
    vault = Vault([OLD], os.urandom)
    assert vault.seal("whsec_x", "s1") != vault.seal("whsec_x", "s1")


def test_after_the_key_was_replaced_what_the_old_one_sealed_still_opens():
    sealed = Vault([OLD], os.urandom).seal("whsec_x", "s1")
    assert Vault([OLD, NEW], os.urandom).open(sealed, "s1") == "whsec_x"
    renewed = Vault([OLD, NEW], os.urandom).seal("whsec_x", "s1")
    assert Vault([NEW], os.urandom).open(renewed, "s1") == "whsec_x"


@pytest.mark.parametrize("sealed", [b"", b"short", b"x" * 60])
def test_what_was_tampered_with_does_not_open(sealed: bytes):
    with pytest.raises(CannotOpen):
        Vault([OLD], os.urandom).open(sealed, "s1")


def test_another_instances_key_opens_nothing():
    sealed = Vault([OLD], os.urandom).seal("whsec_x", "s1")
    with pytest.raises(CannotOpen):
        Vault([NEW], os.urandom).open(sealed, "s1")
