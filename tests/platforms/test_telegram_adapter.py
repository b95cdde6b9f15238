"""The Telegram adapter over real HTTP against the double: what it hears, says, survives and keeps to itself."""

import asyncio
import json
import logging
import traceback
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from contextlib import asynccontextmanager
from dataclasses import replace

import pytest
from aiohttp import web

from adapters.port import (
    AdapterFailed,
    Admission,
    Answer,
    Batch,
    Button,
    Event,
    Heard,
    Lane,
    Menu,
    Moved,
    Nobody,
    Outcome,
    Presence,
    Saying,
    Speaker,
    Spoiled,
    mention,
)
from adapters.telegram import NotListening, TelegramAdapter, Webhook, WrongSecret
from tests.platforms.telegram_double import ApiError, Chat, Clock, Double, Fault, Limits
from tests.platforms.telegram_people import membership

BUTTONS = ((Button("Agree", "v1:1:1:1:agree"), Button("Block", "v1:1:1:1:block")),)
SECRET = "a-secret_word"
RIGHTS = [
    *(f"can_send_{kind}" for kind in ("messages", "audios", "documents", "photos", "videos", "video_notes",
                                      "voice_notes", "polls", "other_messages")),
    "can_add_web_page_previews", "can_change_info", "can_invite_users", "can_pin_messages", "can_manage_topics",
    "can_edit_tag", "can_react_to_messages",
]


class Clerk:
    """Takes batches in as the service would: keeps them, or fails, and says what goes back."""

    def __init__(self) -> None:
        self.offered: list[Batch] = []
        self.batches: list[Batch] = []
        self.replies: Callable[[Heard], Answer | None] = lambda heard: None
        self.failures = 0
        self.gate: asyncio.Event | None = None

    async def __call__(self, batch: Batch) -> Sequence[Answer]:
        self.offered.append(batch)
        if self.gate is not None:
            await self.gate.wait()
        if self.failures:
            self.failures -= 1
            raise OSError("no space left for 'the secret words'")
        self.batches.append(batch)
        answers = (self.replies(event) for event in batch.events if isinstance(event, Heard))
        return [answer for answer in answers if answer is not None]

    def all(self, kind: type[Event] = Heard) -> list:
        return [event for batch in self.batches for event in batch.events if isinstance(event, kind)]


class Naps:
    """Sleep that moves the double's clock instead of lasting."""

    def __init__(self, clock: Clock) -> None:
        self.clock, self.seconds = clock, []

    async def __call__(self, seconds: float) -> None:
        self.seconds.append(seconds)
        self.clock.advance(seconds)
        await asyncio.sleep(0.001)


class Table:
    """A double, a clerk, and bots at it."""

    def __init__(self, double: Double, clock: Clock) -> None:
        self.double, self.clock, self.clerk, self.naps = double, clock, Clerk(), Naps(clock)

    def bot(self, **options) -> TelegramAdapter:
        settings = {"now": self.clock, "sleep": self.naps, "base_url": self.double.base_url}
        return TelegramAdapter(**{"token": self.double.token} | settings | options)

    @asynccontextmanager
    async def listening(self, cursor: str | None = None, **options) -> AsyncIterator[TelegramAdapter]:
        bot = self.bot(**options)
        listening = asyncio.create_task(bot.listen(cursor, self.clerk))
        here = asyncio.current_task()
        # a bot that fails ends the test at once
        listening.add_done_callback(lambda task: task.cancelled() or task.exception() is None or here.cancel())
        try:
            yield bot
        except asyncio.CancelledError:
            if not listening.done():
                raise
        finally:
            await bot.stop()
            await asyncio.wait_for(listening, 2)

    async def failure(self, **options) -> AdapterFailed:
        """What ends a bot that cannot work."""
        with pytest.raises(AdapterFailed) as failed:
            async with self.listening(**options):
                await asyncio.Event().wait()
        return failed.value

    async def hears(self, kind: type[Event] = Heard, count: int = 1) -> list:
        return await self.double.until(lambda: len(self.clerk.all(kind)) >= count and self.clerk.all(kind))


@pytest.fixture
async def table() -> AsyncIterator[Table]:
    clock = Clock()
    async with Double(now=clock) as double:
        yield Table(double, clock)


@pytest.fixture
def double(table: Table) -> Double:
    return table.double


def saying(chat: Chat, text: str, **more) -> Saying:
    return Saying(f"key of {text[:30]}", f"telegram:{chat.id}", text, Lane.RESULT, **more)


def words_of(heard: Heard) -> Answer:
    return Answer(heard, text=f"You said {heard.text}")


# ---- what is heard


async def test_words_in_a_group_are_heard_with_who_where_and_when(table: Table, double: Double) -> None:
    """A message becomes Heard with its room, speaker, instant and a cause of its own."""
    ada = double.person("Ada", last_name="Berg", language_code="fr")
    well = double.supergroup("Well")
    async with table.listening():
        message = ada.says(well, "/propose Repair the pump\nBefore winter.")
        (heard,) = await table.hears()
    assert heard == Heard(
        cause=f"telegram:4242:{double._last_update}",
        at=table.clock(),
        room=f"telegram:{well.id}",
        private=False,
        speaker=Speaker(f"telegram:{ada.id}", "Ada Berg", "ada", "fr"),
        text="/propose Repair the pump\nBefore winter.",
        handle=str(message.id),
        room_title="Well",
    )


