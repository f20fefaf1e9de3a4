"""The power fails again and again: what was written and not synced is gone as well."""

from __future__ import annotations

import random
from pathlib import Path

import pytest

from tests.stories.deaths import ROUNDS, SEED, live_and_die
from tests.stories.power import Loss, lose_power
from tests.stories.promises import check_promises
from tests.stories.town import Town, town, until


@pytest.mark.timeout(120 + 12 * ROUNDS)
async def test_a_loss_of_power_takes_results_and_nothing_that_anybody_was_told(
    tmp_path: Path,
) -> None:
    print(f"UPFRONT_CRASH_SEED={SEED}")
    lost: list[Loss] = []

    def lose(story: Town) -> None:
        loss = lose_power(story.database, story.chance)
        story.say(f"lost {loss.commits} commits, {loss.size} bytes")
        lost.append(loss)

    async with town(tmp_path, random.Random(SEED)) as story:
        await story.settle_in("first@example.com", "second@example.com")
        await live_and_die(story, ROUNDS, lose)
        lost.append(await lose_quiet_hours(story))
        await story.service.start()
        await check_promises(story)
        assert story.kept.updates
    print(f"{sum(loss.commits for loss in lost)} commits were taken away")


async def lose_quiet_hours(story: Town) -> Loss:
    """Results alone came in, which may all go."""
    await story.service.start()
    await story.settle()
    before = story.results()
    await until(lambda: story.results() > before + 5, "new results")
    await story.kill()
    loss = lose_power(story.database)
    assert loss.commits > 0
    return loss
