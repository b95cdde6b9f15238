"""Who may be spoken to next on one platform, and when: lanes, limits, turns.

No clock, no waiting and no words here: jobs go in with the room they are for, and `next` says which of them
may go out at an instant. One job at a time is on its way to a room, so that a room hears things in order.
"""

from __future__ import annotations

import heapq
from collections import Counter, deque
from collections.abc import Hashable, Iterator, Sequence
from dataclasses import dataclass, field
from itertools import count

from adapters.port import Instant, Lane, Pace

SECOND, MINUTE = 1000, 60_000
MANY_ROOMS = 1000
"""From here on rooms in which nothing happened for a minute are forgotten."""


@dataclass(slots=True, eq=False)
class Job:
    """One message or edit that waits for its turn. `what` is the caller's own."""

    key: Hashable
    room: str
    lane: Lane
    what: object
    private: bool = False
    edit: bool = False
    """The card changed: whatever it shows when its turn comes."""
    not_before: Instant = 0
    tries: int = 0


def allowed(pace: Pace, sent: Sequence[Instant], lane: Lane, private: bool) -> Instant:
    """When a room that was spoken to at these instants of the last minute may be spoken to again."""
    if private:
        return sent[-1] + pace.private_gap_ms if sent else 0
    if pace.room_per_minute is None:
        return 0
    limit = max(1, pace.room_per_minute - (0 if lane <= Lane.RESULT else pace.room_reserved))
    return sent[-limit] + MINUTE if len(sent) >= limit else 0


@dataclass(slots=True)
class _Room:
    lanes: tuple[deque[Job], ...] = field(default_factory=lambda: tuple(deque() for _ in Lane))
    edits: list[Job] = field(default_factory=list)
    sent: deque[Instant] = field(default_factory=deque)
    """When the messages of the last minute were out."""
    held: Instant = 0
    """The platform asked to wait until then."""
    busy: Job | None = None
    edit_was_last: bool = False
    """The last turn below answers, results and new cards was an edit's."""
    since: int = 0
    """When it began to wait for its turn, as a number."""
    place: int = 0
    """Its valid place in the queues; older ones are void."""