async def test_a_tap_is_heard_and_answered_by_a_toast(table: Table, double: Double) -> None:
    """The payload comes in as pressed, the toast goes out after take returned."""
    ada, well = double.person("Ada"), double.group("Well")
    table.clerk.replies = lambda heard: Answer(heard, "Recorded: agree (8f3a21c0).") if heard.tap else None
    async with table.listening() as bot:
        sent = await bot.say(saying(well, "A card", buttons=BUTTONS))
        tap = ada.taps(well.last, "Agree")
        await double.until(lambda: tap.answers)
    (heard,) = table.clerk.all()
    assert (heard.tap, heard.text, heard.reply_to) == ("v1:1:1:1:agree", "", sent.message)
    assert (heard.handle, heard.speaker.account) == (tap.id, f"telegram:{ada.id}")
    assert (tap.text, tap.alert) == ("Recorded: agree (8f3a21c0).", False)


async def test_a_refused_tap_must_be_closed_by_hand(table: Table, double: Double) -> None:
    """A long refusal is cut to what a toast holds, and shown as an alert."""
    ada, well = double.person("Ada"), double.group("Well")
    table.clerk.replies = lambda heard: Answer(heard, "no " * 100, alert=True)
    async with table.listening() as bot:
        await bot.say(saying(well, "A card", buttons=BUTTONS))
        tap = ada.taps(well.last, "v1:forged")
        await double.until(lambda: tap.answers)
    assert (len(tap.text), tap.text[-1], tap.alert) == (200, "…", True)


async def test_a_deep_link_opens_the_private_chat(table: Table, double: Double) -> None:
    """Start with a payload is heard in private; the link that does it is known once the bot knows its name."""
    ada = double.person("Ada")
    assert table.bot().private_link("join") is None
    async with table.listening() as bot:
        ada.starts("join-12")
        (heard,) = await table.hears()
        assert (heard.text, heard.private, heard.room) == ("/start join-12", True, f"telegram:{ada.id}")
        assert bot.private_link("join-12") == "https://t.me/roundabout_bot?start=join-12"


@pytest.mark.parametrize(("said", "heard", "addressed"), [
    ("/agree@Roundabout_Bot 12", "/agree 12", True),
    ("/agree 12", "/agree 12", False),
    ("!agree@roundabout_bot 12", "!agree 12", True),
    ("@roundabout_bot: /agree 12", "/agree 12", True),
    ("@roundabout_bot", "@roundabout_bot", True),
    ("thanks @ROUNDABOUT_BOT", "thanks @ROUNDABOUT_BOT", True),
    ("@roundabout_bots are many", "@roundabout_bots are many", False),
    ("line\r\nend\x02\x07", "line\nend", False),
    ("/agree@other_bot 12", None, False),
])
async def test_the_bots_own_name_is_understood(table: Table, double: Double, said, heard, addressed) -> None:
    """`/verb@bot` is the verb, a mention calls the bot, a command for another bot is not for us."""
    double.privacy = False
    ada, well = double.person("Ada"), double.group("Well")
    async with table.listening():
        ada.says(well, said)
        ada.says(well, "the end")
        await double.until(lambda: [event for event in table.clerk.all() if event.text == "the end"])
    found = [(event.text, event.addressed) for event in table.clerk.all()]
    assert found == [*([(heard, addressed)] if heard is not None else []), ("the end", False)]


async def test_an_edit_is_marked_as_one(table: Table, double: Double) -> None:
    """An edited message has the handle of the first one and is marked."""
    ada, well = double.person("Ada"), double.group("Well")
    async with table.listening():
        message = ada.says(well, "/vote 1 yes")
        ada.edits(message, "/vote 1 no")
        first, second = await table.hears(count=2)
    assert (first.edited, second.edited) == (False, True)
    assert (second.text, second.handle) == ("/vote 1 no", first.handle)


async def test_who_hides_is_nobody(table: Table, double: Double) -> None:
    """Anonymous administrators, channels, linked channels and other bots are no persons (§2.5)."""
    well = double.supergroup("Well", admin=True)
    news = double.channel("News")
    async with table.listening():
        well.anonymous_says("/join")
        well.channel_says("/join", news)
        well.linked_channel_says("/join", news)
        well.post({"id": 9, "is_bot": True, "first_name": "Other"}, {"text": "/join"})
        heard = await table.hears(count=4)
    assert [event.speaker for event in heard] == [
        Nobody.ANONYMOUS_ADMIN, Nobody.CHANNEL, Nobody.SERVICE, Nobody.SERVICE,
    ]


async def test_mentions_and_replies_name_people(table: Table, double: Double) -> None:
    """A person without a username is mentioned as such, and found in the text though it counts in UTF-16."""
    ada, well = double.person("Ada"), double.supergroup("Well")
    deniz = double.person("Deniz", username=None)
    async with table.listening() as bot:
        words = deniz.says(well, "/report done")
        ada.says(well, "/recall@roundabout_bot 🌊 Deniz Valley", mentions=[deniz], reply_to=words)
        await bot.say(saying(well, "A card"))
        ada.says(well, "why?", reply_to=well.last)
        _, recall, why = await table.hears(count=3)
    assert recall.mentions == (Speaker(f"telegram:{deniz.id}", "Deniz", None, "en"),)
    assert [recall.text[start:end] for start, end in recall.spans] == ["Deniz"]
    assert recall.replied_speaker == recall.mentions[0]
    assert recall.reply_to == str(words.id)
    assert (why.replied_speaker, why.reply_to) == (None, str(well.last.id))


