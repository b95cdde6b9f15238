"""What waits is said once, in order, within every limit; whatever the platform answers, nothing is lost."""

import asyncio
from collections import Counter
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import replace
from random import Random

import pytest

from adapters.port import Answer, Heard, Lane, Outcome, Pace, Saying, Sent, Speaker
from bot.deliver import BETWEEN_LOOKS_MS, Deliver, Limits
from bot.deliver_send import Look
from tests.process.outlets import PACE, PaperOutbox, StrictPlatform
from tests.process.virtual import VirtualClock, quiet

WELL = "strict:well"
MILL = "strict:mill"
ANA = "strict:@ana"


class Stage:
    """A deliverer between an outbox and a platform, with time in the test's hands."""

    def __init__(self, pace: Pace = PACE, seed: int = 0, tells: bool = False) -> None:
        """`tells`: what is new is told as it comes, as where one program is alone."""
        self.tells = tells
        self.clock = VirtualClock()
        self.platform = StrictPlatform(self.clock, pace, seed)
        self.outbox = PaperOutbox()
        self.deliver = self.restarted()

    def restarted(self) -> Deliver:
        self.deliver = Deliver({"strict": self.platform}, self.outbox, Limits(), self.clock.now, self.clock.sleep)
        return self.deliver

    @asynccontextmanager
    async def running(self) -> AsyncIterator[None]:
        task = asyncio.create_task(self.deliver.run())
        await quiet()
        yield
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)

    def put(self, room: str, text: str, lane: Lane = Lane.RESULT, **more: int) -> None:
        row = self.outbox.put(room, text, lane, at=self.clock.now(), **more)
        told = self.tells and row.not_before <= self.clock.now()
        self.deliver.wake(Look([row], [], None) if told else None)

    def ballot(self, item: int) -> None:
        changed = self.outbox.ballot(item)
        self.deliver.wake(Look([], changed, None) if self.tells else None)

    def reply(self, room: str, text: str, item: int | None = None) -> tuple[Answer, ...]:
        heard = Heard("c", self.clock.now(), room, "@" in room, Speaker("strict:ana", "Ana"), "/show", handle="1")
        return self.deliver.answer([Answer(heard, text, item=item)])

    def refuses(self, *answers: Sent | None) -> None:
        """What the platform says to the next messages; None: as usual."""
        self.platform.script += [lambda _, sent=sent: sent for sent in answers]


@pytest.fixture(params=[False, True], ids=["looks", "is told"])
def stage(request: pytest.FixtureRequest) -> Stage:
    return Stage(tells=request.param)


async def test_what_waits_is_said_and_gone(stage: Stage) -> None:
    stage.put(WELL, "Well is founded")
    async with stage.running():
        assert stage.platform.texts(WELL) == ["Well is founded"]
        assert not stage.outbox.rows
        assert stage.deliver.counts["strict", "sent"] == 1


async def test_the_key_of_a_row_travels_with_it(stage: Stage) -> None:
    stage.put(WELL, "one")
    await stage.deliver.settle()
    assert stage.platform.keys == ["a:1"]


async def test_lanes_go_before_one_another_and_each_keeps_its_order(stage: Stage) -> None:
    for lane in reversed(Lane):
        stage.put(WELL, f"{lane.name} 1", lane)
        stage.put(WELL, f"{lane.name} 2", lane)
    await stage.deliver.settle()
    assert stage.platform.texts() == [f"{lane.name} {number}" for lane in Lane for number in (1, 2)]


async def test_words_go_first_and_from_memory_and_toasts_at_once(stage: Stage) -> None:
    stage.put(WELL, "result")
    assert stage.reply(WELL, "answer") == ()
    heard = Heard("c", stage.clock.now(), WELL, False, Speaker("strict:ana", "Ana"), tap="v1:yes", handle="7")
    toast, recorded = Answer(heard, "Recorded"), Answer(replace(heard, tap=None, text="/agree 1"), recorded=True)
    assert stage.deliver.answer([toast, recorded]) == (toast, recorded)
    await stage.deliver.settle()
    assert stage.platform.texts() == ["answer", "result"]


async def test_more_answers_than_fit_are_dropped_and_counted(stage: Stage) -> None:
    for number in range(100):
        stage.put(WELL, f"relay {number}", Lane.RELAY)
    await stage.deliver.settle()
    for number in range(2001):
        stage.reply(WELL, str(number))
    assert stage.deliver.waiting == 2000 + 88  # what is no answer does not count
    assert stage.deliver.counts["all", "dropped"] == 1


