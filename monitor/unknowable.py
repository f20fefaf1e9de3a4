"""What cannot be known with the locations and canaries that a check has, in a sentence each."""

from __future__ import annotations

from collections import Counter
from collections.abc import Container, Iterator

from incidents.policy import CheckPolicy, Policy

ALONE = "from one location, a service that is down and a way to it that is cut look alike"
TWO = "from two locations, nothing says which one is right while they disagree"
NO_CANARY = "without canaries, an outage of our own network looks like one of everything"
PLAIN = "by a plain rule (`confirm`), unusual slowness and a few per cent of failures go unnoticed"
OF_LOCATIONS = (ALONE, TWO)
EVERYTHING = (*OF_LOCATIONS, NO_CANARY, PLAIN)


def of_check(policy: Policy, id: str) -> tuple[str, ...]:
    """What cannot be known of one check; nothing of one that others report to."""
    check = policy.checks[id]
    return tuple(_of_probes(check, policy)) if check.pushed is None else ()


def of_all(policy: Policy, about: Container[str] = EVERYTHING) -> tuple[str, ...]:
    """The same of a whole file, with how many of its checks it is about; most first."""
    probed = [check for check in policy.checks.values() if check.pushed is None]
    counts = Counter(sentence for check in probed for sentence in _of_probes(check, policy))
    return tuple(
        f"{_share(count, len(probed))}: {sentence}"
        for sentence, count in counts.most_common()
        if sentence in about
    )


def _of_probes(check: CheckPolicy, policy: Policy) -> Iterator[str]:
    if len(check.locations) == 1:
        yield ALONE
    if len(check.locations) == 2:
        yield TWO
    if not policy.canaries:
        yield NO_CANARY
    if check.confirm is not None:
        yield PLAIN


def _share(count: int, whole: int) -> str:
    if count == whole:
        return "all checks that are probed" if whole > 1 else "the check"
    return f"{count:,} of {whole:,} checks that are probed"
