"""What every kind must be that nobody probes."""

import pickle
from types import SimpleNamespace

import pytest

from checks.kinds import KINDS
from checks.model import Kind


@pytest.mark.parametrize(
    "kind", [kind for kind in KINDS.values() if kind.pushed], ids=lambda k: k.name
)
def test_how_it_is_judged_can_be_handed_to_another_process(kind: Kind):
    handed = pickle.loads(pickle.dumps(kind.pushed))
    assert (handed.on_push, handed.next_due) == (kind.pushed.on_push, kind.pushed.next_due)
    assert handed.grace(SimpleNamespace(grace=7)) == 7
