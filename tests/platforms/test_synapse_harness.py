"""The homeserver of the tests is a real one: two people talk through it with the client the bot uses."""

import asyncio
from pathlib import Path

import nio
import pytest

from tests.platforms.synapse import Account, Synapse


def client(synapse: Synapse, account: Account) -> nio.AsyncClient:
    made = nio.AsyncClient(synapse.url, account.id, account.device)
    made.access_token, made.user_id = account.token, account.id
    return made


async def test_two_people_talk_and_a_restart_forgets_nothing(synapse: Synapse) -> None:
    ada, ben = client(synapse, synapse.user("Ada")), client(synapse, synapse.user("Ben"))
    try:
        made = await ada.room_create(invite=[ben.user_id])
        assert isinstance(made, nio.RoomCreateResponse)
        assert isinstance(await ben.join(made.room_id), nio.JoinResponse)
        words = {"msgtype": "m.text", "body": "Repair the pump"}
        said = await ada.room_send(made.room_id, "m.room.message", words, tx_id="once")
        await asyncio.to_thread(synapse.restart)
        again = await ada.room_send(made.room_id, "m.room.message", words, tx_id="once")
        assert said.event_id == again.event_id
        heard = await ben.sync(timeout=0, full_state=True)
        bodies = [event.body for event in heard.rooms.join[made.room_id].timeline.events
                  if isinstance(event, nio.RoomMessageText)]
        assert bodies == ["Repair the pump"]
    finally:
        await ada.close()
        await ben.close()


def test_a_second_device_is_the_same_person(synapse: Synapse) -> None:
    first = synapse.user("Ada")
    second = synapse.login(first)
    assert second.device != first.device
    assert synapse.ask("GET", "/_matrix/client/v3/account/whoami", token=second.token)["user_id"] == first.id
    assert synapse.login(first, second.device).device == second.device


def test_a_homeserver_that_cannot_start_says_why(tmp_path: Path) -> None:
    broken = Synapse(tmp_path, {"database": {"name": "no such engine"}})
    with pytest.raises(RuntimeError, match="no such engine"):
        broken.start()