async def test_a_topic_is_a_thread_and_its_first_message_no_reply(table: Table, double: Double) -> None:
    """Words in a topic carry the thread and are answered in it; a chain of replies elsewhere is no thread."""
    ada, forum, well = double.person("Ada"), double.supergroup("Forum", forum=True), double.supergroup("Well")
    water = forum.topic("Water")
    table.clerk.replies = words_of
    async with table.listening():
        ada.says(forum, "/agenda", thread=water)
        first = ada.says(well, "/one")
        ada.says(well, "/two", reply_to=first)
        await double.until(lambda: len(forum.sent) + len(well.sent) == 3)
    topical, _, chained = table.clerk.all()
    assert (topical.thread, topical.reply_to) == (str(water), None)
    assert (chained.thread, chained.reply_to) == (None, str(first.id))
    assert forum.last.thread == water


async def test_a_group_that_becomes_a_supergroup_is_told_twice(table: Table, double: Double) -> None:
    """Both service messages say the same move, and a saying to the old address learns the new one."""
    well = double.group("Well")
    async with table.listening() as bot:
        new = well.migrates()
        moves = await table.hears(Moved, 2)
        sent = await bot.say(saying(well, "hello"))
    assert {(move.old, move.new) for move in moves} == {(f"telegram:{well.id}", f"telegram:{new.id}")}
    assert moves[0].cause != moves[1].cause
    assert (sent.outcome, sent.moved_to) == (Outcome.LATER, f"telegram:{new.id}")


async def test_the_bot_hears_where_it_is_put_in_and_out(table: Table, double: Double) -> None:
    """Being put in, thrown out, stopped and started are admissions; a promotion is none."""
    ada = double.person("Ada")
    well = double.group("Well")
    async with table.listening():
        well.promotes_bot(ada)
        well.removes_bot(ada)
        ada.writes("/help")
        ada.blocks_bot()
        ada.starts()
        found = await table.hears(Admission, 4)
    rooms = [(event.room, event.present, event.private) for event in found]
    group, private = f"telegram:{well.id}", f"telegram:{ada.id}"
    assert rooms == [(group, True, False), (group, False, False), (private, False, True), (private, True, True)]


@pytest.mark.parametrize("admin", [False, True])
async def test_people_come_and_go(table: Table, double: Double, admin: bool) -> None:
    """Who was thrown out did not leave; an administrator bot is told twice, any other once."""
    ada, ben = double.person("Ada"), double.person("Ben")
    well = double.supergroup("Well", admin=admin)
    async with table.listening():
        # the wish for chat_member is heard with the first poll
        await double.until(lambda: "chat_member" in double.allowed)
        ben.joins(well)
        ben.leaves(well)
        ben.joins(well)
        ada.kicks(ben, well)
        found = await table.hears(Presence, 8 if admin else 4)
    assert {event.speaker.account for event in found} == {f"telegram:{ben.id}"}
    seen = [(event.present, event.removed) for event in found]
    once = [(True, False), (False, False), (True, False), (False, True)]
    assert seen == ([step for step in once for _ in range(2)] if admin else once)
    assert len({event.cause for event in found}) == len(found)


async def test_a_restriction_is_a_farewell_only_with_the_door_shut(table: Table, double: Double) -> None:
    """Who may not write is still there, unless Telegram says otherwise; other bots are nobody's presence."""
    ada = double.person("Ada")
    well = double.supergroup("Well", admin=True)
    muted = membership(ada.user, "restricted") | dict.fromkeys(RIGHTS, False) | {"until_date": 0}
    robot = {"id": 9, "is_bot": True, "first_name": "Robot"}
    async with table.listening():
        await double.until(lambda: "chat_member" in double.allowed)
        for user, member in [(ada.user, muted | {"is_member": True}), (ada.user, muted | {"is_member": False}),
                             (robot, membership(robot, "left"))]:
            double.hears("chat_member", {
                "chat": well.json, "from": ada.user, "date": double.seconds,
                "old_chat_member": membership(user, "member"), "new_chat_member": member,
            })
        await double.until(lambda: not double.queue)
        assert [(event.present, event.removed) for event in table.clerk.all(Presence)] == [(False, False)]


async def test_what_is_not_for_a_room_is_passed_over(table: Table, double: Double) -> None:
    """Buttons of inline messages, pictures without words and posts of channels are no events; captions are words."""
    ada = double.person("Ada")
    user = json.dumps(ada.user).encode()
    double.queues(b'"callback_query":{"id":"1","from":%b,"inline_message_id":"x","data":"y"}' % user)
    ada.chat.post(ada.user, {"photo": []})
    ada.chat.post(ada.user, {"photo": [], "caption": "/propose The pump"})
    async with table.listening():
        (heard,) = await table.hears()
        await double.until(lambda: not double.queue)
    assert [event.text for event in table.clerk.all(Heard)] == ["/propose The pump"]
    assert heard.handle == str(max(ada.chat.messages))


# ---- the cursor and the commit


async def test_the_offset_moves_only_after_the_commit(table: Table, double: Double) -> None:
    """While take works no poll goes out; the next one carries the offset behind the batch."""
    ada, well = double.person("Ada"), double.group("Well")
    table.clerk.gate = asyncio.Event()
    async with table.listening():
        ada.says(well, "/join")
        await double.until(lambda: double.called("getUpdates"))
        await asyncio.sleep(0.03)
        assert ["offset" in call.args for call in double.called("getUpdates")] == [False]
        table.clerk.gate.set()
        await table.hears()
        await double.until(lambda: len(double.called("getUpdates")) >= 2)
        last = double.called("getUpdates")[-1].args["offset"]
    assert last == table.clerk.batches[-1].cursor


async def test_what_was_not_stored_comes_again(table: Table, double: Double) -> None:
    """A take that raises answers nobody; after a pause the same causes come, then the answer goes."""
    ada, well = double.person("Ada"), double.group("Well")
    table.clerk.replies = lambda heard: Answer(heard, "Recorded") if heard.tap else None
    async with table.listening() as bot:
        await bot.say(saying(well, "A card", buttons=BUTTONS))
        await table.hears(Admission)
        table.clerk.failures = 3
        tap = ada.taps(well.last, "Agree")
        await double.until(lambda: tap.answers)
        assert bot.unreachable_since is None
    assert table.naps.seconds == [1, 2, 4]
    assert (len(table.clerk.all()), tap.answers) == (1, 1)


