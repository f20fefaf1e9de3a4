"""Whether as many files may be open as probes and readers need."""

from __future__ import annotations

import resource
from collections.abc import Sequence

from monitor.agent import PROBES_AT_ONCE
from monitor.doctor.model import Found, Look, Surroundings, warning, well

FOR_READERS = 256
"""For readers of the page, the database and the log."""


async def _files(surroundings: Surroundings) -> Sequence[Found]:
    soft, _ = resource.getrlimit(resource.RLIMIT_NOFILE)
    probes = sum(len(check.locations) for check in surroundings.config.checks.values())
    needed = min(probes, PROBES_AT_ONCE) + FOR_READERS
    told = f"{soft:,} files may be open, about {needed:,} are needed"
    if soft != resource.RLIM_INFINITY and soft < needed:
        return [warning(told, f"ulimit -n {max(needed, 4096)}, or LimitNOFILE= in the unit")]
    return [well(told)]


LOOK = Look("open files", _files)
