"""Pages for who asks: what is under way, what waits for me, what was decided, and how it was reckoned."""

from bot import reading, wording
from bot.grammar import Request, parse
from governance import commands as c
from governance.charter import KEYS
from governance.motion import Item
from governance.refusals import Refused, Why
from tests.process.meeting import Meeting, after_a_vote


def nothing(item: Item) -> None:
    """Nothing was answered."""


def five() -> Meeting:
    return Meeting().found("ana", "ben", "cem", "dila", "elif")


def refused(page: str | Refused) -> Why:
    assert isinstance(page, Refused)
    return page.why


# --- what is under way


def test_the_agenda_has_a_line_for_each_open_item() -> None:
    meeting = five().proposes("ana", "One").opened("ana", "Two")
    assert reading.agenda(meeting.state, meeting.voice()) == (
        "Green Hill: what is under way\n"
        "1 · One — waiting for support, until Tue 10 March 18:00 (in 5 days)\n"
        "2 · Two — in a consensus round, until Sun 8 March 18:00 (in 3 days)"
    )


def test_an_empty_agenda_says_how_to_fill_it() -> None:
    meeting = five()
    assert "/propose Repair the pump" in reading.agenda(meeting.state, meeting.voice())


def test_every_stage_has_its_end_on_the_agenda() -> None:
    meeting = five().proposes("ana", "One").does(c.Second("ben", 1))
    assert "in discussion, until Tue 17 March 18:00" in reading.agenda(meeting.state, meeting.voice())
    meeting.does(c.Pause("ana", 1))
    assert "paused, until Tue 10 March 18:00" in reading.agenda(meeting.state, meeting.voice())
    meeting.does(c.Leave("ana"))
    assert "without a proposer, until Wed 4 March 18:00" in reading.agenda(meeting.state, meeting.voice())


def test_the_morning_page_shows_what_waits_and_what_can_be_changed() -> None:
    meeting = five().proposes("ana", "One").opened("ana", "Two").takes("agree", 2, "ben")
    page = reading.pending([(meeting.state, lambda item: meeting.box.choice("2.1", "ben"), "ben")], meeting.voice())
    assert page == (
        "Green Hill: this waits for you\n"
        "1 · One looks for support: /second 1\n"
        "2 · Two: you answered agree; it can be changed until Sun 8 March 18:00 (in 3 days)."
    )


def test_the_morning_page_says_which_text_was_chosen_in_a_run_off() -> None:
    meeting = Meeting().found("ana", "ben", "cem", preset="small", rounds="0", early_close="no")
    meeting.proposes("ana", "The pump", "one").does(c.Amend("ben", 1, "two")).does(c.PutRival("ben", 1, "a"))
    meeting.does(c.Open("ana", 1)).votes("yes", 1, "ana", "cem").votes("yes", 1, "ana", "cem", letter="a").wait("24h")
    page = reading.pending([(meeting.state, lambda item: "a", "ana")], meeting.voice())
    assert "1 · The pump: you answered 1a; it can be changed" in page


def test_the_morning_page_of_who_has_nothing_to_do_says_so() -> None:
    meeting = five()
    assert reading.pending([(meeting.state, nothing, "ben")], meeting.voice()) == "Green Hill: nothing waits for you."
    assert reading.pending([], meeting.voice()) == "Nothing waits for you."


def test_on_several_rolls_each_line_can_be_sent_as_it_stands() -> None:
    meeting = five().opened("ana", "One")
    page = reading.pending([(meeting.state, nothing, "ben")] * 2, meeting.voice())
    first, second = page.split("\n\n")
    assert first == second
    line = "/" + first.splitlines()[1].split("/", 1)[1].split(",", 1)[0]
    read = parse(line)
    assert isinstance(read, Request)
    assert (read.assembly, read.item and read.item.number) == ("green_hill", 1)


# --- one item


def test_show_gives_the_whole_text_and_every_amendment() -> None:
    meeting = five().proposes("ana", "Long", "word " * 400).does(c.Amend("cem", 1, "shorter"))
    page = reading.show(meeting.state, 1, meeting.box.tally, meeting.voice())
    assert isinstance(page, str)
    assert ("word " * 400).strip() in page
    assert "whole text" not in page
    assert "1a by Cem, moved: shorter (/show 1a)" in page
    assert reading.show(meeting.state, 1, meeting.box.tally, meeting.voice(), "a") == (
        "1a · Cem for 1 · Long: moved\nshorter"
    )


