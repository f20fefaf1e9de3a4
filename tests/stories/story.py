"""From the YAML to what a visitor reads: the real parts, under a clock that the story turns."""

from __future__ import annotations

import heapq
import itertools
import re
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path

from lxml import html

from checks.duration import parse_duration
from checks.model import Outcome, ProbeRequest, Result
from incidents import words
from incidents.impact import flatten
from incidents.model import Span
from incidents.replay import Replay
from incidents.signals import Recheck, Tick, Wish
from monitor.config.load import load
from monitor.schedule import Timetable
from statuspage import assets
from statuspage.ports import Snapshot
from statuspage.render import Renderer
from statuspage.web import made_pages

NOON = datetime(2026, 11, 21, 12, tzinfo=UTC)


class Story:
    """A configuration whose probes see what the story says."""

    def __init__(self, folder: Path, yaml: str) -> None:
        path = folder / "checks.yaml"
        path.write_text(yaml)
        loaded = load(path, environ={})
        assert loaded.config is not None, [str(issue) for issue in loaded.issues]
        self.config = loaded.config
        self.now = NOON
        self.replay = Replay(self.config.policy, self._grant)
        self._seen: dict[str, tuple[Outcome, str] | None] = {}
        self._wakes: list[tuple[datetime, int, str]] = []
        self._count = itertools.count()
        self._tables = {name: Timetable(name) for name in self.config.locations}
        self._last_result_at: datetime | None = None
        for table in self._tables.values():
            table.replace(self.config.checks.values(), NOON)
        self.replay.start(NOON)

    # What happens ---------------------------------------------------------------------------

    def sees(self, check: str, outcome: Outcome, reason: str = "") -> Story:
        """From now on probes of a check come to this."""
        self._seen[check] = (outcome, reason)
        return self

    def fails(self, check: str, reason: str = "connection refused") -> Story:
        """From now on a check fails."""
        return self.sees(check, Outcome.FAIL, reason)

    def is_slow(self, check: str) -> Story:
        """From now on a check is slow."""
        return self.sees(check, Outcome.SLOW, "latency 1.2 s, above 800 ms")

    def recovers(self, check: str) -> Story:
        """From now on a check passes."""
        return self.sees(check, Outcome.PASS)

    def falls_silent(self, check: str) -> Story:
        """From now on no result of a check arrives."""
        self._seen[check] = None
        return self

    def passes(self, span: str) -> Story:
        """Let that much time pass, and all that is due in it happen."""
        until = self.now + parse_duration(span)
        while (due := self._next()) is not None and due[0] <= until:
            self.now = max(self.now, due[0])
            due[1]()
        self.now = until
        self.replay.advance(until)
        return self

    def _next(self) -> tuple[datetime, Callable[[], None]] | None:
        found: list[tuple[datetime, Callable[[], None]]] = [
            (at, lambda table=table: self._probe_all(table))
            for table in self._tables.values()
            if (at := table.next_at()) is not None
        ]
        if self._wakes:
            found.append((self._wakes[0][0], self._wake))
        due_at = self.replay.next_at()
        if due_at is not None:
            found.append((due_at, lambda: self.replay.advance(due_at)))
        return min(found, key=lambda entry: entry[0], default=None)

    def _wake(self) -> None:
        at, _, check = heapq.heappop(self._wakes)
        self.replay.feed(Tick(check, at))

    def _probe_all(self, table: Timetable) -> None:
        for request in table.pop_due(self.now):
            self._probe(request)

    def _probe(self, request: ProbeRequest) -> None:
        seen = self._seen.get(request.check, (Outcome.PASS, ""))
        if seen is None:
            return
        outcome, reason = seen
        check = self.config.checks[request.check]
        self._last_result_at = self.now
        self.replay.feed(
            Result(
                check=request.check, location=request.location, at=self.now, known_at=self.now,
                outcome=outcome, latency_seconds=0.1, reason=reason, recheck=request.recheck,
                revision=check.revision,
            )
        )  # fmt: skip

    def _grant(self, wish: Wish) -> None:
        if isinstance(wish, Recheck):
            for location in wish.locations or self._tables:
                self._tables[location].expedite(wish.check, wish.at, wish.timeout)
        else:
            heapq.heappush(self._wakes, (wish.at, next(self._count), wish.check))

    # What is read ---------------------------------------------------------------------------

    def reads(self, path: str = "/") -> str:
        """The words on a page, as one line."""
        body = html.fromstring(self.source(path)).find(".//main")
        assert body is not None
        return re.sub(r"\s+", " ", body.text_content()).strip()

    def headline(self) -> str:
        """The first sentence of the start page."""
        heading = html.fromstring(self.source("/")).find(".//h1")
        assert heading is not None
        return re.sub(r"\s+", " ", heading.text_content()).strip()

    def source(self, path: str) -> str:
        """What is served under a path.

        Raises:
            KeyError: Nothing is.
        """
        snapshot = self.snapshot()
        renderer = Renderer(words.load("en"), assets.load(), "https://status.example")
        for page in made_pages():
            pattern = re.sub(r"\\{(\w+)\\}", r"(?P<\1>[^/]+)", re.escape(page.path))
            match = re.fullmatch(pattern, path)
            document = match and page.render(renderer, snapshot, **match.groupdict())
            if document:
                return document.body.decode()
        raise KeyError(path)

    def snapshot(self) -> Snapshot:
        """All that the pages are rendered from."""
        return Snapshot(
            at=self.now, page=self.config.page, policy=self.config.policy,
            board=self.replay.board.copy(), spans=self._spans(), latencies={},
            last_result_at=self._last_result_at,
            fresh_until=self._last_result_at and self._last_result_at + timedelta(minutes=2),
        )  # fmt: skip

    def _spans(self) -> tuple[Span, ...]:
        return tuple(span for found in self.replay.spans.values() for span in found)

    def shown(self, component: str) -> list[str]:
        """The statuses that the component's bars are made of, in order."""
        mine = [span for span in self._spans() if span.component == component]
        return [str(span.status) for span in flatten(mine)]
