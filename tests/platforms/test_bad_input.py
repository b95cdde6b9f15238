"""What is wrong gets one line that says so and what would be right; nothing is stored, and nobody else notices."""

from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import AbstractAsyncContextManager
from datetime import datetime
from functools import partial
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import Engine, Row, event, select

from adapters.console_chat import Line
from bot.grammar import Tap, payload
from bot.house_books import minutes_of
from bot.intake import Intake
from bot.intake_verbs import Verbs
from bot.store.tables import ballots
from tests.platforms.contract import ConsolePeople, People, TelegramPeople, database_in

MILL = "Mill"
CHATS: dict[str, Callable[[], AbstractAsyncContextManager[People]]] = {
    "console": ConsolePeople.meet,
    "telegram": TelegramPeople.meet,
}


async def they_are_in_a_round(well: People) -> None:
    """Ada, Ben and Cyd answer item 1 of Well; Fay came too late for it; Mill meets next door."""
    await well.says("dila", "/found Mill preset=small", room=MILL)
    await well.says("ada", "/found Well preset=small fallback=vote early_close=no")
    await well.says("ben", "/join")
    await well.says("cyd", "/join")
    await well.says("ada", "/propose Repair the pump\nThe pump by the mill.")
    await well.says("ada", "/open 1")
    await well.says("fay", "/join")


@pytest.fixture(params=CHATS)
async def well(request: pytest.FixtureRequest) -> AsyncIterator[People]:
    async with CHATS[request.param]() as people:
        await they_are_in_a_round(people)
        yield people


@pytest.fixture
async def group() -> AsyncIterator[TelegramPeople]:
    async with TelegramPeople.meet() as people:
        await they_are_in_a_round(people)
        yield people


async def wrong(well: People, who: str, line: str, *words: str) -> None:
    """One line in the room, and no trace of it anywhere else."""
    before = well.rows()
    await well.says(who, line)
    (answer,) = well.room_texts()
    assert "\n" not in answer, answer
    well.hears(*words)
    assert well.rows() == before, line
    well.hears_nothing(MILL)


def ballots_in(people: People) -> Sequence[Row[Any]]:
    with people.house.engine.connect() as connection:
        return connection.execute(select(ballots)).all()


def closes(well: People, number: int) -> int:
    """When the open question of an item closes."""
    return round(datetime.fromisoformat(well.item(number)["closes"]).timestamp() * 1000)


# ---- in every chat


async def test_a_line_that_cannot_be_done_says_why(well: People) -> None:
    """Unknown item, wrong stage, not on the roll, not in the electorate, a block without its parts."""
    for who, line, *words in (
        ("ben", "/second 99", "99"),
        ("ben", "/agree 0", "0"),
        ("ben", "/vote 1 yes", "1", "/agree 1"),
        ("ben", "/second 1", "1"),
        ("ben", "/accept 1a", "ada"),
        ("ben", "/statement 1 We warned.", "1"),
        ("ben", "/open 1", "1"),
        ("ben", "/resume 1", "1"),
        ("eve", "/agree 1", "/join"),
        ("eve", "/propose A bridge", "/join"),
        ("fay", "/agree 1", "next"),
        ("fay", "/block 1 P1 I do not like it", "next"),
        ("ben", "/block 1 no budget", "/block 1 P1"),
        ("ben", "/block 1 P1", "reason"),
        ("ben", "/block 1 P9 no budget", "P9"),
        ("ben", "/found Mill preset=small", "Mill"),
        ("ben", "/join", "already"),
    ):
        await wrong(well, who, line, *words)


async def test_a_line_that_cannot_be_read_shows_one_that_can(well: People) -> None:
    """What was not understood is named, with an example in its place."""
    for line, *words in (
        ("/vote 1 maybe", "maybe", "/vote"),
        ("/vote 1", "yes"),
        ("/amend 1", "TEXT"),
        ("/propose", "TITLE"),
        ("/second pump", "pump"),
        ("/agree 99999999999", "99999999999"),
        ("/object 1", "/object"),
        ("/charter colour", "colour"),
        ("/propose charter colour=red", "colour"),
        ("/propose charter threshold=1/3", "threshold"),
        ("/propose charter rounds=-1", "rounds"),
        ("/propose exclusion @nobody He sold the tools", "nobody"),
        ("/show nowhere#3", "nowhere"),
        ("/language en", "private"),
        ("/help nonsense", "nonsense"),
    ):
        await wrong(well, "ben", line, *words)


async def test_digits_of_other_scripts_are_named_not_guessed(well: People) -> None:
    """The line with the digits that would be read is the example."""
    for line in ("/agree ١", "/agree १", "/agree １", "/agree #۱"):
        await wrong(well, "ben", line, "/agree 1")


