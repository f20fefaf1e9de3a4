"""Mail addresses: of those who are written to, and whom the mail is from."""

from __future__ import annotations

import re
from email.headerregistry import Address
from typing import Annotated

import idna

from checks.settings import Written
from checks.words import one_line
from incidents.mistakes import Mistake

LOCAL_PART = re.compile(r"[A-Za-z0-9!#$%&'*+/=?^_`{|}~-]+(\.[A-Za-z0-9!#$%&'*+/=?^_`{|}~-]+)*")
DOMAIN = re.compile(r"([a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?\.)+[a-z][a-z0-9-]{0,61}[a-z0-9]")
SENDER = re.compile(r'"?(?P<name>[^<>"]*)"?\s*<(?P<address>[^<>]+)>|(?P<bare>\S+)')
LONGEST_ADDRESS = 254  # RFC 5321 4.5.3.1.3: 256 octets with the angle brackets
LONGEST_LOCAL_PART = 64


def mailbox(text: str) -> Address:
    """A sender's name and address; raises ValueError with a sentence if it is none."""
    parts = SENDER.fullmatch(text.strip())
    local, _, domain = (parts["address"] or parts["bare"] if parts else "").rpartition("@")
    # A host of one label is fine for a sender in a network of one's own.
    host = _in_ascii(domain)
    if not parts or not LOCAL_PART.fullmatch(local) or not host:
        raise ValueError(f'"{text}" is no sender: write it like Acme Status <status@acme.example>')
    return Address(one_line(parts["name"] or ""), local, host)


def read_sender(text: object) -> str:
    """A sender as it stands in the file; raises ValueError as `mailbox` does."""
    mailbox(str(text))
    return str(text)


Mailbox = Annotated[
    str,
    Written(read_sender, {"type": "string", "examples": ["Acme Status <status@acme.example>"]}),
]


def check_address(text: str) -> str:
    """The address as it is kept: trimmed, its domain in ASCII and lower case.

    Raises:
        Mistake: It cannot be a mail address.
    """
    local, at, domain = text.strip().rpartition("@")
    if not at or not local or not domain:
        raise Mistake("mistake.mail_address")
    if len(local) > LONGEST_LOCAL_PART or not LOCAL_PART.fullmatch(local):
        raise Mistake("mistake.mail_name")
    host = _in_ascii(domain).lower()
    if not DOMAIN.fullmatch(host):
        raise Mistake("mistake.mail_domain")
    address = f"{local}@{host}"
    if len(address) > LONGEST_ADDRESS:
        raise Mistake("mistake.mail_long")
    return address


def _in_ascii(domain: str) -> str:
    """A domain as mail servers write it, empty where it is none."""
    try:
        return idna.encode(domain, uts46=True).decode()
    except idna.IDNAError:
        return ""
