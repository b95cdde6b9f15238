"""The Telegram double against python-telegram-bot's own client: shapes that parse, rules as strict as the real."""

import asyncio
import datetime as dt
import json
import subprocess
import sys
import urllib.error
import urllib.request
from collections.abc import AsyncIterator, Iterator

import aiohttp
import pytest
import telegram
from telegram.error import (
    BadRequest,
    ChatMigrated,
    Conflict,
    Forbidden,
    InvalidToken,
    NetworkError,
    RetryAfter,
    TelegramError,
)
from telegram.request import HTTPXRequest

from tests.platforms.telegram_double import ApiError, Clock, Double, Fault, Limits

ALL = ["message", "edited_message", "callback_query", "my_chat_member", "chat_member"]
YES_NO = telegram.InlineKeyboardMarkup([[
    telegram.InlineKeyboardButton("Yes", callback_data="v1:yes"),
    telegram.InlineKeyboardButton("No", callback_data="v1:no"),
]])


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
async def double(clock: Clock) -> AsyncIterator[Double]:
    async with Double(now=clock) as double:
        yield double


@pytest.fixture
async def bot(double: Double, monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[telegram.Bot]:
    monkeypatch.setenv("PTB_TIMEDELTA", "1")
    async with telegram.Bot(double.token, base_url=double.base_url) as bot:
        yield bot


# ---- shapes


async def test_every_kind_of_update_parses(double: Double, bot: telegram.Bot) -> None:
    """What people do comes as real updates, each with its own members."""
    await bot.get_updates(allowed_updates=ALL)
    ada, ben = double.person("Ada", last_name="Berg"), double.person("Ben", username=None)
    well = double.supergroup("Well", admin=True)
    card = await bot.send_message(well.id, "A card", reply_markup=YES_NO)
    words = ada.says(well, "/recall@roundabout_bot Ben @cem #water", mentions=[ben], reply_to=well.last)
    ada.edits(words, "/recall")
    ada.taps(well.last, "Yes")
    ben.joins(well)
    ada.kicks(ben, well)
    updates = await bot.get_updates()
    kinds = [next(kind for kind in update.to_dict() if kind != "update_id") for update in updates]
    assert kinds == [
        "my_chat_member", "message", "message", "edited_message", "callback_query",
        "message", "chat_member", "message", "chat_member",
    ]
    said, tap, kick = updates[2].message, updates[4].callback_query, updates[8].chat_member
    assert [entity.type for entity in said.entities] == ["bot_command", "text_mention", "mention", "hashtag"]
    assert said.parse_entity(said.entities[1]) == "Ben"
    assert said.reply_to_message.message_id == card.message_id
    assert said.date == dt.datetime(2027, 1, 1, tzinfo=dt.UTC)
    assert (tap.data, tap.from_user.full_name, tap.message.text) == ("v1:yes", "Ada Berg", "A card")
    assert (kick.from_user.id, kick.new_chat_member.status) == (ada.id, "kicked")


async def test_those_who_hide_look_as_they_do(double: Double, bot: telegram.Bot) -> None:
    """Anonymous administrators, people as channels and linked channels have Telegram's fixed accounts."""
    well, news = double.supergroup("Well", admin=True), double.channel("News")
    well.anonymous_says("/a")
    well.channel_says("/b", news)
    well.linked_channel_says("/c", news)
    messages = [update.message for update in await bot.get_updates() if update.message]
    found = [(message.from_user.id, message.sender_chat.id) for message in messages[1:]]
    assert found == [(1087968824, well.id), (136817688, news.id), (777000, news.id)]


async def test_a_topic_has_its_thread(double: Double, bot: telegram.Bot) -> None:
    """In a forum what answers nothing answers the topic; elsewhere a chain of replies has an id and is no topic."""
    ada = double.person("Ada")
    forum, well = double.supergroup("Forum", forum=True), double.supergroup("Well")
    water = forum.topic("Water")
    ada.says(forum, "/a", thread=water)
    ada.says(well, "/c", reply_to=ada.says(well, "/b"))
    messages = [update.message for update in await bot.get_updates() if update.message and update.message.text]
    topical, first, chained = messages
    assert (topical.is_topic_message, topical.message_thread_id) == (True, water)
    assert topical.reply_to_message.forum_topic_created.name == "Water"
    assert (chained.is_topic_message, chained.message_thread_id) == (None, first.message_id)
    await bot.send_message(forum.id, "here", message_thread_id=water)
    assert forum.last.thread == water
    for chat in (forum, well):
        with pytest.raises(BadRequest, match="Message thread not found"):
            await bot.send_message(chat.id, "there", message_thread_id=77)


async def test_a_group_moves(double: Double, bot: telegram.Bot) -> None:
    """Both sides tell; the old address answers with the new one; old messages stay behind."""
    well = double.group("Well")
    card = await bot.send_message(well.id, "A card")
    new = well.migrates()
    moved = [update.message for update in await bot.get_updates() if update.message][1:]
    assert [message.migrate_to_chat_id for message in moved] == [new.id, None]
    assert [message.migrate_from_chat_id for message in moved] == [None, well.id]
    with pytest.raises(ChatMigrated) as refused:
        await bot.send_message(well.id, "hello")
    assert refused.value.new_chat_id == new.id
    with pytest.raises(BadRequest, match="Message to edit not found"):
        await bot.edit_message_text("hello", new.id, card.message_id)


async def test_the_bot_can_look_around(double: Double, bot: telegram.Bot) -> None:
    """getMe, getChat and getChatMember answer; people are shown only to an administrator."""
    ada, well = double.person("Ada"), double.supergroup("Well")
    well.adds(ada)
    assert (bot.username, bot.can_read_all_group_messages) == ("roundabout_bot", False)
    assert (await bot.get_chat(well.id)).title == "Well"
    assert (await bot.get_chat_member(well.id, bot.id)).status == "member"
    with pytest.raises(BadRequest, match="Member list is inaccessible"):
        await bot.get_chat_member(well.id, ada.id)
    well.promotes_bot(ada)
    assert (await bot.get_chat_member(well.id, bot.id)).status == "administrator"
    assert (await bot.get_chat_member(well.id, ada.id)).status == "member"
    with pytest.raises(BadRequest, match="user_id"):
        await bot.get_chat_member(well.id, 5)
    await bot.leave_chat(well.id)
    assert well.bot_status == "left"


@pytest.mark.parametrize(("said", "privacy", "heard"), [
    ("hello", True, False), ("hello", False, True), ("/join", True, True), ("/join@roundabout_bot", True, True),
    ("/join@other_bot", True, False), ("hello @Roundabout_Bot", True, True),
])
async def test_privacy_mode_hides_chatter(
    double: Double, bot: telegram.Bot, said: str, privacy: bool, heard: bool
) -> None:
    """A bot that is no administrator reads commands, replies to itself and mentions."""
    double.privacy = privacy
    double.person("Ada").says(double.group("Well"), said)
    texts = [update.message.text for update in await bot.get_updates() if update.message]
    assert (said in texts) is heard


# ---- updates


async def test_updates_come_again_until_the_offset_passes_them(double: Double, bot: telegram.Bot) -> None:
    """Asking is not confirming; only a higher offset is."""
    ada = double.person("Ada")
    for text in ("one", "two", "three"):
        ada.writes(text)
    first = await bot.get_updates(limit=2)
    again = await bot.get_updates(limit=2)
    assert [update.update_id for update in first] == [update.update_id for update in again]
    rest = await bot.get_updates(offset=first[-1].update_id + 1)
    assert [update.message.text for update in rest] == ["three"]
    last = await bot.get_updates(offset=-1)
    assert [update.message.text for update in last] == ["three"]
    assert await bot.get_updates(offset=rest[-1].update_id + 1) == ()


async def test_an_offset_from_the_future_is_none(double: Double, bot: telegram.Bot) -> None:
    """After a quiet week numbers start anew, and a bot with an old offset still hears."""
    ada = double.person("Ada")
    ada.writes("one")
    old = (await bot.get_updates())[-1].update_id + 1
    double.forgets_a_week()
    ada.writes("two")
    assert [update.message.text for update in await bot.get_updates(offset=old)] == ["two"]


async def test_wishes_for_updates_stick(double: Double, bot: telegram.Bot) -> None:
    """The default leaves chat_member out; a wish holds for later polls, and not for what came before it."""
    ada, well = double.person("Ada"), double.supergroup("Well", admin=True)
    ada.joins(well)
    updates = await bot.get_updates(allowed_updates=["chat_member"])
    assert [update.chat_member for update in updates] == [None] * len(updates)
    await bot.get_updates(offset=updates[-1].update_id + 1)
    ada.leaves(well)
    (update,) = await bot.get_updates()
    assert update.chat_member.new_chat_member.status == "left"
    await bot.get_updates(offset=update.update_id + 1, allowed_updates=[])
    ada.joins(well)
    (update,) = await bot.get_updates()
    assert update.message.new_chat_members[0].id == ada.id


async def test_old_updates_vanish(double: Double, bot: telegram.Bot, clock: Clock) -> None:
    """A tap lives 150 seconds, words a day."""
    ada, well = double.person("Ada"), double.group("Well")
    await bot.send_message(well.id, "A card", reply_markup=YES_NO)
    await bot.get_updates(offset=double._last_update + 1)
    ada.taps(well.last, "Yes")
    ada.writes("hello")
    clock.advance(149)
    assert len(await bot.get_updates()) == 2
    clock.advance(1)
    (update,) = await bot.get_updates()
    assert update.message.text == "hello"
    clock.advance(24 * 3600)
    assert await bot.get_updates() == ()


async def test_a_long_poll_ends_with_the_first_update(double: Double, bot: telegram.Bot) -> None:
    """It waits on the machine's own clock, and comes home when somebody speaks."""
    poll = asyncio.create_task(bot.get_updates(timeout=10))
    await double.until(lambda: double.polling)
    double.person("Ada").writes("hello")
    assert len(await asyncio.wait_for(poll, 2)) == 1


async def test_a_second_poller_sends_the_first_one_home(double: Double, bot: telegram.Bot) -> None:
    """409 to the one that waited; the same to whoever polls beside a webhook."""
    request = HTTPXRequest(connection_pool_size=2)
    async with telegram.Bot(double.token, base_url=double.base_url, get_updates_request=request) as other:
        poll = asyncio.create_task(bot.get_updates(timeout=10))
        await double.until(lambda: double.polling)
        await other.get_updates()
        with pytest.raises(Conflict, match="terminated by other getUpdates request"):
            await poll
    await bot.set_webhook("https://127.0.0.1/hook")
    with pytest.raises(Conflict, match="webhook is active"):
        await bot.get_updates()


# ---- refusals


async def test_a_wrong_token_and_an_unknown_method(double: Double, bot: telegram.Bot) -> None:
    """401 and 404; the second fails the test that provoked it."""
    wrong = telegram.Bot("4242:wrong", base_url=double.base_url)
    with pytest.raises(InvalidToken):
        await wrong.initialize()
    await wrong.shutdown()
    with pytest.raises(InvalidToken, match="Not Found"):
        await bot.send_dice(1)
    with pytest.raises(AssertionError, match="sendDice"):
        double.check()
    double.unmodelled.clear()


async def test_refusals_have_the_servers_own_words(double: Double, bot: telegram.Bot) -> None:
    """Bots can only tell them apart by these."""
    ada, ben = double.person("Ada"), double.person("Ben")
    well, lost = double.group("Well"), double.supergroup("Lost")
    card = await bot.send_message(well.id, "A <card>", reply_markup=YES_NO)
    theirs = ada.says(well, "/mine")
    lost.removes_bot(ada)
    ada.blocks_bot()
    left = double.supergroup("Left")
    await bot.leave_chat(left.id)
    long_data = telegram.InlineKeyboardMarkup([[telegram.InlineKeyboardButton("Yes", callback_data="ü" * 33)]])
    mine = card.message_id
    refusals = [
        (bot.edit_message_text("A <card>", well.id, mine, reply_markup=YES_NO), "Message is not modified: specified"),
        (bot.edit_message_text("x", well.id, 999), "Message to edit not found"),
        (bot.edit_message_text("x", well.id, theirs.id), "Message can't be edited"),
        (bot.edit_message_reply_markup(well.id, mine, reply_markup=long_data), "Button_data_invalid"),
        (bot.edit_message_text("x" * 4097, well.id, mine), "Message_too_long"),
        (bot.send_message(well.id, "x" * 4097), "Message is too long"),
        (bot.send_message(well.id, " \n"), "Message text is empty"),
        (bot.send_message(-1, "x"), "Chat not found"),
        (bot.send_message(well.id, "x", reply_to_message_id=999), "Message to be replied not found"),
        (bot.send_message(ada.id, "x"), "Forbidden: bot was blocked by the user"),
        (bot.send_message(ben.id, "x"), "Forbidden: bot can't initiate conversation with a user"),
        (bot.send_message(lost.id, "x"), "Forbidden: bot was kicked from the supergroup chat"),
        (bot.send_message(left.id, "x"), "Forbidden: bot is not a member of the supergroup chat"),
        (bot.answer_callback_query("77"), "Query is too old and response timeout expired or query id is invalid"),
        (bot.set_message_reaction(well.id, 999, "👍"), "Message to react not found"),
        (bot.set_message_reaction(well.id, mine, "🥕"), "Reaction_invalid"),
        (bot.set_my_commands([("Große", "x")]), "Bot_command_invalid"),
        (bot.set_my_commands([("help", "x" * 257)]), "Bot_command_description_invalid"),
        (bot.get_my_commands(language_code="english"), "Invalid language code specified"),
        (bot.set_webhook("http://example.org/"), "Bad webhook: an https url must be provided for webhook"),
    ]
    for call, words in refusals:
        with pytest.raises(TelegramError) as refused:
            await call
        assert refused.value.message.startswith(words)
        assert isinstance(refused.value, Forbidden if words.startswith("Forbidden") else BadRequest)


@pytest.mark.parametrize(("source", "words"), [
    ("a <x>b</x>", 'Unsupported start tag "x" at byte offset 2'),
    ("ж < 5", 'Unsupported start tag "" at byte offset 3'),
    ("<b>a", 'Can\'t find end tag corresponding to start tag "b"'),
    ("<b><i>a</b></i>", 'Unmatched end tag at byte offset 7, expected "</i>", found "</b>"'),
    ("a</b>", "Unexpected end tag at byte offset 1"),
    ("a <b", "Unclosed start tag at byte offset 2"),
    ("<b>a</b", "Unclosed end tag at byte offset 4"),
])
async def test_broken_markup_is_refused(double: Double, bot: telegram.Bot, source: str, words: str) -> None:
    """The server says what is wrong and where, in bytes."""
    with pytest.raises(BadRequest) as refused:
        await bot.send_message(double.group("Well").id, source, parse_mode="HTML")
    assert refused.value.message.lower() == f"can't parse entities: {words}".lower()


async def test_markup_becomes_entities(double: Double, bot: telegram.Bot) -> None:
    """Counted in UTF-16, ends trimmed, references resolved; the limit counts what is left of it."""
    ada, well = double.person("Ada"), double.group("Well")
    source = (
        f"  🌊 <b>bold <i>both</i></b> <a href='tg://user?id={ada.id}'>Ada</a> <a href=\"https://x.org\">x</a> "
        "&lt;b&gt; &amp;amp; &#1078; &nbsp; <span class='tg-spoiler'>s</span><code>/no</code> /yes "
        "<blockquote expandable>q</blockquote><a href='tg://user?id=5'>nobody</a>\n"
    )
    message = await bot.send_message(well.id, source, parse_mode="HTML")
    assert message.text == "🌊 bold both Ada x <b> &amp; ж &nbsp; s/no /yes qnobody"
    found = {entity.type: text for entity, text in message.parse_entities().items()}
    assert found == {
        "bold": "bold both", "italic": "both", "text_mention": "Ada", "text_link": "x", "spoiler": "s",
        "code": "/no", "bot_command": "/yes", "expandable_blockquote": "q",
    }
    long = await bot.send_message(well.id, f"<b>{'&lt;' * 4096}</b>", parse_mode="HTML")
    assert len(long.text) == 4096


async def test_a_chat_that_is_told_too_much_has_to_rest(double: Double, bot: telegram.Bot, clock: Clock) -> None:
    """Twenty a minute in a group, about one a second in private, sends and edits together; answers are free."""
    ada, well = double.person("Ada"), double.group("Well")
    ada.starts()
    card = await bot.send_message(well.id, "0", reply_markup=YES_NO)
    for number in range(1, 20):
        clock.advance(1)
        await bot.edit_message_text(str(number), well.id, card.message_id, reply_markup=YES_NO)
    for _ in range(2):
        with pytest.raises(RetryAfter) as refused:
            await bot.send_message(well.id, "x")
        assert refused.value.retry_after == dt.timedelta(seconds=41)
    tap = ada.taps(well.last, "Yes")
    await bot.get_updates()
    await bot.answer_callback_query(tap.id, "Recorded", show_alert=True)
    assert (tap.text, tap.alert) == ("Recorded", True)
    clock.advance(41)
    await bot.send_message(well.id, "x")
    for number in range(3):
        await bot.send_message(ada.id, str(number))
    with pytest.raises(RetryAfter):
        await bot.send_message(ada.id, "3")
    clock.advance(3)
    await bot.send_message(ada.id, "3")


async def test_all_chats_together_have_a_limit(double: Double, bot: telegram.Bot) -> None:
    """Thirty a second over everything."""
    double.limits = Limits(overall_per_second=2)
    for title in ("One", "Two"):
        await bot.send_message(double.group(title).id, "x")
    with pytest.raises(RetryAfter):
        await bot.send_message(double.group("Three").id, "x")


async def test_an_answer_comes_within_seconds_or_not_at_all(
    double: Double, bot: telegram.Bot, clock: Clock
) -> None:
    """Counted from the delivery; its text has 200 characters."""
    ada, well = double.person("Ada"), double.group("Well")
    await bot.send_message(well.id, "A card", reply_markup=YES_NO)
    tap = ada.taps(well.last, "No")
    clock.advance(100)
    await bot.get_updates()
    with pytest.raises(BadRequest, match="Message_too_long"):
        await bot.answer_callback_query(tap.id, "x" * 201)
    await bot.answer_callback_query(tap.id, "x" * 200)
    clock.advance(16)
    with pytest.raises(BadRequest, match="Query is too old"):
        await bot.answer_callback_query(tap.id)


async def test_menus_are_kept_by_scope_and_language(double: Double, bot: telegram.Bot) -> None:
    """Each has its own list; deleting one leaves the others."""
    groups = telegram.BotCommandScopeAllGroupChats()
    await bot.set_my_commands([("help", "what can be done")], groups)
    await bot.set_my_commands([("help", "que faire")], groups, "fr")
    await bot.delete_my_commands(groups)
    assert await bot.get_my_commands(groups) == ()
    assert [command.description for command in await bot.get_my_commands(groups, "fr")] == ["que faire"]


# ---- trouble on purpose


@pytest.mark.parametrize(("fault", "error", "done"), [
    (Fault.ERROR, NetworkError, 0), (Fault.GATEWAY, NetworkError, 0), (Fault.DROP, NetworkError, 0),
    (Fault.DROP_AFTER, NetworkError, 1), (Fault.GARBAGE, TelegramError, 1),
    (ApiError(403, "Forbidden: for a test"), Forbidden, 0),
])
async def test_faults_happen_when_told(
    double: Double, bot: telegram.Bot, fault: Fault | ApiError, error: type[TelegramError], done: int
) -> None:
    """Once, on the method they were meant for, before or after it is done."""
    well = double.group("Well")
    double.fails("sendMessage", fault)
    await bot.get_me()
    with pytest.raises(error):
        await bot.send_message(well.id, "hello")
    assert len(well.sent) == done
    await bot.send_message(well.id, "hello")


async def test_every_response_can_be_late(double: Double, bot: telegram.Bot) -> None:
    """Twenty milliseconds, say; the fast way of answers is as late as the others."""
    double.delay = 0.02
    loop = asyncio.get_running_loop()
    ada, well = double.person("Ada"), double.group("Well")
    await bot.send_message(well.id, "A card", reply_markup=YES_NO)
    tap = ada.taps(well.last, "No")
    await bot.get_updates()
    async with aiohttp.ClientSession() as session:
        begun = loop.time()
        address = f"{double.base_url}{double.token}/answerCallbackQuery"
        async with session.post(address, json={"callback_query_id": tap.id, "text": "fast"}) as response:
            assert (await response.json())["ok"]
    assert loop.time() - begun >= 0.02
    assert (tap.text, len(double.called("answerCallbackQuery"))) == ("fast", 1)


# ---- the webhook


async def test_a_webhook_gets_updates_until_it_takes_them(double: Double, bot: telegram.Bot) -> None:
    """With the secret, again after a failure; a method in its answer is carried out."""
    got: list[tuple[str | None, int]] = []

    async def serve(request: aiohttp.web.BaseRequest) -> aiohttp.web.Response:
        update = telegram.Update.de_json(await request.json(), bot)
        got.append((request.headers.get("X-Telegram-Bot-Api-Secret-Token"), update.update_id))
        if len(got) < 3:
            return aiohttp.web.Response(status=500)
        wish = {"method": "sendMessage", "chat_id": update.message.chat.id, "text": "taken"}
        return aiohttp.web.json_response(wish)

    runner = aiohttp.web.ServerRunner(aiohttp.web.Server(serve))
    await runner.setup()
    await aiohttp.web.TCPSite(runner, "127.0.0.1", 0).start()
    url = f"http://127.0.0.1:{runner.addresses[0][1]}/hook"
    await bot.set_webhook(url, secret_token="word", allowed_updates=ALL, max_connections=5)
    ada = double.person("Ada")
    ada.writes("hello")
    await double.until(lambda: ada.chat.texts == ["taken"])
    info = await bot.get_webhook_info()
    await bot.delete_webhook()
    await runner.cleanup()
    assert got == [("word", double._last_update)] * 3
    assert (info.url, info.pending_update_count, info.max_connections) == (url, 0, 5)
    assert info.last_error_message == "Wrong response from the webhook: 500"
    assert double.webhook is None


# ---- a process of its own


@pytest.fixture
def remote() -> Iterator[str]:
    """The address of a double in another process."""
    command = [sys.executable, "-m", "tests.platforms.telegram_double", "--no-limits", "--no-privacy"]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        assert process.stdin is not None
        yield process.stdout.readline().strip()
        process.stdin.close()
        assert process.wait(5) == 0


def control(url: str, name: str, **wishes: object) -> object:
    request = urllib.request.Request(f"{url}/control/{name}", json.dumps(wishes).encode())
    with urllib.request.urlopen(request) as response:
        return json.load(response)


async def test_another_process_plays_people_through_the_control_door(remote: str) -> None:
    """Groups, words, taps, floods and faults by HTTP; journal, messages and toasts back."""
    def ask(name: str, **wishes: object) -> object:
        return control(remote, name, **wishes)

    async with telegram.Bot(Double().token, base_url=f"{remote}/bot") as bot:
        chat = ask("group", title="Well")["chat"]
        ask("starts", person="Ada", payload="join")
        ask("says", person="Ada", text="hello", chat="Well")
        texts = [update.message.text for update in await bot.get_updates() if update.message]
        assert texts == [None, "/start join", "hello"]
        await bot.send_message(chat, "A card", reply_markup=YES_NO)
        assert ask("sent", chat="Well")[0]["buttons"] == [["Yes", "v1:yes"], ["No", "v1:no"]]
        tap = ask("taps", person="Ada", label="No", chat="Well")["tap"]
        await bot.get_updates()
        await bot.answer_callback_query(tap, "Recorded")
        assert ask("tap", tap=tap) == {"answers": 1, "text": "Recorded", "alert": False, "data": "v1:no"}
        ask("fault", method="getMe", fault="error")
        with pytest.raises(NetworkError):
            await bot.get_me()
        ask("recovers")
        ask("update", members={"poll": 1})
        await bot.get_updates(offset=ask("update", members={"message": {}})["update_id"] + 1)
        ask("flood", chat="Well", labels=["Yes", "No"], people=3, count=150, rate=100_000)
        ask("settings", delay=0.001)
        offset = 0
        while ask("stats")["answered"] < 150:
            for update in await bot.get_updates(offset=offset, timeout=1):
                offset = update.update_id + 1
                await update.callback_query.answer(update.callback_query.data)
        stats = ask("stats")
        assert (stats["queued"] <= 100, stats["calls"]["answerCallbackQuery"]) == (True, 150)
        assert 0 < stats["answer_p50"] <= stats["tap_p99"] <= stats["seconds"] + 1
        assert ask("toasts") == {"v1:yes": 75, "v1:no": 75}
        assert ask("journal", method="answerCallbackQuery", last=1)[0]["code"] == 200
    with pytest.raises(urllib.error.HTTPError, match="400"):
        ask("nothing_of_the_kind")
