"""Is the token right, does the bot hear what it must, and may it speak in its rooms?"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import telegram
from telegram.constants import ChatMemberStatus
from telegram.error import BadRequest, Forbidden, InvalidToken, TelegramError

from adapters.telegram.transport import TOKEN, Transport

_SECONDS, _CONNECTIONS = 10.0, 4


@dataclass(frozen=True, slots=True)
class Finding:
    words: str
    wrong: bool


async def check(token: str, base_url: str, rooms: Sequence[str]) -> list[Finding]:
    """What Telegram says of the bot, and of its standing in these rooms (`telegram:-100…`)."""
    if not TOKEN.fullmatch(token):
        return [Finding("the token must look like 123456789:AAE…: copy it anew from BotFather", True)]
    transport = Transport(f"{base_url}{token}", seconds=_SECONDS, connections=_CONNECTIONS)
    try:
        bot = telegram.Bot(token, base_url=base_url, request=transport, get_updates_request=transport)
        me = await bot.get_me()
        return [*_of_bot(me), *[await _of_room(bot, me.id, room) for room in rooms]]
    except InvalidToken:
        return [Finding("the token is not accepted: copy it anew from BotFather", True)]
    except TelegramError as error:
        return [Finding(f"cannot be reached ({type(error).__name__})", True)]
    finally:
        await transport.shutdown()


def _of_bot(me: telegram.User) -> Iterator[Finding]:
    yield Finding(f"the token is @{me.username}'s", False)
    if not me.can_join_groups:
        yield Finding("the bot may not be added to groups: BotFather, /setjoingroups, Enable", True)
    hears = "hears every message in its groups" if me.can_read_all_group_messages else "hears commands and replies only"
    yield Finding(f"{hears}, which is enough", False)


async def _of_room(bot: telegram.Bot, me: int, room: str) -> Finding:
    try:
        member = await bot.get_chat_member(int(room.partition(":")[2]), me)
    except (BadRequest, Forbidden):
        return Finding(f"{room}: the bot is not there any more", True)
    if member.status in (ChatMemberStatus.ADMINISTRATOR, ChatMemberStatus.OWNER):
        return Finding(f"{room}: administrator; sees who comes and goes", False)
    may_write = getattr(member, "can_send_messages", True)
    if member.status in (ChatMemberStatus.LEFT, ChatMemberStatus.BANNED) or not may_write:
        return Finding(f"{room}: the bot may not write there", True)
    return Finding(f"{room}: member; as an administrator it would also see who comes and goes", False)