async def test_a_new_start_goes_on_where_the_last_commit_was(table: Table, double: Double) -> None:
    """What was stored does not come again; what was offered and not stored comes under the same cause."""
    ada, well = double.person("Ada"), double.group("Well")
    async with table.listening():
        ada.says(well, "/one")
        await table.hears()
    stored = table.clerk.batches[-1].cursor
    ada.says(well, "/two")
    table.clerk.failures = 1_000_000
    async with table.listening(stored):
        await double.until(lambda: len(table.clerk.offered) > len(table.clerk.batches))
    table.clerk.failures = 0
    async with table.listening(stored):
        _, two = await table.hears(count=2)
    assert [event.text for event in table.clerk.all()] == ["/one", "/two"]
    assert {event.cause for batch in table.clerk.offered[-2:] for event in batch.events} == {two.cause}


async def test_after_a_week_of_silence_numbers_start_lower(table: Table, double: Double) -> None:
    """A stored offset from before does not hide what comes."""
    ada, well = double.person("Ada"), double.group("Well")
    old = str(double._last_update + 1)
    double.forgets_a_week()
    ada.says(well, "/join")
    async with table.listening(old):
        await table.hears()
        await double.until(lambda: double.polling and not double.queue)


async def test_no_poll_waits_for_answers(table: Table, double: Double) -> None:
    """When the answer arrives at the server, the next poll is there already."""
    ada, well = double.person("Ada"), double.group("Well")
    table.clerk.replies = lambda heard: Answer(heard, "Recorded")
    async with table.listening() as bot:
        await bot.say(saying(well, "A card", buttons=BUTTONS))
        double.delay = 0.05
        tap = ada.taps(well.last, "Agree")
        await double.until(lambda: tap.answers)
        assert double.called("getUpdates")[-1].args["offset"] == str(double._last_update + 1)
        double.delay = 0.0


async def test_a_flood_of_taps_is_answered_whole(table: Table, double: Double) -> None:
    """Seven hundred taps, a hundred at a poll, each answered once."""
    well, crowd = double.group("Well"), double.crowd(70)
    table.clerk.replies = lambda heard: Answer(heard, "Recorded")
    async with table.listening() as bot:
        await bot.say(saying(well, "A card", buttons=BUTTONS))
        taps = [person.taps(well.last, "Agree") for _ in range(10) for person in crowd]
        await double.until(lambda: all(tap.answers == 1 for tap in taps))
    assert [event.handle for event in table.clerk.all()] == [tap.id for tap in taps]


async def test_a_poison_update_is_set_aside(table: Table, double: Double) -> None:
    """What cannot be read is named without being quoted, and the rest goes on."""
    ada, well = double.person("Ada"), double.group("Well")
    ada.says(well, "/one")
    double.queues(b'"callback_query":{"id":5,"data":"secret"}')
    double.queues(b'"my_chat_member":{"chat":"secret"}')
    double.queues(b'"poll":{"id":"no kind of ours"}')
    ada.says(well, "/two")
    async with table.listening():
        await table.hears(count=2)
        await double.until(lambda: not double.queue)
    assert [event.text for event in table.clerk.all()] == ["/one", "/two"]
    spoiled = table.clerk.all(Spoiled)
    assert [b"secret" in event.raw for event in spoiled] == [True, True]
    assert "secret" not in "".join(event.error for event in spoiled)
    assert "$.callback_query.id" in spoiled[0].error


async def test_what_nobody_asked_for_still_moves_the_cursor(table: Table, double: Double) -> None:
    """A batch without events is taken for its cursor."""
    number = double.queues(b'"poll":{"id":"no kind of ours"}')
    async with table.listening():
        await double.until(lambda: table.clerk.batches)
    assert [(batch.events, batch.cursor) for batch in table.clerk.batches] == [((), str(number + 1))]


async def test_instants_never_run_backwards(table: Table, double: Double) -> None:
    """A clock that is put back is not followed."""
    ada, well = double.person("Ada"), double.group("Well")
    async with table.listening():
        ada.says(well, "/one")
        (first,) = await table.hears()
        table.clock.advance(-3600)
        ada.says(well, "/two")
        _, second = await table.hears(count=2)
    assert second.at == first.at


# ---- trouble with the server


@pytest.mark.parametrize("fault", [
    Fault.ERROR, Fault.GATEWAY, Fault.DROP, Fault.GARBAGE, ApiError(502, "Bad Gateway"),
])
async def test_while_telegram_is_away_pauses_grow_and_the_last_contact_is_kept(
    table: Table, double: Double, fault: Fault | ApiError
) -> None:
    """1, 2, 4 … 60 seconds; what was said meanwhile is heard afterwards."""
    ada, well = double.person("Ada"), double.group("Well")
    async with table.listening() as bot:
        await table.hears(Admission)
        contact = table.clock()
        double.fails("getUpdates", fault, times=None)
        double.queues(b'"poll":{}')  # ends the poll that waits
        await double.until(lambda: len(table.clerk.batches) > 1)
        ada.says(well, "/join")
        await double.until(lambda: len(table.naps.seconds) >= 9)
        assert bot.unreachable_since == contact
        double.recovers()
        await table.hears()
        assert bot.unreachable_since is None
    assert table.naps.seconds[:9] == [1, 2, 4, 8, 16, 32, 60, 60, 60]