async def test_a_room_keeps_a_share_for_answers_and_results(stage: Stage) -> None:
    for number in range(30):
        stage.put(WELL, f"relay {number}", Lane.RELAY)
    async with stage.running():
        assert len(stage.platform.texts(WELL)) == 12
        for number in range(8):
            stage.put(WELL, f"result {number}", Lane.RESULT)
        await stage.clock.passes(BETWEEN_LOOKS_MS)
        assert len(stage.platform.texts(WELL)) == 18
        await stage.clock.passes(180_000)
    assert len(stage.platform.texts(WELL)) == 38
    assert stage.platform.offences == []


async def test_a_busy_room_holds_up_no_other(stage: Stage) -> None:
    for number in range(40):
        stage.put(WELL, f"well {number}", Lane.RELAY)
    stage.put(MILL, "mill", Lane.RELAY)
    await stage.deliver.settle()
    assert stage.platform.texts(MILL) == ["mill"]


async def test_a_person_is_written_to_once_a_second(stage: Stage) -> None:
    for number in range(5):
        stage.put(ANA, f"{number}", Lane.REMINDER)
    async with stage.running():
        await stage.clock.passes(3_999)
        assert len(stage.platform.texts(ANA)) == 4
        await stage.clock.passes(1)
    assert stage.platform.texts(ANA) == ["0", "1", "2", "3", "4"]
    assert stage.platform.offences == []


async def test_all_rooms_together_are_spoken_to_so_often_a_second(stage: Stage) -> None:
    for number in range(100):
        stage.put(f"strict:{number}", "relay", Lane.RELAY)
    async with stage.running():
        assert len(stage.platform.texts()) == 28
        stage.put("strict:100", "result", Lane.RESULT)
        await stage.clock.passes(1_050)
        assert stage.platform.texts("strict:100") == ["result"]  # its lane goes before those who waited longer
        await stage.clock.passes(5_000)
    assert len(stage.platform.texts()) == 101
    assert stage.platform.offences == []


# --- cards


async def card_in(stage: Stage, room: str, item: int) -> None:
    stage.outbox.card(room, item)
    stage.deliver.wake()
    await stage.clock.passes(BETWEEN_LOOKS_MS)


async def test_a_card_is_edited_at_once_then_after_a_gap_and_at_last(stage: Stage) -> None:
    async with stage.running():
        await card_in(stage, WELL, 1)
        (card,) = stage.platform.messages.values()
        await stage.clock.passes(60_000)
        assert card.edits == []
        start = stage.clock.now()
        stage.ballot(1)
        await quiet()
        assert card.text == "1: 1"
        for _ in range(100):
            stage.ballot(1)
            await stage.clock.passes(100)
        await stage.clock.passes(60_000)
        assert card.text == "1: 101"
        assert [at - start for at in card.edits] == [0, 5_000, 10_000]
    assert stage.platform.offences == []


async def test_a_change_between_the_words_and_the_message_is_not_lost(stage: Stage) -> None:
    """The new card was still on its way, so no row could be marked when the ballot came."""
    stage.platform.slow_ms = 100
    async with stage.running():
        stage.outbox.card(WELL, 1)
        stage.deliver.wake()
        await quiet()
        stage.outbox.ballot(1)
        await stage.clock.passes(30_000)
    assert [message.text for message in stage.platform.messages.values()] == ["1: 1"]


async def test_a_change_while_an_edit_is_on_its_way_is_not_lost(stage: Stage) -> None:
    """Its words were made before; no other change comes after it."""
    async with stage.running():
        await card_in(stage, WELL, 1)
        await stage.clock.passes(60_000)
        stage.platform.slow_ms = 10_000
        stage.ballot(1)
        await stage.clock.passes(BETWEEN_LOOKS_MS)
        (card,) = stage.platform.messages.values()
        assert card.text == "1: 0"
        stage.ballot(1)
        await stage.clock.passes(60_000)
    assert card.text == "1: 2"
    assert len(card.edits) == 2
    assert stage.platform.offences == []


async def test_an_edit_that_would_change_nothing_is_not_sent(stage: Stage) -> None:
    async with stage.running():
        await card_in(stage, WELL, 1)
        stage.ballot(1)
        stage.outbox.tally.clear()
        await stage.clock.passes(60_000)
    assert next(iter(stage.platform.messages.values())).edits == []
    assert all(card.shown == card.wanted for card in stage.outbox.cards.values())