async def test_an_unknown_word_is_nobodys_business_in_a_room(well: People) -> None:
    """Other bots have commands too; alone with this one it is answered."""
    before = well.rows()
    await well.says("ben", "/weather tomorrow")
    well.hears_nothing()
    await well.whispers("ben", "/votte 1 yes")
    well.is_told("ben", "votte", "/vote")
    assert before["ballots"] == well.rows()["ballots"]


async def test_sixty_thousand_characters_are_too_many(well: People) -> None:
    """However a wall of text comes, it is refused by its length."""
    long = "x" * 60_000
    for line in (f"/propose {long}", f"/propose A bridge\n{long}", f"/agree 1 {long}", f"/amend 1 {long}"):
        await wrong(well, "ben", line)
        assert len(well.hears("")) < 400


async def test_words_stay_as_they_were_written(well: People) -> None:
    """Right-to-left and combining characters, HTML and markdown are words like others, in titles, texts, reasons."""
    titles = ["إصلاح المضخة", "Ñandú e\u0301te\u0301", "<b>Pump</b> & *co* _x_ [a](b) `c`", "👩‍👩‍👧 pump"]
    for number, title in enumerate(titles, 2):
        await well.says("ben", f"/propose {title}\n{title}, before winter.")
        shown = well.hears(f"{number} ·")
        assert title in shown, shown
        assert well.item(number)["title"] == title
    await well.says("ben", "/agree 1 <script>alert(1)</script> & so on")
    await well.says("ben", "/show 1")
    assert well.rows()["aside"] == 0


async def test_a_forged_button_does_nothing(well: People) -> None:
    """Whatever a button says is checked: room, item, question, choice, electorate."""
    assembly, other = id_of(well, "Well"), id_of(well, "Mill")
    before = well.rows()
    forged = [
        ("ben", "gibberish"),
        ("ben", payload(Tap(assembly, 1, 1, "agree")) + "x"),
        ("ben", payload(Tap(other, 1, 1, "agree"))),
        ("ben", payload(Tap("f" * 16, 1, 1, "agree"))),
        ("ben", payload(Tap(assembly, 99, 1, "agree"))),
        ("ben", payload(Tap(assembly, 1, 7, "agree"))),
        ("ben", payload(Tap(assembly, 1, 1, "yes"))),
        ("ben", payload(Tap(assembly, 1, 0, "second"))),
        ("ben", payload(Tap(assembly, 0, 0, "leave"))),
        ("ben", payload(Tap("", 0, 0, "forget"))),
        ("eve", payload(Tap(assembly, 1, 1, "agree"))),
        ("fay", payload(Tap(assembly, 1, 1, "agree"))),
    ]
    for who, data in forged:
        await well.forges(who, data)
        assert "\n" not in well.is_told(who, ""), data
        assert well.rows() == before, data
        well.hears_nothing()
        well.hears_nothing(MILL)


async def test_a_stale_button_says_that_it_is_old(well: People) -> None:
    """The buttons of a round that is over take nothing, and say so to the one who pressed."""
    await well.taps("ada", "Agree", 1)
    await well.says("ben", "/block 1 P1 no budget")
    await well.waits("24h")
    assert well.item(1)["rounds"][0]["outcome"] == "blocked"
    before = well.rows()
    await well.forges("cyd", payload(round_one(well)))
    well.is_told("cyd", "1")
    assert well.rows() == before


async def test_a_millisecond_decides(well: People) -> None:
    """Heard one before the closing it counts; heard at it, it is too late."""
    end = closes(well, 1)
    await well.says("ada", "/agree 1")
    await well.waits_until(end - 1)
    await well.says("ben", "/agree 1")
    await well.waits_until(end)
    (first,) = well.item(1)["rounds"]
    assert (first["agree"], first["outcome"]) == (2, "consensus")


async def test_at_the_instant_of_closing_it_is_too_late(well: People) -> None:
    """What was due is taken first, whenever the clock comes to it."""
    await well.says("ada", "/agree 1")
    await well.says("ben", "/agree 1")
    await well.waits_until(closes(well, 1))
    await well.says("cyd", "/agree 1")
    well.hears("1 is adopted")
    (first,) = well.item(1)["rounds"]
    assert (first["agree"], first["closed"]) == (2, well.item(1)["ended"])


def id_of(well: People, name: str) -> str:
    return str(minutes_of(well.house.engine, name)["assemblies"][name]["id"])


def items(well: People) -> list[int]:
    return [item["number"] for item in well.minutes()["assemblies"]["Well"]["items"]]


def roll(well: People) -> set[str]:
    assembly = well.minutes()["assemblies"]["Well"]
    return set(assembly.get("members") or assembly["roll"])