async def test_it_starts_while_telegram_is_away(table: Table, double: Double) -> None:
    """The first calls are repeated too."""
    double.fails("getMe", Fault.DROP, 2)
    double.fails("deleteWebhook", ApiError(429, "Too Many Requests: retry after 7", retry_after=7))
    double.group("Well")
    async with table.listening():
        await table.hears(Admission)
    assert table.naps.seconds == [1, 2, 7]


async def test_a_poll_told_to_wait_waits_so_long(table: Table, double: Double) -> None:
    """429 on getUpdates carries its own pause."""
    double.fails("getUpdates", ApiError(429, "Too Many Requests: retry after 5", retry_after=5))
    double.group("Well")
    async with table.listening():
        await table.hears(Admission)
    assert table.naps.seconds == [5]


async def test_a_passing_conflict_is_borne(table: Table, double: Double) -> None:
    """One 409, as when an older process is just going away, ends nothing."""
    double.group("Well")
    double.fails("getUpdates", ApiError(409, "Conflict: terminated by other getUpdates request"), times=2)
    async with table.listening():
        await table.hears(Admission)


async def test_two_bots_with_one_token_disturb_each_other_until_one_gives_up(
    table: Table, double: Double
) -> None:
    """A second poller that stays ends this one with a line for the operator."""
    first, second = table.bot(), table.bot()
    tasks = [asyncio.create_task(bot.listen(None, table.clerk)) for bot in (first, second)]
    done, _ = await asyncio.wait(tasks, timeout=5, return_when=asyncio.FIRST_COMPLETED)
    # the other has the messages to itself now
    double.group("Well")
    await table.hears(Admission)
    for bot in (first, second):
        await bot.stop()
    with pytest.raises(AdapterFailed, match="Another program"):
        done.pop().result()
    await asyncio.gather(*tasks, return_exceptions=True)


@pytest.mark.parametrize(("token", "words"), [
    ("4242:not-the-right-one", "does not accept"),
    ("no token at all", "must look like"),
])
async def test_a_wrong_token_ends_it_in_one_line(table: Table, token: str, words: str) -> None:
    """What no waiting can mend is said once, without the token."""
    failed = await table.failure(token=token)
    assert words in str(failed)
    assert token not in "".join(traceback.format_exception(failed))


async def test_a_token_that_is_revoked_ends_it(table: Table, double: Double) -> None:
    """401 on a later poll is the end as well."""
    bot = table.bot()
    listening = asyncio.create_task(bot.listen(None, table.clerk))
    await double.until(lambda: double.polling)
    double.token = "4242:another"
    double.queues(b'"poll":{}')
    with pytest.raises(AdapterFailed):
        await asyncio.wait_for(listening, 2)
    await bot.stop()


async def test_neither_token_nor_words_nor_names_are_logged(
    table: Table, double: Double, caplog: pytest.LogCaptureFixture
) -> None:
    """Not at the lowest level, and whatever goes wrong."""
    caplog.set_level(logging.DEBUG)
    ada, well = double.person("Ada-of-the-mill"), double.group("Well")
    for fault in Fault:
        double.fails("getUpdates", fault)
        double.fails("sendMessage", fault)
    table.clerk.replies = words_of
    async with table.listening() as bot:
        ada.says(well, "/secret words")
        outcomes = [await bot.say(saying(well, "secret words")) for _ in Fault]
        table.clerk.failures = 2
        ada.says(well, "/secret again")
        await table.hears(count=2)
        away = table.bot(base_url="http://127.0.0.1:9/bot")
        outcomes.append(await away.say(saying(well, "secret words")))
        outcomes.append(await away.answer(Answer(table.clerk.all()[0], recorded=True)))
        await away.stop()
    told = caplog.text + repr(outcomes)
    assert [word for word in (double.token.partition(":")[2], "secret", "Ada-of") if word in told] == []


async def test_stopping_finishes_what_is_being_taken(table: Table, double: Double) -> None:
    """A stop during take lets it return and its answers go; then polls end at once."""
    ada, well = double.person("Ada"), double.group("Well")
    table.clerk.replies = lambda heard: Answer(heard, "Recorded")
    bot = table.bot()
    await bot.say(saying(well, "A card", buttons=BUTTONS))
    table.clerk.gate = asyncio.Event()
    tap = ada.taps(well.last, "Agree")
    listening = asyncio.create_task(bot.listen(None, table.clerk))
    await double.until(lambda: tap.delivered)
    await asyncio.sleep(0.02)
    stopping = asyncio.create_task(bot.stop())
    await asyncio.sleep(0.02)
    assert not stopping.done()
    table.clerk.gate.set()
    await asyncio.wait_for(asyncio.gather(stopping, listening), 2)
    assert tap.answers == 1


# ---- what is said


async def test_everything_said_is_escaped(table: Table, double: Double) -> None:
    """Names and titles full of markup arrive as they are; headings are bold, mentions call."""
    ada, well = double.person("<b>Ada</b> & *co*"), double.group("Well")
    text = f"12 · <script> & `pump`\nMoved by {mention(f'telegram:{ada.id}', ada.user['first_name'])} &amp; all"
    bot = table.bot()
    await bot.say(saying(well, text, heading=True, silent=True))
    await bot.stop()
    assert well.last.text == "12 · <script> & `pump`\nMoved by <b>Ada</b> & *co* &amp; all"
    assert well.last.entities("bold") == ["12 · <script> & `pump`"]
    assert well.last.entities("text_mention") == ["<b>Ada</b> & *co*"]
    (call,) = double.called("sendMessage")
    assert call.args["disable_notification"] == "true"
    assert '"is_disabled": true' in call.args["link_preview_options"]