def test_show_tells_what_became_of_each_amendment() -> None:
    meeting = after_a_vote()
    page = reading.show(meeting.state, 1, meeting.box.tally, meeting.voice())
    assert isinstance(page, str)
    assert "1a by Cem: put beside the motion (/show 1a)" in page
    amendment = reading.show(meeting.state, 1, meeting.box.tally, meeting.voice(), "a")
    assert isinstance(amendment, str)
    assert amendment.endswith("Seconded by Elif.")


def test_statements_are_read_by_anybody() -> None:
    meeting = after_a_vote()
    assert reading.statements(meeting.state, 1, meeting.voice()) == (
        "1 · Repair the pump: statements of those who blocked\nDila: No debts."
    )
    meeting.proposes("ana", "Other")
    assert reading.statements(meeting.state, 2, meeting.voice()) == "2 · Other: no statement was given."


def test_pages_about_what_is_not_there_are_refused() -> None:
    meeting = five().proposes("ana", "One")
    state, voice = meeting.state, meeting.voice()
    assert refused(reading.show(state, 9, meeting.box.tally, voice)) is Why.NO_SUCH_ITEM
    assert refused(reading.show(state, 1, meeting.box.tally, voice, "z")) is Why.NO_SUCH_AMENDMENT
    assert refused(reading.why(state, 9, voice)) is Why.NO_SUCH_ITEM
    assert refused(reading.statements(state, 9, voice)) is Why.NO_SUCH_ITEM
    assert refused(reading.charter(state, voice, "colour")) is Why.UNKNOWN_KEY


# --- how it was reckoned


def test_why_prints_every_step_with_its_article() -> None:
    meeting = after_a_vote()
    page = reading.why(meeting.state, 1, meeting.voice())
    assert isinstance(page, str)
    lines = page.splitlines()
    assert lines[0] == "1 · Repair the pump"
    assert "Round 1 on text version 1, closed Sun 8 March 18:00: blocked" in lines
    assert "§4.1 enough took part? 4 of 5; needed: 3 (1/3 of 5, at least 3) → yes" in lines
    assert "§4.2 no more blocks than allowed? 1; allowed: 0 → no" in lines
    assert "§5.3 enough yes? 3 of 4 cast = 75.0 %; needed: 2/3 → yes" in lines
    assert "§3.7 of the texts that pass, the one with the highest yes − no: 1: 2, 1a: 3" in lines
    assert lines[-2:] == ["So it is adopted by vote.", "Counted by the charter as of version 1."]


def test_why_of_a_consensus_goes_through_all_four_tests() -> None:
    meeting = five().opened("ana", "The pump").takes("agree", 1, "ana", "ben", "cem", "dila", "elif").wait("24h")
    page = reading.why(meeting.state, 1, meeting.voice())
    assert isinstance(page, str)
    assert [line.split()[0] for line in page.splitlines() if line.startswith("§")] == ["§4.1", "§4.2", "§4.3", "§4.4"]
    assert all(line.endswith("→ yes") for line in page.splitlines() if line.startswith("§"))


def test_why_keeps_blocks_that_were_withdrawn_and_rounds_that_began_again() -> None:
    meeting = five().opened("ana", "The pump", "one").blocks("dila", 1, "debts").takes("agree", 1, "dila")
    meeting.does(c.Amend("cem", 1, "two")).does(c.Accept("ana", 1, "a"))
    page = reading.why(meeting.state, 1, meeting.voice())
    assert isinstance(page, str)
    assert "ended without a count: the text was changed" in page
    assert "Blocks withdrawn before the end: Dila (P1): “debts”" in page


def test_why_of_half_says_more_than_half() -> None:
    meeting = Meeting().found("ana", "ben", "cem", preset="small", rounds="0", threshold="50%")
    meeting.proposes("ana", "The pump").does(c.Open("ana", 1))
    assert "Adopted when more than half of yes and no are yes." in meeting.card(1).text
    meeting.votes("yes", 1, "ana").votes("no", 1, "ben").wait("24h")
    page = reading.why(meeting.state, 1, meeting.voice())
    assert isinstance(page, str)
    assert "§5.3 enough yes? 1 of 2 cast = 50.0 %; needed: more than 1/2 → no" in page
    assert "So it is not adopted by vote: a tie." in page
    assert "more than half was needed" in wording.result(meeting.state, 1, meeting.voice())