async def test_with_many_items_open_each_card_changes_less_often(stage: Stage) -> None:
    async with stage.running():
        for item in range(1, 5):
            await card_in(stage, WELL, item)
            stage.outbox.tally["a", item] = 0
        await stage.clock.passes(120_000)
        for _ in range(240):
            for item in range(1, 5):
                stage.ballot(item)
            await stage.clock.passes(1_000)
        await stage.clock.passes(60_000)
    for message in stage.platform.messages.values():
        gaps = [later - earlier for earlier, later in zip(message.edits, message.edits[1:], strict=False)]
        assert min(gaps) >= 12_000
        assert message.text.endswith(": 240")
    assert stage.platform.offences == []


async def test_a_card_that_changes_without_end_leaves_turns_to_reminders(stage: Stage) -> None:
    async with stage.running():
        await card_in(stage, WELL, 1)
        for second in range(120):
            stage.ballot(1)
            if second == 60:
                for number in range(5):
                    stage.put(WELL, f"reminder {number}", Lane.REMINDER)
            await stage.clock.passes(1_000)
    assert len([text for text in stage.platform.texts() if text.startswith("reminder")]) == 5
    assert stage.platform.offences == []


async def test_a_new_card_takes_the_buttons_of_the_former_one(stage: Stage) -> None:
    async with stage.running():
        await card_in(stage, WELL, 1)
        await card_in(stage, WELL, 1)
        await stage.clock.passes(60_000)
    former, card = stage.platform.messages.values()
    assert (former.text, former.buttons) == ("1: see below", ())
    assert card.buttons


async def test_a_card_that_somebody_deleted_is_posted_anew(stage: Stage) -> None:
    async with stage.running():
        await card_in(stage, WELL, 1)
        stage.platform.messages["gone"] = stage.platform.messages.pop("1")
        await stage.clock.passes(60_000)
        stage.ballot(1)
        await stage.clock.passes(60_000)
        stage.ballot(1)
        await stage.clock.passes(60_000)
    assert stage.platform.messages["2"].text == "1: 2"
    assert stage.outbox.cards["a", 1, WELL].message == "2"


# --- what a platform may say


async def test_a_platform_that_asks_to_wait_stops_that_room_only(stage: Stage) -> None:
    start = stage.clock.now()
    stage.refuses(Sent(Outcome.LATER, retry_at=start + 30_000))
    stage.put(WELL, "one")
    stage.put(WELL, "two")
    async with stage.running():
        stage.put(MILL, "mill")
        await stage.clock.passes(29_999)
        assert stage.platform.texts() == ["mill"]
        await stage.clock.passes(1)
        assert stage.platform.texts(WELL) == ["one", "two"]


async def test_what_may_have_arrived_is_said_once_more_with_the_same_key(stage: Stage) -> None:
    stage.refuses(Sent(Outcome.UNSURE), Sent(Outcome.UNSURE))
    stage.put(WELL, "opened")
    async with stage.running():
        await stage.clock.passes(600_000)
    assert stage.platform.keys == ["a:1", "a:1"]
    assert not stage.outbox.rows


async def test_while_a_platform_is_away_nothing_that_is_lost_counts_as_said(stage: Stage) -> None:
    """Its proxies may take every message and answer none, for hours."""
    stage.refuses(*[Sent(Outcome.UNSURE)] * 5)
    stage.platform.unreachable_since = stage.clock.now()
    stage.put(WELL, "opened")
    stage.put(WELL, "closing soon", Lane.REMINDER)
    async with stage.running():
        await stage.clock.passes(3_600_000)
    assert sorted(stage.platform.texts()) == ["closing soon", "opened"]
    assert not stage.outbox.rows


async def test_a_reminder_or_an_answer_that_may_have_arrived_is_not_repeated(stage: Stage) -> None:
    stage.refuses(Sent(Outcome.UNSURE), Sent(Outcome.UNSURE))
    stage.put(WELL, "reminder", Lane.REMINDER)
    stage.reply(WELL, "answer")
    async with stage.running():
        await stage.clock.passes(600_000)
    assert stage.platform.texts() == []
    assert not stage.outbox.rows


async def test_a_destination_that_takes_nothing_more_is_left_alone(stage: Stage) -> None:
    stage.platform.gone.add(ANA)
    for number in range(3):
        stage.put(ANA, str(number))
    stage.put(WELL, "well")
    async with stage.running():
        await stage.clock.passes(60_000)
    assert stage.outbox.gone_rooms == [ANA]
    assert not stage.outbox.rows
    assert stage.platform.texts() == ["well"]


