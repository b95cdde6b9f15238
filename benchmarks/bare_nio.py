"""A peer: matrix-nio as its documentation shows it. It stores nothing and says again what it hears.

`python -m benchmarks.bare_nio URL USER DEVICE TOKEN` runs until it is stopped.
"""

import asyncio
import sys

import nio


async def run(url: str, user: str, device: str, token: str) -> None:
    client = nio.AsyncClient(url, user, device)
    client.restore_login(user, device, token)

    async def join(room: nio.MatrixInvitedRoom, _: nio.InviteMemberEvent) -> None:
        await client.join(room.room_id)

    async def echo(room: nio.MatrixRoom, event: nio.RoomMessageText) -> None:
        if event.sender != user:
            replied = {"m.relates_to": {"m.in_reply_to": {"event_id": event.event_id}}}
            await client.room_send(
                room.room_id, "m.room.message", {"msgtype": "m.notice", "body": event.body} | replied
            )

    await client.sync(timeout=0, full_state=True)
    for invited in list(client.invited_rooms):
        await client.join(invited)
    client.add_event_callback(join, nio.InviteMemberEvent)
    client.add_event_callback(echo, nio.RoomMessageText)
    await client.sync_forever(timeout=30_000)


if __name__ == "__main__":
    asyncio.run(run(*sys.argv[1:]))