async def test_a_card_is_edited_with_its_buttons(table: Table, double: Double) -> None:
    """An edit changes text and buttons; one that changes nothing is done; one of a lost message is missing."""
    well = double.group("Well")
    bot = table.bot()
    sent = await bot.say(saying(well, "A card", buttons=BUTTONS))
    changed = await bot.say(saying(well, "A new card", edits=sent.message, buttons=BUTTONS))
    same = await bot.say(saying(well, "A new card", edits=sent.message, buttons=BUTTONS))
    assert (changed.outcome, same.outcome, well.last.edits) == (Outcome.SENT, Outcome.SENT, 1)
    assert changed.message == same.message == sent.message
    await bot.say(saying(well, "Closed", edits=sent.message))
    assert (well.last.text, well.last.buttons, len(well.sent)) == ("Closed", [], 1)
    double.person("Ada").deletes(well.last)
    gone = await bot.say(saying(well, "Closed for good", edits=sent.message))
    assert gone.outcome is Outcome.MISSING
    await bot.stop()


async def test_who_cannot_be_written_to_is_gone(table: Table, double: Double) -> None:
    """Blocked, never started, kicked, left, unknown, muted: this destination takes nothing more."""
    ada, ben = double.person("Ada"), double.person("Ben")
    ada.starts()
    ada.blocks_bot()
    well = double.group("Well")
    well.removes_bot(ada)
    bot = table.bot()
    texts = [await bot.say(saying(chat, "hello")) for chat in (ada.chat, ben.chat, well)]
    texts.append(await bot.say(Saying("k", "telegram:-55", "hello", Lane.RESULT)))
    double.fails("sendMessage", ApiError(400, "Bad Request: not enough rights to send text messages to the chat"))
    texts.append(await bot.say(saying(double.group("Mill"), "hello")))
    await bot.stop()
    assert [sent.outcome for sent in texts] == [Outcome.GONE] * 5


async def test_a_flooded_chat_says_when_to_come_again(table: Table, double: Double) -> None:
    """429 stops this chat until its instant, and only this one."""
    double.limits = Limits(group_per_minute=2)
    well, mill = double.group("Well"), double.group("Mill")
    bot = table.bot()
    sent = [await bot.say(saying(well, f"message {number}")) for number in range(3)]
    other = await bot.say(saying(mill, "hello"))
    table.clock.advance(60)
    again = await bot.say(saying(well, "message 2"))
    await bot.stop()
    assert sent[2].outcome is Outcome.LATER
    assert sent[2].retry_at == table.clock()
    assert (other.outcome, again.outcome) == (Outcome.SENT, Outcome.SENT)


@pytest.mark.parametrize(("fault", "outcome", "messages"), [
    (Fault.DROP_AFTER, Outcome.UNSURE, 1),
    (Fault.GARBAGE, Outcome.UNSURE, 1),
    (Fault.DROP, Outcome.UNSURE, 0),
    (Fault.ERROR, Outcome.LATER, 0),
    (ApiError(401, "Unauthorized"), Outcome.LATER, 0),
    (ApiError(400, "Bad Request: something new"), Outcome.REFUSED, 0),
])
async def test_what_became_of_a_saying_is_told_honestly(
    table: Table, double: Double, fault: Fault | ApiError, outcome: Outcome, messages: int
) -> None:
    """A lost answer may have been sent; a refusal was not, nor what the server says it failed at."""
    well = double.group("Well")
    double.fails("sendMessage", fault)
    bot = table.bot()
    assert (await bot.say(saying(well, "hello"))).outcome is outcome
    await bot.stop()
    assert len(well.sent) == messages


async def test_a_server_that_is_not_there_was_told_nothing(table: Table, double: Double) -> None:
    """A connection that cannot be made is no lost answer: later."""
    bot = table.bot(base_url="http://127.0.0.1:9/bot")
    sent = await bot.say(saying(double.group("Well"), "hello"))
    await bot.stop()
    assert (sent.outcome, sent.retry_at) == (Outcome.LATER, table.clock() + 5_000)


async def test_a_button_that_carries_too_much_is_refused(table: Table, double: Double) -> None:
    """64 bytes, not letters."""
    bot = table.bot()
    sent = await bot.say(saying(double.group("Well"), "A card", buttons=((Button("Yes", "ü" * 33),),)))
    await bot.stop()
    assert (sent.outcome, sent.error) == (Outcome.REFUSED, "Button_data_invalid")


async def test_a_lost_topic_falls_back_to_general(table: Table, double: Double) -> None:
    """Thread not found, or closed: said in General."""
    forum = double.supergroup("Forum", forum=True)
    water = forum.topic("Water")
    forum.closed_topics.add(water)
    bot = table.bot()
    for thread in (str(water), "999"):
        assert (await bot.say(saying(forum, f"in {thread}", thread=thread))).outcome is Outcome.SENT
    await bot.stop()
    assert [message.thread for message in forum.sent] == [None, None]


@pytest.mark.parametrize("method", ["sendMessage", "editMessageText"])
async def test_markup_the_server_cannot_read_goes_plain(table: Table, double: Double, method: str) -> None:
    """Whatever Telegram finds wrong with our HTML, the words arrive."""
    well = double.group("Well")
    bot = table.bot()
    sent = await bot.say(saying(well, "first"))
    double.fails(method, ApiError(400, 'Bad Request: can\'t parse entities: Unsupported start tag "x"'))
    edits = sent.message if method == "editMessageText" else None
    await bot.say(saying(well, f"1 < 2 {mention('telegram:7', 'Ada')}", heading=True, edits=edits))
    await bot.stop()
    assert well.last.text == "1 < 2 Ada"
    assert "parse_mode" not in double.called(method)[-1].args