class Pacing:
    """The queue of one platform. The instants it is given never go back."""

    def __init__(self, pace: Pace, rooms_at_once: int) -> None:
        self._pace = pace
        self._at_once = rooms_at_once
        self.workers = 1
        """So many speak here, each with its share of what the platform lets all of them say."""
        self._rooms: dict[str, _Room] = {}
        self._jobs: dict[Hashable, Job] = {}
        self._busy = 0
        self.by_lane: Counter[Lane] = Counter()
        """How much of each lane waits or is on its way."""
        self._sent: deque[Instant] = deque()
        self._numbers = count(1)
        # rooms that may be spoken to, by lane and by how long they wait; and those that may not yet, by time
        self._ready: list[tuple[int, int, int, str]] = []
        self._later: list[tuple[Instant, int, str]] = []

    def __contains__(self, key: Hashable) -> bool:
        return key in self._jobs

    def __len__(self) -> int:
        return len(self._jobs)

    def put(self, job: Job, now: Instant) -> bool:
        """False when a job of this key waits or is on its way already."""
        if job.key in self._jobs:
            return False
        self._jobs[job.key] = job
        self.by_lane[job.lane] += 1
        room = self._rooms.setdefault(job.room, _Room())
        _line(room, job).append(job)
        self._queue(job.room, room, now)
        return True

    def next(self, now: Instant) -> Job | None:
        """The job that may go out now; its room is taken until `done` or `again`."""
        if self._busy >= self._at_once or self._free(now) > now:
            return None
        while self._later and self._later[0][0] <= now:
            _, place, name = heapq.heappop(self._later)
            if self._valid(name, place):
                self._queue(name, self._rooms[name], now)
        while self._ready:
            _, _, place, name = heapq.heappop(self._ready)
            if self._valid(name, place):
                room = self._rooms[name]
                job, _ = self._choose(room, now)
                if job is not None:
                    return self._start(room, job, now)
        return None

    def when(self, now: Instant) -> Instant | None:
        """When `next` is worth asking again; None: not before something was put or done."""
        while self._later and not self._valid(self._later[0][2], self._later[0][1]):
            heapq.heappop(self._later)
        while self._ready and not self._valid(self._ready[0][3], self._ready[0][2]):
            heapq.heappop(self._ready)
        if self._busy >= self._at_once or not (self._ready or self._later):
            return None
        return max(now if self._ready else self._later[0][0], self._free(now))

    def done(self, job: Job, now: Instant, sent: int) -> None:
        """It is out, as so many messages; 0: it need not go out any more."""
        room = self._end(job, now, sent)
        self._forget(job)
        self._queue(job.room, room, now)
        self._forget_idle(now)

    def again(self, job: Job, now: Instant, at: Instant, hold: bool, sent: int = 1) -> None:
        """It did not get out: back to the head of its lane until `at`. `hold`: the whole room waits until then;
        `sent`: the messages it cost all the same."""
        room = self._end(job, now, sent)
        job.not_before = at
        if hold:
            room.held = max(room.held, at)
        line = _line(room, job)
        line.insert(0, job)
        self._queue(job.room, room, now)

    def replace_edit(self, job: Job, now: Instant) -> None:
        """The edit of a card whose message is another now takes the place of the one that waits."""
        waiting = self._jobs.get(job.key)
        if waiting is not None:
            self._rooms[waiting.room].edits.remove(waiting)
            self._forget(waiting)
        self.put(job, now)

    def drop(self, name: str) -> list[Job]:
        """Everything that waits in a room leaves the queue (not what is on its way)."""
        room = self._rooms.get(name)
        if room is None:
            return []
        dropped = [job for line in (*room.lanes, room.edits) for job in line]
        for line in (*room.lanes, room.edits):
            line.clear()
        for job in dropped:
            self._forget(job)
        return dropped

    def _forget(self, job: Job) -> None:
        del self._jobs[job.key]
        self.by_lane[job.lane] -= 1

    # --- whose turn it is

    def _choose(self, room: _Room, now: Instant) -> tuple[Job | None, Instant | None]:
        """The job of this room that may go now; else when the next one may."""
        soonest: Instant | None = None
        for job in _in_turn(room):
            at = max(job.not_before, room.held, self._allowed(room, job, now))
            if at <= now:
                return job, at
            soonest = at if soonest is None else min(soonest, at)
        return None, soonest

    def _allowed(self, room: _Room, job: Job, now: Instant) -> Instant:
        """When the limits of the room let this job go."""
        while room.sent and room.sent[0] + MINUTE <= now:
            room.sent.popleft()
        return allowed(self._pace, room.sent, job.lane, job.private)

    def _free(self, now: Instant) -> Instant:
        """When the limit over all rooms lets anything go."""
        limit = self._pace.overall_per_second
        if limit is not None:
            limit = max(1, limit // self.workers)
        while self._sent and self._sent[0] + SECOND <= now:
            self._sent.popleft()
        return self._sent[-limit] + SECOND if limit is not None and len(self._sent) >= limit else 0

    # --- the queues of rooms

    def _queue(self, name: str, room: _Room, now: Instant) -> None:
        """Give a room its place anew."""
        room.place = next(self._numbers)
        if room.busy:
            return
        job, at = self._choose(room, now)
        if job is not None:
            room.since = room.since or room.place
            heapq.heappush(self._ready, (job.lane, room.since, room.place, name))
        elif at is not None:
            heapq.heappush(self._later, (at, room.place, name))

    def _valid(self, name: str, place: int) -> bool:
        return name in self._rooms and self._rooms[name].place == place

    def _start(self, room: _Room, job: Job, now: Instant) -> Job:
        _line(room, job).remove(job)
        room.busy, room.since = job, 0
        if job.lane >= Lane.CARD:
            room.edit_was_last = job.edit
        self._busy += 1
        if self._pace.overall_per_second is not None:
            self._sent.append(now)
        return job

    def _end(self, job: Job, now: Instant, sent: int) -> _Room:
        room = self._rooms[job.room]
        room.busy = None
        self._busy -= 1
        if job.private or self._pace.room_per_minute is not None:
            room.sent.extend([now] * sent)
        return room

    def _forget_idle(self, now: Instant) -> None:
        if len(self._rooms) < MANY_ROOMS or len(self._rooms) < 2 * len(self._jobs):
            return
        self._rooms = {
            name: room
            for name, room in self._rooms.items()
            if room.busy or any(_in_turn(room)) or room.held > now or (room.sent and room.sent[-1] + MINUTE > now)
        }


def _line(room: _Room, job: Job) -> deque[Job] | list[Job]:
    return room.edits if job.edit else room.lanes[job.lane]


def _in_turn(room: _Room) -> Iterator[Job]:
    """The first of each lane. Edits, reminders and relays take turns, as a busy vote changes its card without end."""
    yield from (lane[0] for lane in room.lanes[: Lane.CARD + 1] if lane)
    edit = [min(room.edits, key=lambda job: job.not_before)] if room.edits else []
    others = [lane[0] for lane in room.lanes[Lane.CARD + 1 :] if lane]
    yield from [*others, *edit] if room.edit_was_last else [*edit, *others]
