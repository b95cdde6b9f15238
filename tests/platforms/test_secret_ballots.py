"""Secret ballots in private rooms on a real homeserver: an election and a recall, with receipts made again (§8)."""

from __future__ import annotations

import hashlib
import hmac
import re

from bot.store.verify import verify
from tests.platforms.contract import ConsolePeople, People
from tests.platforms.contract_encrypted import EncryptedPeople
from tests.platforms.contract_matrix import MatrixPeople
from tests.platforms.synapse import Synapse

OTHERS = ("ben", "cem", "dila", "eve", "fia")
FOUND = "/found Well preset=small quorum_min=1 round_window=24h vote_window=24h recall_window=24h"
LINE = re.compile(r"^([0-9a-f]{64}) (\S+)$", re.MULTILINE)


class Secretly:
    """What people in a room do in secret, and what they keep of it."""

    def __init__(self, well: People) -> None:
        self.well = well
        self.kept: dict[str, str] = {}
        """The receipts of the ballots that count, by voter."""

    def called(self, who: str) -> str:
        return self.well.person(who).id if isinstance(self.well, MatrixPeople) else f"@{who}"

    async def gives(self, who: str, line: str) -> str:
        """A ballot alone with the bot; the receipt is made again from the key and the ballot, by ourselves."""
        await self.well.whispers(who, line)
        return self.keeps(who)

    def keeps(self, who: str) -> str:
        told = self.well.is_told(who, "Keep this receipt")
        key, receipt = (found[1] for found in re.finditer(r"(?:key|receipt) ([0-9a-f]{32,64})", told))
        ballot = re.search(r"ballot as written (\S+)", told)
        assert ballot is not None
        assert hmac.new(bytes.fromhex(key), ballot[1].encode(), hashlib.sha256).hexdigest() == receipt
        self.kept[who] = receipt
        return receipt

    async def board(self, item: int, reader: str) -> list[tuple[str, str]]:
        """As one of them reads it, with a line for each of the names beneath."""
        await self.well.whispers(reader, f"/receipt {item}")
        told = self.well.is_told(reader, f"The board of {item}", f"{len(self.kept)} voted:")
        return LINE.findall(told)


async def elects_and_recalls(well: People) -> None:
    people = Secretly(well)
    await well.says("ada", FOUND)
    for one in OTHERS:
        await well.says(one, "/join")
    await well.says("ada", "/elect facilitator seats=1")
    for one in ("ada", "ben"):
        await well.says(one, "/stand 1")
    await well.says("ada", "/open 1")
    await well.says("cem", "/approve 1 @ben")
    well.hears("The ballot on 1 is secret")

    ada, ben = people.called("ada"), people.called("ben")
    first = await people.gives("cem", f"/approve 1 {ada}")
    assert await people.gives("cem", f"/approve 1 {ben}") != first, "another ballot has another key"
    for who, chosen in (("ada", ada), ("ben", ben), ("dila", ben), ("eve", f"{ada} {ben}"), ("fia", "none")):
        await people.gives(who, f"/approve 1 {chosen}")
    await well.waits("24h")
    well.hears("1 · Election: facilitator — closed", "6 of 6 gave a ballot", "ben 4", "ada 2")
    board = await people.board(1, "cem")
    assert [receipt for receipt, _ in board] == sorted(people.kept.values())
    assert first not in dict(board)
    assert well.item(1)["election"]["winners"] == [well.item(1)["election"]["holding"][0]]

    people.kept.clear()
    await well.says("ada", "/recall @ben facilitator never there")
    await well.says("cem", "/second 2")
    well.is_told("dila", "2 · Recall of", "Secret")
    await well.presses("dila", "Yes")  # type: ignore[attr-defined]
    people.keeps("dila")
    for who, choice in (("ada", "yes"), ("cem", "yes"), ("eve", "no"), ("fia", "abstain")):
        await people.gives(who, f"/vote 2 {choice}")
    await well.whispers("ben", "/vote 2 no")
    well.is_told("ben", "have no ballot in it")
    await well.waits("24h")
    well.hears("2 · Recall of", "adopted by vote", "3 yes, 1 no, 1 abstain")
    board = await people.board(2, "dila")
    assert [receipt for receipt, _ in board] == sorted(people.kept.values())
    assert sorted(ballot for _, ballot in board) == ["abstain", "no", "yes", "yes", "yes"]
    assert well.item(1)["election"]["holding"] == []
    assert well.item(2)["vote"]["answers"] == [], "nothing joins a voter to a ballot any more"
    assert verify(well.house.engine).wrong == ()


async def test_in_the_terminal() -> None:
    async with ConsolePeople.meet() as well:
        await elects_and_recalls(well)


async def test_in_private_rooms(synapse: Synapse) -> None:
    async with MatrixPeople.meet(synapse) as well:
        await elects_and_recalls(well)


async def test_in_encrypted_private_rooms(synapse: Synapse) -> None:
    """The homeserver has neither ballots nor keys."""
    async with EncryptedPeople.meet(synapse) as well:
        await elects_and_recalls(well)
        assert isinstance(well, EncryptedPeople)
        alone = [event for room in well._alone.values() for event in well.sealed(room)]
        assert len(alone) > 20
        assert {event["type"] for event in alone} == {"m.room.encrypted"}