async def test_a_room_that_moved_hears_it_at_its_new_address(stage: Stage) -> None:
    stage.refuses(Sent(Outcome.LATER, retry_at=stage.clock.now(), moved_to="strict:new"))
    stage.put(WELL, "row")
    stage.reply(WELL, "answer")
    async with stage.running():
        await stage.clock.passes(1_000)
    assert stage.platform.texts("strict:new") == ["answer", "row"]
    assert stage.outbox.moves == [(WELL, "strict:new")]


async def test_what_the_platform_never_takes_is_set_aside_and_the_rest_goes_on(stage: Stage) -> None:
    stage.refuses(Sent(Outcome.REFUSED, error="can't parse"))
    stage.put(WELL, "one")
    stage.put(WELL, "two")
    await stage.deliver.settle()
    assert stage.outbox.set_asides == [("a:1", "can't parse")]
    assert stage.platform.texts() == ["two"]


async def test_an_error_of_ours_is_tried_again_with_patience_and_then_set_aside(stage: Stage) -> None:
    def raises(_: Saying | Answer) -> Sent:
        raise ValueError

    stage.platform.script = [raises] * 8
    stage.put(WELL, "one")
    async with stage.running():
        await stage.clock.passes(3_600_000)
    assert [error for _, error in stage.outbox.set_asides] == ["ValueError"]
    assert len(stage.platform.keys) == 8


async def test_a_database_that_is_away_loses_and_repeats_nothing(stage: Stage) -> None:
    stage.outbox.down = 2
    stage.put(WELL, "one")
    async with stage.running():
        await stage.clock.passes(10_000)
        assert stage.platform.texts() == ["one"]
        stage.refuses(None)
        stage.platform.script.append(lambda _: setattr(stage.outbox, "down", 3))
        stage.put(WELL, "two")
        stage.put(WELL, "three")
        await stage.clock.passes(60_000)
    assert stage.platform.texts() == ["one", "two", "three"]
    assert not stage.outbox.rows


# --- when


async def test_a_reminder_is_held_until_its_instant(stage: Stage) -> None:
    later = stage.clock.now() + 3_600_000
    stage.put(WELL, "by row", Lane.REMINDER, not_before=later)
    held = stage.outbox.put(WELL, "by its words", Lane.REMINDER)
    stage.outbox.held[held.key] = later
    async with stage.running():
        await stage.clock.passes(3_599_999)
        assert stage.platform.texts() == []
        assert stage.deliver.next_at() == later
        await stage.clock.passes(1)
        assert sorted(stage.platform.texts()) == ["by its words", "by row"]


async def test_what_need_not_be_said_any_more_is_not_said(stage: Stage) -> None:
    stale = stage.outbox.put(WELL, "too late")
    stage.outbox.stale.add(stale.key)
    stage.put(WELL, "in time")
    await stage.deliver.settle()
    assert stage.platform.texts() == ["in time"]
    assert not stage.outbox.rows


async def test_a_restart_goes_on_where_the_last_run_ended(stage: Stage) -> None:
    for number in range(30):
        stage.put(WELL, f"{number}")
    async with stage.running():
        pass
    assert len(stage.platform.texts()) == 18
    await stage.clock.passes(60_000)
    stage.restarted()
    await stage.deliver.settle()
    assert stage.platform.texts() == [str(number) for number in range(30)]


# --- what a commit tells of itself


async def test_what_is_told_is_not_looked_for() -> None:
    stage = Stage(tells=True)
    async with stage.running():
        await card_in(stage, WELL, 1)
        await stage.clock.passes(60_000)
        looks = stage.outbox.looks
        for number in range(3):
            stage.put(MILL, f"result {number}")
            stage.ballot(1)
            await stage.clock.passes(10_000)
        assert stage.platform.texts(MILL) == ["result 0", "result 1", "result 2"]
        assert next(iter(stage.platform.messages.values())).text == "1: 3"
        assert stage.outbox.looks == looks


async def test_what_is_told_does_not_overtake_what_was_not(stage: Stage) -> None:
    """Something waits that is not known yet, as a look is only due in a moment: the order of the room stays."""
    async with stage.running():
        stage.put(MILL, "so that it has just looked")
        stage.deliver.wake()
        await quiet()
        row = stage.outbox.put(WELL, "first", Lane.RESULT, at=stage.clock.now())
        stage.deliver.wake()
        assert row.key in stage.outbox.rows
        stage.put(WELL, "second")
        await stage.clock.passes(10_000)
    assert stage.platform.texts(WELL) == ["first", "second"]