def round_one(well: People) -> Tap:
    """What the buttons of the first round said."""
    return Tap(id_of(well, "Well"), 1, 1, "agree")


# ---- the disk


class Disk:
    """A disk that can be full: the database may not grow by a page."""

    def __init__(self, engine: Engine) -> None:
        self.full = False
        event.listen(engine, "begin", self._begin)

    def _begin(self, connection: object) -> None:
        connection.exec_driver_sql(f"PRAGMA max_page_count={1 if self.full else 1_000_000}")  # type: ignore[attr-defined]


async def test_on_a_full_disk_nothing_is_confirmed_and_nothing_confirmed_is_lost(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    """Taps wait unanswered; the log says why; when there is room again they are taken, once."""
    async with TelegramPeople.meet(database_in(tmp_path)) as group:
        await they_are_in_a_round(group)
        double, disk = group.double, Disk(group.house.engine)
        await group.taps("ada", "Agree", 1)
        assert "Recorded" in group.is_told("ada", "")
        disk.full = True
        ben, cyd = double.person("Ben"), double.person("Cyd")
        words = ben.says(group.well, "/aside 1 " + "I will be away. " * 60)
        tap = cyd.taps(group.card(1, "Agree"), "Agree")
        await double.until(lambda: "could not be stored" in caplog.text, 30)
        assert (tap.answers, words.reactions) == (0, [])
        assert group.rows()["ballots"] == 1
        disk.full = False
        await double.until(lambda: tap.answers and words.reactions, 30)
        await group.waits("1m")
        assert group.rows()["ballots"] == 3
        group.hears("Agree 2", "Stand aside 1")


# ---- our own mistake


async def test_who_meets_a_mistake_of_ours_is_told(well: People, monkeypatch: pytest.MonkeyPatch) -> None:
    """By a tap, by words: one line that it was not recorded; what others did stands."""

    def broken(*_: object) -> None:
        raise LookupError("no such thing")

    monkeypatch.setattr(Intake, "_ballot", broken)
    monkeypatch.setattr(Verbs, "request", broken)
    await well.taps("ben", "Agree", 1)
    well.is_told("ben", "Not recorded", "administrator")
    await well.says("ben", "/agree 1")
    (said,) = well.room_texts()
    assert "\n" not in said
    well.hears("Not recorded")
    await well.says("ben", "Who brings the ladder?")
    well.hears_nothing()
    monkeypatch.undo()
    await well.taps("cyd", "Agree", 1)
    assert (well.rows()["ballots"], well.rows()["aside"]) == (1, 2)


# ---- once only


async def test_the_same_update_twice_is_taken_once() -> None:
    """Telegram may bring an update to a webhook again: the second time nothing happens."""
    async with TelegramPeople.meet(webhook=True) as group:
        await they_are_in_a_round(group)
        assert group.double.webhook is not None
        secret = group.double.webhook.secret
        group.double.person("Ben").says(group.well, "/propose A bridge")
        body = group.double.queue[-1].body
        await group.answered()
        assert await group.adapter.handle_webhook(body, secret) == b""
        await group.waits("1m")
        assert group.item(2)["title"] == "A bridge"
        assert sum("A bridge" in text for text in group.well.texts) == 1
        assert items(group) == [1, 2]


async def test_a_tap_that_comes_after_a_later_one_changes_nothing() -> None:
    """What a webhook did not take comes again; the person may have answered anew meanwhile."""
    async with TelegramPeople.meet(webhook=True) as group:
        await they_are_in_a_round(group)
        double = group.double
        assert double.webhook is not None
        first = double.person("Ben").taps(group.card(1, "Agree"), "Agree")
        late = double.queue.pop()
        await group.taps("ben", "Pass", 1)
        before = group.rows()
        body = await group.adapter.handle_webhook(late.body, double.webhook.secret)
        assert first.id in body.decode()
        assert "answered again" in body.decode()
        # the double, which did not bring it, waits for no answer
        group._owed.clear()
        await group.waits("1m")
        assert group.rows() == before
        (row,) = ballots_in(group)
        assert (row.choice, row.revision) == ("pass", 1)
        # and what comes in order still changes it
        await group.taps("ben", "Agree", 1)
        (row,) = ballots_in(group)
        assert (row.choice, row.revision) == ("agree", 2)


async def test_the_same_line_twice_is_taken_once() -> None:
    """Where no cursor stands behind it, the cause itself is remembered."""
    async with ConsolePeople.meet() as people:
        await they_are_in_a_round(people)
        said = people.chat.event(Line("ben", "Well", "/propose A bridge"))
        await people.takes(said)
        await people.takes(said)
        assert items(people) == [1, 2]


# ---- what only a group can do


async def test_an_update_nobody_can_read_is_set_aside(group: TelegramPeople) -> None:
    """With its error, for the operator; what came with it goes on."""
    double = group.double
    double.queues(b'"message":{"message_id":"no number","date":[]}')
    await group.taps("ben", "Agree", 1)
    group.is_told("ben", "Recorded")
    assert group.rows()["aside"] == 1


async def test_nobody_speaks_for_a_group_or_a_channel(group: TelegramPeople) -> None:
    """An anonymous administrator and a channel are told that a vote has a person behind it (§2.5)."""
    before = group.rows()
    for speaks in (
        lambda: group.well.anonymous_says("/agree 1"),
        lambda: group.well.channel_says("/agree 1", group.double.channel("News")),
    ):
        await group.happens(speaks)
        (answer,) = group.room_texts()
        assert "\n" not in answer
        assert group.rows() == before


async def test_an_edited_message_is_never_a_command(group: TelegramPeople) -> None:
    """What was said first counts; the bot says so."""
    ben = group.double.person("Ben")
    message = ben.says(group.well, "/agree 1")
    await group.answered()
    before = group.rows()
    await group.happens(lambda: ben.edits(message, "/block 1 P1 no budget"))
    group.hears("edited")
    assert group.rows() == before


async def test_a_group_that_becomes_a_supergroup_votes_on(group: TelegramPeople) -> None:
    """In the midst of a round its address changes; nothing else does."""
    await group.taps("ada", "Agree", 1)
    old = group.well
    await group.happens(old.migrates)
    group.well = next(chat for chat in group.double.chats.values() if chat.id == old.moved_to)
    await group.says("ben", "/agree 1")
    await group.says("cyd", "/agree 1")
    assert any("Agree 3" in text for text in group.well.texts), group.well.texts
    await group.taps("cyd", "Reserve", 1)
    await group.waits("24h")
    group.hears("1 · Repair the pump — adopted by consensus")


async def test_in_a_forum_the_bot_stays_in_its_topic() -> None:
    """Founded in a topic, an assembly is spoken to there; questions are answered where they are asked."""
    async with TelegramPeople.meet() as group:
        double = group.double
        group.well = forum = double.group("Forum", forum=True)
        garden, kitchen = forum.topic("Garden"), forum.topic("Kitchen")
        ada = double.person("Ada")
        said = {"/found Well preset=small": garden, "/propose A bridge": garden, "/agenda": kitchen}
        for words, thread in said.items():
            await group.happens(partial(ada.says, forum, words, thread=thread))
        threads = {message.text.split(" — ")[0].split("\n")[0]: message.thread for message in forum.sent}
        assert threads["1 · A bridge"] == garden
        assert threads["Well: what is under way"] == kitchen


async def test_who_blocks_the_bot_misses_only_their_own_reminders(group: TelegramPeople) -> None:
    """403 ends what is written to that person; the room, and the others, are reminded as ever."""
    ada, ben = group.double.person("Ada"), group.double.person("Ben")
    for happening in (ada.starts, ben.starts, ada.blocks_bot):
        await group.happens(happening)
    await group.waits("20h")
    group.hears("1 · Repair the pump is waiting")
    group.is_told("ben", "1 · Repair the pump")
    assert group.own_texts("ada") == []
    assert group.item(1)["state"] == "round"


async def test_a_member_kicked_out_of_the_chat_is_still_on_the_roll(group: TelegramPeople) -> None:
    """Chat administrators decide nothing here: the assembly is told, and the roll stays (§2.2)."""
    before = roll(group)
    await group.happens(lambda: group.double.person("Ada").kicks(group.double.person("Ben"), group.well))
    group.hears("ben")
    assert roll(group) == before


async def test_what_is_for_a_private_chat_comes_with_the_link_for_who_never_opened_one(group: TelegramPeople) -> None:
    """A feature, a secret ballot given in the room (§7.4, §8.2); who has opened one is spared the link."""
    link = "https://t.me/roundabout_bot?start=secret"
    await group.says("ada", "/declare gender=woman")
    assert link in group.hears("for a private chat")
    await group.says("ada", "/propose exclusion @cyd He sold the tools")
    await group.says("ada", "/open 2")
    await group.says("ben", "/vote 2 yes")
    assert link in group.hears("is secret", "private chat")
    for who in ("Ada", "Ben"):
        await group.happens(group.double.person(who).starts)
    await group.says("ben", "/vote 2 yes")
    assert link not in group.hears("is secret", "private chat")
    await group.says("ada", "/declare gender=woman")
    assert link not in group.hears("for a private chat")
