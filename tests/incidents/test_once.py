"""What is worked out once for a policy."""

from incidents.once import once_for_policy
from incidents.policy import Policy
from tests.incidents.world import component, policy


def test_it_is_worked_out_anew_for_another_policy_only():
    asked = []

    @once_for_policy
    def names(about: Policy) -> list[str]:
        asked.append(about)
        return list(about.components)

    first, other = policy(component("shop")), policy(component("mail"))
    found = names(first)
    assert names(first) is found
    assert names(other) == ["mail"]
    assert names(first) == found == ["shop"]
    assert asked == [first, other, first]
