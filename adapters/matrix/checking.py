"""Is the token right, may the bot speak in its rooms, can it read the encrypted ones?"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from adapters.matrix.client import ENCRYPTION_INSTALLED, Client, Trouble
from adapters.matrix.reading import mapping

_SECONDS = 10.0


@dataclass(frozen=True, slots=True)
class Finding:
    words: str
    wrong: bool


async def check(
    homeserver: str, token: str, folder: Path, rooms: Sequence[str], encryption: bool | None
) -> list[Finding]:
    """What the homeserver says of the account, and of its standing in these rooms (`matrix:!…`)."""
    # without encryption, so that nothing is written into the keys of a bot that runs
    client = Client(homeserver, folder, encryption=False, call_seconds=_SECONDS)
    try:
        client.access_token = token
        await client.through(client.whoami())
        joined = await client.ask("GET", ["joined_rooms"])
        return [
            *_of_account(client), *_of_keys(folder, client, encryption),
            *[await _of_room(client, room, list(joined["joined_rooms"])) for room in rooms],
        ]  # fmt: skip
    except Trouble as trouble:
        if trouble.token_refused:
            return [Finding("the access token is not accepted: log the bot in anew", True)]
        return [Finding(f"the homeserver cannot be reached or does not answer as it should ({trouble})", True)]
    finally:
        await client.close()


def _of_account(client: Client) -> Iterator[Finding]:
    yield Finding(f"the token is {client.user_id}'s", False)
    if not client.device_id:
        yield Finding("the token belongs to no device: log the bot in to get one that does", True)


def _of_keys(folder: Path, client: Client, encryption: bool | None) -> Iterator[Finding]:
    if encryption is False or not ENCRYPTION_INSTALLED:
        words = "cannot read encrypted rooms: install the extra e2e, pip install 'roundabout-bot[e2e]'"
        yield Finding("cannot read encrypted rooms, as configured" if encryption is False else words, bool(encryption))
    elif any(folder.glob(f"{client.user_id}_{client.device_id}.db")):
        yield Finding("reads encrypted rooms; its keys are there: back them up with the database", False)
    else:
        yield Finding("will read encrypted rooms; its keys are made at the first start", False)


async def _of_room(client: Client, address: str, joined: Sequence[object]) -> Finding:
    room = address.partition(":")[2]
    if room not in joined:
        return Finding(f"{address}: the bot is not there any more", True)
    encrypted = True
    try:
        await client.ask("GET", ["rooms", room, "state", "m.room.encryption"])
    except Trouble as trouble:
        if trouble.status != 404:
            raise
        encrypted = False
    members = await client.ask("GET", ["rooms", room, "joined_members"])
    number = len(mapping(members.get("joined"))) - 1
    return Finding(f"{address}: member, with {number} others; {'' if encrypted else 'not '}encrypted", False)
