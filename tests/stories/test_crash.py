"""The service is killed again and again while targets fail and mails go out."""

from __future__ import annotations

import json
import random
from collections import Counter
from pathlib import Path

import pytest

from tests.stories.deaths import ROUNDS, SEED, live_and_die
from tests.stories.promises import check_promises
from tests.stories.town import town


@pytest.mark.timeout(120 + 12 * ROUNDS)
async def test_nothing_is_lost_and_nothing_begins_twice_however_often_it_is_killed(
    tmp_path: Path,
) -> None:
    print(f"UPFRONT_CRASH_SEED={SEED}")
    async with town(tmp_path, random.Random(SEED)) as story:
        await story.settle_in("first@example.com", "second@example.com")
        await live_and_die(story, ROUNDS)
        await story.service.start()
        await check_promises(story)
        assert story.kills == ROUNDS
        assert story.kept.updates
        assert max(lines_of("incident opened", story.service.log).values()) == 1


def lines_of(event: str, log: Path) -> Counter[str]:
    """How many lines all runs have logged of that event, by the incident's id."""
    lines = (json.loads(line) for line in log.read_text().splitlines() if line.startswith("{"))
    return Counter(line["id"] for line in lines if line.get("event") == event)
