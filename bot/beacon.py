"""Fetches the drand rounds that draws and ties wait for, from relays the operator configured (§7.2).

A relay is not believed: what it says must be the round asked for, its randomness the SHA-256 of its signature, and
the signature must verify under the chain's public key (with the extra `drand`), or else two relays must say the same
and none another thing. Until then members type it in; nothing waits for a relay.
"""

from __future__ import annotations

import asyncio
import hashlib
import json
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from importlib import import_module
from importlib.util import find_spec
from typing import Any

import aiohttp
import structlog

from bot.service import Job, Service
from governance import commands as c
from governance.lots import CHAIN_HASH, PUBLIC_KEY, round_of
from governance.terms import AssemblyId, Instant

log = structlog.get_logger(__name__)

AGREE = 2
"""Relays that must say the same where signatures cannot be checked."""
EVERY_SECONDS = 30
ANSWER_LIMIT = 16_384
"""Bytes of an answer."""
SIGNATURE = 96
"""Hexadecimal digits."""

Verify = Callable[[int, str], bool]


@dataclass(frozen=True, slots=True)
class Waiting:
    """An item that waits for a round."""

    assembly: AssemblyId
    item: int
    round: int
    known: Instant


def verifier() -> Verify | None:
    """Whether a signature is that of a round, where the extra is installed that can tell."""
    if find_spec("drand_verify") is None:
        return None
    check: Any = import_module("drand_verify").verify_quicknet

    def verify(number: int, signature: str) -> bool:
        try:
            check(number, signature, PUBLIC_KEY)
        except ValueError:
            return False
        return True

    return verify


def waiting(service: Service) -> Iterator[Waiting]:
    """Every item of an assembly in memory that waits for a round."""
    for state in service.states():
        for number in state.open:
            pool = state.items[number].pool
            if pool is None or pool.lot is None or pool.lot.parts:
                continue
            beacon = round_of(pool.lot)
            if beacon is not None:
                yield Waiting(state.id, number, beacon, pool.lot.known)


def checked(answer: Any, number: int) -> str | None:
    """The signature a relay gave for this round; None when its answer contradicts itself or is another round's."""
    if not isinstance(answer, dict) or answer.get("round") != number:
        return None
    signature, randomness = answer.get("signature"), answer.get("randomness")
    if not isinstance(signature, str) or len(signature) != SIGNATURE:
        return None
    try:
        bare = bytes.fromhex(signature)
    except ValueError:
        return None
    if randomness not in (None, hashlib.sha256(bare).hexdigest()):
        return None
    return signature.lower()


class Beacon:
    """One for each process; without relays it does nothing."""

    def __init__(
        self, service: Service, relays: Sequence[str], now: Callable[[], Instant], verify: Verify | None,
        patience_seconds: float,
    ) -> None:
        self._service, self._relays, self._now, self._verify = service, tuple(relays), now, verify
        self._patience = aiohttp.ClientTimeout(total=patience_seconds)

    async def run(self) -> None:
        """Look for rounds that came, again and again."""
        if not self._relays:
            return
        while True:
            try:
                await self.once()
            except Exception as error:
                # a database that is away, a mistake of ours: the next look may do better
                log.warning("beacon_failed", error=error)
            await asyncio.sleep(EVERY_SECONDS)

    async def once(self) -> int:
        """Take every round that can be known; gives how many were."""
        due = [one for one in waiting(self._service) if one.known <= self._now()]
        taken = 0
        for number in sorted({one.round for one in due}):
            signature = await self.round(number)
            if signature is None:
                continue
            jobs = [self._job(one, signature) for one in due if one.round == number]
            await self._service.take_soon(jobs)
            taken += len(jobs)
        return taken

    def _job(self, one: Waiting, signature: str) -> Job:
        at, cause = self._now(), f"drand:{one.assembly}:{one.item}:{one.round}"
        command = c.TakeRound(one.item, one.round, signature)
        return Job(cause, at, lambda desk: desk.ask(one.assembly, command, at, cause), assembly=one.assembly)

    async def round(self, number: int) -> str | None:
        """The signature of a round, when it can be believed."""
        async with aiohttp.ClientSession(timeout=self._patience) as session:
            answers = await asyncio.gather(*(self._asked(session, relay, number) for relay in self._relays))
        given = Counter(one for one in answers if one is not None)
        if self._verify is not None:
            return next((one for one in given if self._verify(number, one)), None)
        if len(given) > 1:
            log.warning("relays_differ", round=number, count=len(given))
            return None
        return next((one for one, times in given.items() if times >= AGREE), None)

    async def _asked(self, session: aiohttp.ClientSession, relay: str, number: int) -> str | None:
        url = f"{relay.rstrip('/')}/{CHAIN_HASH}/public/{number}"
        try:
            async with session.get(url) as response:
                response.raise_for_status()
                raw = await response.content.read(ANSWER_LIMIT)
                answer = checked(json.loads(raw), number)
        except (aiohttp.ClientError, TimeoutError, ValueError) as error:
            log.warning("relay_failed", relay=relay, round=number, error=type(error).__name__)
            return None
        if answer is None:
            log.warning("relay_not_believed", relay=relay, round=number)
        return answer