async def test_a_long_text_is_said_in_parts(table: Table, double: Double) -> None:
    """Broken at line ends, mentions whole, buttons on the last; a wait in the middle goes on from there."""
    ada, well = double.person("Ada"), double.group("Well")
    double.limits = Limits(group_per_minute=2)
    ada_called = mention(f"telegram:{ada.id}", "Ada")
    text = "\n".join(f"line {number} for {ada_called} <&>" for number in range(400))
    bot = table.bot()
    waits = await bot.say(saying(well, text, buttons=BUTTONS, heading=True))
    table.clock.advance(61)
    done = await bot.say(saying(well, text, buttons=BUTTONS, heading=True))
    await bot.stop()
    assert (waits.outcome, done.outcome) == (Outcome.LATER, Outcome.SENT)
    assert "\n".join(well.texts) == text.replace(ada_called, "Ada")
    assert [len(message.buttons) for message in well.sent] == [0, 0, 2]
    assert done.message == str(well.last.id)
    assert max(map(len, well.texts)) <= 4096
    assert [len(message.entities("bold")) for message in well.sent] == [1, 0, 0]


async def test_a_long_text_without_breaks_is_cut_hard(table: Table, double: Double) -> None:
    """60 kB of one word still arrive whole; an edit is shortened to what one message holds."""
    well = double.group("Well")
    bot = table.bot()
    sent = await bot.say(saying(well, "ж" * 60_000))
    assert "".join(well.texts) == "ж" * 60_000
    table.clock.advance(61)
    await bot.say(saying(well, "ж" * 60_000, edits=sent.message))
    await bot.stop()
    assert well.last.text == "ж" * 4095 + "…"


# ---- what is answered


async def test_recorded_words_get_a_reaction(table: Table, double: Double) -> None:
    """A thumb where reactions are allowed, silence where they are not."""
    ada, well, mill = double.person("Ada"), double.group("Well"), double.group("Mill")
    mill.reactions_allowed = False
    table.clerk.replies = lambda heard: Answer(heard, recorded=True)
    async with table.listening():
        words, others = ada.says(well, "/vote 1 yes"), ada.says(mill, "/vote 1 yes")
        await double.until(lambda: len(double.called("setMessageReaction")) == 2)
    assert (words.reactions, others.reactions) == (["👍"], [])
    assert well.sent == mill.sent == []


async def test_a_question_is_answered_as_a_reply(table: Table, double: Double) -> None:
    """In a group to the words, in private without quoting them, with buttons where there are some."""
    ada, well = double.person("Ada"), double.group("Well")
    table.clerk.replies = lambda heard: Answer(heard, "Leave for good?", buttons=BUTTONS)
    async with table.listening():
        words = ada.says(well, "/leave")
        ada.writes("/leave")
        await double.until(lambda: well.sent and ada.chat.sent)
    assert well.last.json["reply_to_message"]["message_id"] == words.id
    assert "reply_to_message" not in ada.chat.last.json
    assert [label for label, _ in ada.chat.last.buttons] == ["Agree", "Block"]


async def test_an_answer_in_a_flooded_chat_waits_alone(table: Table, double: Double) -> None:
    """It is tried again when the chat lets it, and taps elsewhere do not wait for it."""
    double.limits = Limits(group_per_minute=1)
    ada, well = double.person("Ada"), double.group("Well")
    table.clerk.replies = words_of
    async with table.listening():
        ada.says(well, "/one")
        ada.says(well, "/two")
        await double.until(lambda: len(well.sent) == 2)
    assert well.texts == ["You said /one", "You said /two"]


async def test_an_answer_that_comes_too_late_is_dropped(table: Table, double: Double) -> None:
    """An old query is refused, and nothing else happens."""
    ada, well = double.person("Ada"), double.group("Well")
    bot = table.bot()
    await bot.say(saying(well, "A card", buttons=BUTTONS))
    tap = Heard("c", 0, f"telegram:{well.id}", False, Speaker(f"telegram:{ada.id}", "Ada"), tap="x", handle="77")
    assert (await bot.answer(Answer(tap, "late"))).outcome is Outcome.REFUSED
    double.fails("answerCallbackQuery", Fault.DROP)
    assert (await bot.answer(Answer(tap, "lost"))).outcome is Outcome.UNSURE
    await bot.stop()


async def test_a_long_answer_goes_on_where_it_had_to_wait(table: Table, double: Double) -> None:
    """No part of it is said twice; only the first one quotes the question."""
    double.limits = Limits(group_per_minute=1)
    ada, well = double.person("Ada"), double.group("Well")
    table.clerk.replies = lambda heard: Answer(heard, "word " * 2000)
    async with table.listening():
        ada.says(well, "/show 12")
        await double.until(lambda: len(well.sent) == 3)
    assert ["reply_to_message" in message.json for message in well.sent] == [True, False, False]
    assert " ".join(well.texts).split() == ["word"] * 2000


async def test_an_answer_that_fails_takes_no_other_with_it(table: Table, double: Double) -> None:
    """Neither one the adapter cannot make sense of, nor one without words."""
    ada, well = double.person("Ada"), double.group("Well")

    def reply(heard: Heard) -> Answer:
        broken = replace(heard, handle="no number") if heard.text == "/broken" else heard
        return Answer(broken, "" if heard.text == "/quiet" else heard.text)

    table.clerk.replies = reply
    async with table.listening():
        for text in ("/broken", "/quiet", "/good"):
            ada.says(well, text)
        await double.until(lambda: well.sent)
    assert well.texts == ["/good"]


