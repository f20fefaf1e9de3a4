"""Ways in which the service dies, and a run of short lives that end in them."""

from __future__ import annotations

import asyncio
import contextlib
import os
import random
import secrets
from collections.abc import Awaitable, Callable, Iterator

from tests.stories.town import Town, until

LIFE_SECONDS = 4.0

ROUNDS = int(os.environ.get("UPFRONT_CRASH_ROUNDS", "5"))
"""How many lives there are: by default one for each of the deaths."""

SEED = int(os.environ.get("UPFRONT_CRASH_SEED", "0")) or secrets.randbits(32)
"""Where chance begins: printed, so that a run can be told again."""


async def during_start(story: Town) -> None:
    """Somewhere in the first second, before or after it serves."""
    await story.service.launch()
    await asyncio.sleep(story.chance.uniform(0, 1))


async def at_any_instant(story: Town) -> None:
    """Somewhere in the life of the service."""
    await story.service.start()
    await asyncio.sleep(story.chance.uniform(0, LIFE_SECONDS))


async def after_a_mail(story: Town) -> None:
    """Just when a mail was taken; the service may know it or not."""
    await story.service.start()
    before = len(story.sink.mails)
    await or_give_up(until(lambda: len(story.sink.mails) > before, "a mail"))
    await asyncio.sleep(story.chance.choice([0, story.chance.uniform(0, 0.03)]))


async def before_the_answer(story: Town) -> None:
    """When mails have been taken and the service cannot know it."""
    await story.service.start()
    before = len(story.sink.mails)
    story.sink.answering.clear()
    await or_give_up(until(lambda: len(story.sink.mails) > before, "a mail"))


async def or_give_up(wait: Awaitable[None]) -> None:
    """Wait as long as a life lasts."""
    with contextlib.suppress(TimeoutError):
        async with asyncio.timeout(LIFE_SECONDS):
            await wait


DEATHS: tuple[Callable[[Town], Awaitable[None]], ...] = (
    during_start, at_any_instant, at_any_instant, after_a_mail, before_the_answer,
)  # fmt: skip


def deaths(chance: random.Random) -> Iterator[Callable[[Town], Awaitable[None]]]:
    """Each once, in an order by chance, and again from the start: few rounds meet all of them."""
    while True:
        yield from chance.sample(DEATHS, len(DEATHS))


def nothing_else(_: Town) -> None:
    """What happens between two lives, unless the story says more."""


async def live_and_die(
    story: Town, rounds: int, between: Callable[[Town], None] = nothing_else
) -> None:
    """Many short lives, during which everybody else goes on."""
    async with asyncio.TaskGroup() as around:
        misfortune = around.create_task(story.misfortune())
        for number, death in zip(range(rounds), deaths(story.chance), strict=False):
            story.say(f"round {number}: {death.__name__}")
            await death(story)
            await story.look()
            await story.kill()
            between(story)
            story.sink.answering.set()
        misfortune.cancel()