async def test_what_comes_while_the_outbox_is_read_is_said_once_and_after_it(stage: Stage) -> None:
    reading, read = asyncio.Event(), stage.outbox.look

    async def slowly(now: int, limit: int) -> Look:
        look = await read(now, limit)
        await reading.wait()
        return look

    async with stage.running():
        stage.outbox.put(WELL, "first", at=stage.clock.now())
        stage.outbox.look = slowly  # type: ignore[method-assign]
        stage.deliver.wake()
        await stage.clock.passes(BETWEEN_LOOKS_MS)
        stage.put(WELL, "second")
        await stage.clock.passes(10_000)
        reading.set()
        await stage.clock.passes(10_000)
    assert stage.platform.texts(WELL) == ["first", "second"]


async def test_more_than_one_look_takes_in_is_said_without_another_word(
    stage: Stage, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("bot.deliver.AT_A_LOOK", 4)
    for number in range(11):
        stage.put(f"strict:{number}", f"result {number}")
    async with stage.running():
        stage.put("strict:0", "the last")
        await stage.clock.passes(10_000)
        assert sorted(stage.platform.texts()) == sorted([f"result {number}" for number in range(11)] + ["the last"])
        assert stage.platform.texts("strict:0") == ["result 0", "the last"]
        assert not stage.outbox.rows


async def test_an_edit_whose_record_was_lost_is_made_once_more(stage: Stage) -> None:
    """Killed between the edit and whatever would have recorded it: the card ends right, and is known to be."""
    async with stage.running():
        await card_in(stage, WELL, 1)
        recorded, stage.outbox.edited = stage.outbox.edited, lambda *_: None  # type: ignore[method-assign]
        stage.ballot(1)
        await stage.clock.passes(60_000)
    (card,) = stage.platform.messages.values()
    assert (card.text, len(card.edits)) == ("1: 1", 1)
    stage.outbox.edited = recorded  # type: ignore[method-assign]
    stage.outbox.ballot(1)
    stage.restarted()
    async with stage.running():
        await stage.clock.passes(60_000)
    assert (card.text, len(card.edits)) == ("1: 2", 2)
    assert all(one.shown == one.wanted for one in stage.outbox.cards.values())


async def test_rows_of_a_platform_that_is_not_there_wait(stage: Stage) -> None:
    stage.put("elsewhere:1", "for another run")
    await stage.deliver.settle()
    assert len(stage.outbox.rows) == 1


# --- a day in twenty minutes


@pytest.mark.parametrize("tells", [False, True])
@pytest.mark.parametrize("seed", range(3))
async def test_under_load_no_limit_is_broken_and_every_last_tally_is_right(seed: int, tells: bool) -> None:
    """Seven assemblies vote at once, ask questions, are reminded and written to; the network dawdles."""
    stage, dice = Stage(seed=seed, tells=tells), Random(seed)
    stage.platform.slow_ms = 400
    rooms = {f"strict:{number}": range(10 * number, 10 * number + 1 + number % 5) for number in range(7)}
    answers: Counter[str] = Counter()
    async with stage.running():
        for room, items in rooms.items():
            for item in items:
                stage.outbox.card(room, item)
        stage.deliver.wake()
        for second in range(600):
            for _ in range(dice.randrange(30)):
                items = dice.choice(list(rooms.values()))
                stage.ballot(dice.choice(items))
            if dice.random() < 0.1:
                room = dice.choice(list(rooms))
                stage.reply(room, f"answer {second}")
                answers[room] += 1
            if dice.random() < 0.05:
                for number in range(dice.randrange(12)):
                    stage.put(f"strict:@{number}", f"reminder {second}", Lane.REMINDER)
            if dice.random() < 0.02:
                for room in rooms:
                    stage.put(room, f"relay {second}", Lane.RELAY)
            await stage.clock.passes(1_000)
        await stage.clock.passes(600_000)
    assert stage.platform.offences == []
    assert stage.outbox.rows == {}
    assert stage.deliver.waiting == 0
    cards = {message.text.split(":")[0]: message for message in stage.platform.messages.values() if ":" in message.text}
    for (_, item), tally in stage.outbox.tally.items():
        assert cards[str(item)].text == f"{item}: {tally}"
    said = Counter((room, text) for _, room, text in stage.platform.heard if ":" not in text)
    assert set(said.values()) == {1}
    assert sum(answers.values()) == len([text for text in stage.platform.texts() if text.startswith("answer")])
