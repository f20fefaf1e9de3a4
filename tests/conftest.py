"""What holds for every test."""

import os

import pytest
from hypothesis import HealthCheck, settings

# Containers tell Python to keep no compiled code. Tests start a hundred processes of ours, each of
# which would compile all of it anew.
os.environ.pop("PYTHONDONTWRITEBYTECODE", None)

# A shared machine is slow at times, which says nothing about the code: no deadline per example.
# The same examples on every run; `pytest --hypothesis-profile explore` goes looking for new ones.
settings.register_profile(
    "repeatable", deadline=None, derandomize=True, suppress_health_check=[HealthCheck.too_slow]
)
settings.register_profile("explore", deadline=None, max_examples=2000)
settings.load_profile("repeatable")


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Begin with the stories: they wait a lot, and leave the processors to others meanwhile."""
    items.sort(key=lambda item: "stories" not in item.path.parts)