async def test_after_the_end_nothing_is_said(table: Table, double: Double) -> None:
    """A stopped bot says so instead of opening connections again; what waited for a chat is dropped."""
    double.limits = Limits(group_per_minute=1)
    ada, well = double.person("Ada"), double.group("Well")
    table.clerk.replies = words_of
    async with table.listening(sleep=_sleep_long) as bot:
        ada.says(well, "/one")
        ada.says(well, "/two")
        await double.until(lambda: len(double.called("sendMessage")) == 2)
    sent = await bot.say(saying(well, "/three"))
    assert (sent.outcome, well.texts) == (Outcome.LATER, ["You said /one"])
    await bot.stop()


async def test_menus_are_set_only_when_changed(table: Table, double: Double) -> None:
    """Each scope and language is compared first; an empty one is taken away; a failure is no disaster."""
    french = Menu("fr", False, (("agenda", "ce qui est ouvert"),))
    english = Menu("", True, (("agenda", "what is open"), ("help", "what can be done")))
    bot = table.bot()
    await bot.menus([english, french])
    await bot.menus([english, french])
    assert len(double.called("setMyCommands")) == 2
    double.fails("getMyCommands")
    await bot.menus([Menu("fr", False, ()), Menu("fr", False, ())])
    assert len(double.called("deleteMyCommands")) == 1
    await bot.menus([Menu("fr", False, ())])
    await bot.stop()
    assert (len(double.called("setMyCommands")), len(double.called("deleteMyCommands"))) == (2, 1)


# ---- the webhook


@asynccontextmanager
async def webhook(table: Table) -> AsyncIterator[TelegramAdapter]:
    """A bot behind a small web server, registered with the double."""
    handlers: list[Callable[[bytes, str | None], Awaitable[bytes]]] = []

    async def serve(request: web.BaseRequest) -> web.Response:
        try:
            body = await handlers[0](
                await request.read(), request.headers.get("X-Telegram-Bot-Api-Secret-Token")
            )
        except WrongSecret:
            return web.Response(status=403)
        except Exception:
            return web.Response(status=503)
        return web.Response(body=body, content_type="application/json")

    runner = web.ServerRunner(web.Server(serve))
    await runner.setup()
    site = web.TCPSite(runner, "127.0.0.1", 0)
    await site.start()
    address = f"http://127.0.0.1:{runner.addresses[0][1]}/telegram"
    try:
        async with table.listening(webhook=Webhook(address, SECRET), sleep=_sleep_long) as bot:
            handlers.append(bot.handle_webhook)
            await table.double.until(lambda: table.double.webhook)
            yield bot
    finally:
        await runner.cleanup()


async def _sleep_long(seconds: float) -> None:
    await asyncio.sleep(3600)


async def test_a_webhook_carries_the_toast_in_its_answer(table: Table, double: Double) -> None:
    """The tap is stored, then the 200 answers it; no further call is made, and there is no cursor."""
    ada, well = double.person("Ada"), double.group("Well")
    table.clerk.replies = lambda heard: Answer(heard, "Recorded", alert=True) if heard.tap else None
    async with webhook(table) as bot:
        await bot.say(saying(well, "A card", buttons=BUTTONS))
        tap = ada.taps(well.last, "Agree")
        await double.until(lambda: tap.answers)
        assert (tap.text, tap.alert) == ("Recorded", True)
    assert [batch.cursor for batch in table.clerk.batches] == [None] * len(table.clerk.batches)
    assert double.webhook is not None
    assert double.called("getUpdates") == []


async def test_a_webhook_brings_again_what_was_not_stored(table: Table, double: Double) -> None:
    """While take fails Telegram repeats; the cause stays the same. Words are answered beside it."""
    ada, well = double.person("Ada"), double.group("Well")
    table.clerk.replies = words_of
    async with webhook(table):
        await double.until(lambda: not double.queue)
        table.clerk.failures = 3
        ada.says(well, "/agenda")
        await double.until(lambda: well.sent)
        assert double.webhook is not None
        assert "503" in double.webhook.error
    assert len(table.clerk.all()) == 1


async def test_only_telegram_is_let_in(table: Table, double: Double) -> None:
    """A wrong or missing secret is refused; so is everything while nobody listens, or what is no update."""
    async with webhook(table) as bot:
        for secret in (None, "", "a-secret_wore", "ключ"):
            with pytest.raises(WrongSecret):
                await bot.handle_webhook(b"{}", secret)
        with pytest.raises(ValueError, match="update_id"):
            await bot.handle_webhook(b"{}", SECRET)
        assert await bot.handle_webhook(b'{"update_id":7,"callback_query":3}', SECRET) == b""
        await table.hears(Spoiled)
    with pytest.raises(NotListening):
        await bot.handle_webhook(b'{"update_id":1}', SECRET)
    with pytest.raises(WrongSecret):
        await table.bot().handle_webhook(b"{}", None)
    with pytest.raises(AdapterFailed, match="secret"):
        table.bot(webhook=Webhook("https://127.0.0.1/hook", ""))


async def test_polling_takes_an_old_webhook_away(table: Table, double: Double) -> None:
    """And a bot that finds its webhook gone puts it back; pending updates are kept by both."""
    double.group("Well")
    hook = Webhook("https://127.0.0.1/hook", SECRET)
    async with table.listening(webhook=hook):
        await double.until(lambda: double.webhook)
        double.hooks(None)
        await double.until(lambda: double.webhook)
    double.webhook_retry = 0.001
    async with table.listening():
        await table.hears(Admission)
    assert double.webhook is None


async def test_a_webhook_address_telegram_refuses_ends_it(table: Table) -> None:
    """No waiting makes an address good."""
    failed = await table.failure(webhook=Webhook("http://example.org", SECRET))
    assert "must be provided for webhook" in str(failed)
