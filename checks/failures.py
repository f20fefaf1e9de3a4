"""What goes wrong in a probe, said so that an operator understands it.

ProbeFailure            the thing probed does not do what it should
└── OwnFailure          the probe could not be made; says nothing about the thing probed
"""

from __future__ import annotations

import errno
import os

from checks.model import Outcome

_OWN = {
    errno.EMFILE: "this machine's limit of open files is reached",
    errno.ENFILE: "this machine's limit of open files is reached",
    errno.ENOBUFS: "this machine is out of network buffers",
    errno.ENOMEM: "this machine is out of memory",
    errno.EADDRNOTAVAIL: "this machine has no free port or no address of that family",
    errno.EAFNOSUPPORT: "this machine does not speak that family of addresses",
    errno.EACCES: "this machine's firewall forbids it",
    errno.EPERM: "this machine's firewall forbids it",
    errno.ENETUNREACH: "this machine has no route there",
    errno.ENETDOWN: "this machine's network is down",
}
_THEIRS = {
    errno.ECONNREFUSED: "connection refused by {place}",
    errno.ECONNRESET: "connection reset by {place}",
    errno.ECONNABORTED: "connection aborted by {place}",
    errno.EPIPE: "connection closed by {place}",
    errno.EHOSTUNREACH: "no route to {place}",
    errno.EHOSTDOWN: "host of {place} is down",
    errno.ETIMEDOUT: "no answer from {place}",
}


class ProbeFailure(Exception):
    """Ends a probe; the reason is a sentence for operators."""

    outcome = Outcome.FAIL

    def __init__(self, reason: str) -> None:
        super().__init__(reason)
        self.reason = reason


class OwnFailure(ProbeFailure):
    """The probe could not be made, for a reason on our side."""

    outcome = Outcome.ERROR


def network_failure(raised: OSError, place: str) -> ProbeFailure:
    """What an error of the system says about the way to that place."""
    code = raised.errno or 0
    if code in _OWN:
        return OwnFailure(f"cannot connect to {place}: {_OWN[code]}")
    if code in _THEIRS:
        return ProbeFailure(_THEIRS[code].format(place=place))
    words = os.strerror(code) if code > 0 else str(raised) or type(raised).__name__
    return ProbeFailure(f"connection to {place} failed: {words}")