def test_why_of_a_run_off_and_of_nothing_counted() -> None:
    meeting = Meeting().found("ana", "ben", "cem", preset="small", rounds="0", early_close="no")
    meeting.proposes("ana", "The pump", "one")
    assert "Nothing has been counted yet" in str(reading.why(meeting.state, 1, meeting.voice()))
    meeting.does(c.Amend("ben", 1, "two")).does(c.PutRival("ben", 1, "a")).does(c.Open("ana", 1))
    meeting.votes("yes", 1, "ana", "cem").votes("yes", 1, "ana", "cem", letter="a").wait("24h")
    meeting.votes("yes", 1, "ana", "cem", letter="a").wait("24h")
    page = str(reading.why(meeting.state, 1, meeting.voice()))
    assert "equal: a run-off follows" in page
    assert "Run-off between the texts: 2 for 1a." in page
    assert "§3.7 the text with the most votes is chosen; equal again, none is." in page


# --- what was decided


def test_decisions_are_found_by_their_words() -> None:
    meeting = after_a_vote()
    for words in ("", "PUMP", "pipes winter"):
        assert reading.decisions(meeting.state, meeting.voice(), words) == (
            "Green Hill: what was decided\n1 · Repair the pump — adopted by vote, Sun 15 March 18:00"
        )
    assert reading.decisions(meeting.state, meeting.voice(), "roof") == (
        "No decision of Green Hill has the words “roof”."
    )
    nothing = "Green Hill has adopted nothing yet. What was counted: /minutes"
    assert reading.decisions(five().state, meeting.voice()) == nothing


def test_long_lists_say_that_there_is_more() -> None:
    meeting = Meeting().found("ana", "ben", preset="small", discussion_max="1m")
    for number in range(1, 23):
        meeting.proposes("ana", f"Motion {number}").does(c.Open("ana", number)).takes("agree", number, "ana", "ben")
    page = reading.decisions(meeting.state, meeting.voice())
    assert len(page.splitlines()) == 22
    assert page.splitlines()[1].startswith("22 · ")
    assert page.endswith("… and 2 older: /decisions WORDS finds them")
    assert reading.minutes_text(meeting.state, meeting.voice()).endswith(
        "Older items one by one: /show and /why with their number."
    )


def test_the_minutes_in_short_give_each_result_newest_first() -> None:
    meeting = after_a_vote().proposes("ana", "Let go").does(c.Withdraw("ana", 2)).wait("24h")
    page = reading.minutes_text(meeting.state, meeting.voice())
    assert [part.splitlines()[0] for part in page.split("\n\n")] == [
        "Green Hill: minutes, newest first", "2 · Let go — withdrawn", "1 · Repair the pump — adopted by vote",
    ]  # fmt: skip
    assert "nothing is over yet" in reading.minutes_text(five().state, meeting.voice())


def test_a_repealed_decision_says_so() -> None:
    meeting = Meeting().found("ana", "ben", preset="small").proposes("ana", "The pump").does(c.Open("ana", 1))
    meeting.takes("agree", 1, "ana", "ben").proposes("ben", "", "", "repeal", item=1).does(c.Open("ben", 2))
    meeting.takes("agree", 2, "ana", "ben")
    assert "1 · The pump — adopted by consensus, Tue 3 March 18:00 (repealed by 2)" in (
        reading.decisions(meeting.state, meeting.voice())
    )


# --- the assembly


def test_the_roll_in_the_order_of_enrolment() -> None:
    meeting = Meeting().found("dila", "ana").wait("1d").does(c.Join("ben")).does(c.NotePresence("ana", present=False))
    assert reading.roll(meeting.state, meeting.voice()) == (
        "Green Hill: 3 are on the roll\n"
        "Dila, since Tue 3 March 18:00\n"
        "Ana, since Tue 3 March 18:00 (out of the room)\n"
        "Ben, since Wed 4 March 18:00"
    )


def test_the_charter_whole_and_key_by_key() -> None:
    meeting = five()
    page = reading.charter(meeting.state, meeting.voice())
    assert isinstance(page, str)
    assert page.startswith("Green Hill: charter, version 1\nseconds = 1\n")
    for key in KEYS:
        one = reading.charter(meeting.state, meeting.voice(), key)
        assert isinstance(one, str)
        assert one.startswith(f"{key} = ")
        assert f"/propose charter {key}=…" in one


def test_principles_in_force() -> None:
    meeting = five()
    assert reading.principles(meeting.state, meeting.voice()) == (
        "Green Hill: principles; a block names one\nP1: the aims and the survival of this assembly"
    )
