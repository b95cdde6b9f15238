"""Everything that can happen has words, in every language shipped; and they are the words of VOICE."""

import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from babel.messages.catalog import Catalog
from babel.messages.pofile import read_po, write_po
from hypothesis import given, settings
from hypothesis import strategies as st

from bot import announce, wording, wording_cards, wording_counts, wording_refusals, wording_results, wording_terms
from bot import wording_voice as speech
from bot.grammar import BUTTONS, VERBS, Misread, Request, Unclear, misread, parse, read_payload
from bot.reading import MEANINGS
from bot.reading_why import OUTCOMES
from bot.wording_help import WHERE
from governance import commands as c
from governance.charter import KEYS
from governance.motion import CHOICES, FINAL, POSITIONS, Kind, Stage
from governance.refusals import Refused, Why, refuse
from governance.terms import DAY, HOUR, MINUTE
from tests.process import catalogue
from tests.process.meeting import BEGIN, ID, Meeting, after_a_vote, voice

REFUSALS = Path(__file__).parents[2] / "governance" / "refusals.py"
SAMPLES: dict[str, object] = {
    "item": 12, "letter": "a", "letters": ("", "a"), "at": BEGIN + DAY, "until": BEGIN + DAY, "closes": BEGIN + DAY,
    "closed": BEGIN - DAY, "opened": BEGIN - 2 * DAY, "joined": BEGIN - DAY, "asked": BEGIN,
    "stage": "vote", "state": "accepted",
    "choices": CHOICES, "known": (1, 2), "last": 3, "length": 60_000, "most": 10_000, "by": 7, "kind": "charter",
    "verb": "/propose charter", "principle": 9, "key": "colour", "value": "red", "right": "yes or no",
    "least": "48h", "freeze": "2d", "window": "24h", "preset": "tiny", "word": "because", "name": "Green Hill",
    "person": "cem", "member": "cem", "proposer": "ana", "author": "ben", "council": "ana", "cooloff": 1,
    "ratification": 21, "source": 17, "choice": "yes", "assembly": "ben", "sender": "ana", "number": 3, "expected": 2,
    "role": "timekeeper", "methods": ("approval", "stv"), "sources": ("drand", "event"), "randomness": "drand",
    "how": "approve", "place": 2,
    "quotas": "gender:woman>=2", "seats": 1, "label": "hall", "labels": ("first", "Green_Hall"),
}  # fmt: skip


def about_of(why: Why) -> dict[str, object]:
    """The parameters of a refusal, as the comment beside its code names them."""
    line = next(line for line in REFUSALS.read_text().splitlines() if f'"{why.value}"' in line)
    names = line.partition("#")[2].replace(",", " ").split()
    return {name: SAMPLES[name] for name in names}


# --- nothing lacks words


@pytest.mark.parametrize("why", Why)
def test_every_refusal_has_words(why: Why) -> None:
    words = wording.refusal(refuse(why, **about_of(why)), voice())
    assert words
    assert "{" not in words
    assert "!" not in words


@pytest.mark.parametrize("code", Unclear)
def test_every_misreading_has_words_and_an_example(code: Unclear) -> None:
    words = wording.misreading(misread(code, "vote", "12 or 14"), voice())
    assert words
    assert "{" not in words
    assert "\n" not in words


def test_every_table_covers_what_it_is_about() -> None:
    assert set(wording.REFUSALS) == set(Why)
    assert set(wording.MISREADINGS) == set(Unclear)
    assert set(wording.TOLD) == set(announce.TOLD)
    stages = {stage.value for stage in Stage}
    assert set(wording_terms.STAGES) == set(wording_terms.WHAT_WORKS) == stages
    kinds = {kind.value for kind in Kind}
    assert set(wording_terms.KINDS) == kinds
    assert set(wording_terms.TITLES) == kinds - {"motion"}
    assert set(wording_terms.BUTTONS) == set(BUTTONS)
    assert set(wording_terms.COUNTED) == {*POSITIONS, *CHOICES}
    assert set(wording_terms.CHOICES) == {*POSITIONS, *CHOICES, "none"}
    assert set(wording_cards._STAGES) == set(Stage) - FINAL
    assert {stage for stage, _ in wording_results.ENDINGS} == {stage.value for stage in FINAL}
    assert set(wording_results.UNREACHED) < set(OUTCOMES)
    assert {test for test, _ in wording_counts.TESTS} == {"quorum", "blocks", "support", "stand_asides", "votes",
                                                         "threshold"}  # fmt: skip
    assert set(MEANINGS) >= set(KEYS)
    assert {key.right for key in KEYS.values()} <= set(wording_refusals.RIGHT)
    assert {verb.where for verb in VERBS.values()} <= set(WHERE)


@pytest.mark.parametrize("line", ["/propose Repair the pump", "!vote 12 yes"])
def test_help_of_a_verb_has_its_words_in_a_line_that_is_understood(line: str) -> None:
    for name in VERBS:
        words = wording.help_verb(name, voice(prefix=line[0]))
        assert words
        example = next(part for part in words.splitlines() if part.startswith("For example: "))
        assert isinstance(parse(example.removeprefix("For example: ")), Request)
    assert wording.help_verb("nonsense", voice()) is None


def commands_in(text: str) -> Iterator[str]:
    """The verbs a text tells people to send."""
    yield from re.findall(r"(?<![\w/.])/([a-z]+)", text)


def test_every_command_the_bot_speaks_of_exists() -> None:
    for key in catalogue.ids(catalogue.messages()):
        for message in key:
            assert set(commands_in(message)) <= set(VERBS), message


# --- every language shipped


def test_the_template_holds_the_messages_of_the_program() -> None:
    assert catalogue.ids(catalogue.template()) == catalogue.ids(catalogue.messages()), (
        "run: python tests/process/catalogue.py"
    )


def test_every_language_shipped_has_words_for_everything() -> None:
    for language in speech.languages()[1:]:
        with (speech.LOCALE / language / f"{speech.DOMAIN}.po").open("rb") as file:
            assert catalogue.faults(read_po(file, locale=language)) == []


@pytest.fixture
def another_language(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Catalog]:
    """Polish as far as the plural forms go: every message shouts, so that it shows where it was said."""
    translated = Catalog(locale="pl")
    for one in catalogue.messages():
        if isinstance(one.id, tuple):
            singular, plural = one.id
            translated.add(one.id, (shouted(singular), shouted(plural) + "+", shouted(plural) + "++"))
        elif one.id:
            translated.add(one.id, one.id if one.id.startswith("EEE") else shouted(one.id))
    folder = tmp_path / "pl"
    folder.mkdir()
    with (folder / f"{speech.DOMAIN}.po").open("wb") as file:
        write_po(file, translated)
    monkeypatch.setattr(speech, "LOCALE", tmp_path)
    caches = (speech.languages, speech.known_language, speech.catalogue)
    for cache in caches:
        cache.cache_clear()
    yield translated
    for cache in caches:
        cache.cache_clear()


def shouted(message: str) -> str:
    """Upper case but for what is filled in."""
    return "".join(part if part.startswith("{") else part.upper() for part in re.split(r"(\{\w*\})", message))


def test_another_language_is_spoken_with_its_own_plurals_dates_and_lists(another_language: Catalog) -> None:
    assert speech.languages() == ("en", "pl")
    assert wording.known_language("pl-PL") == "pl"
    assert wording.known_language("tlh") is None
    polish = voice(language="pl")
    assert polish.plural("in {count} day", "in {count} days", 1) == "IN 1 DAY"
    assert polish.plural("in {count} day", "in {count} days", 3) == "IN 3 DAYS+"
    assert polish.plural("in {count} day", "in {count} days", 5) == "IN 5 DAYS++"
    assert polish.date(BEGIN) == "wt. 3 marca 18:00"
    assert polish.list(["Ana", "Ben", "Cem"]) == "Ana, Ben i Cem"
    assert wording.refusal(refuse(Why.OWN_MOTION, item=12, letter=""), polish) == (
        "12 IS YOUR OWN; SOMEBODY ELSE HAS TO SECOND IT."
    )
    assert catalogue.faults(another_language) == []


def test_a_language_nobody_translated_falls_back_to_english() -> None:
    refused = refuse(Why.OWN_MOTION, item=12, letter="")
    assert wording.refusal(refused, voice(language="tlh")).startswith("12 is your own")


def test_a_catalogue_that_lacks_something_is_found_out(another_language: Catalog) -> None:
    another_language.delete("Done.")
    another_language["You have seconded {item}{letter} already."].string = "JUZ"
    another_language["{date} ({distance})"].string = "{date} {when}"
    found = catalogue.faults(another_language)
    assert "missing: 'Done.'" in found
    assert "words in braces lost: 'JUZ'" in found
    assert "other words in braces: '{date} {when}'" in found


# --- how it feels


def test_a_draft_says_what_it_needs_and_until_when() -> None:
    meeting = Meeting().found("ana", "ben", "cem")
    meeting.proposes("ana", "Repair the pump", "The pump by the mill, before winter.")
    assert meeting.card(1).text == (
        "1 · Repair the pump — motion by Ana · waiting for support\n"
        "The pump by the mill, before winter.\n"
        "It is discussed once 1 member more has seconded it, until Tue 10 March 18:00 (in 7 days).\n"
        "/amend 1 … to change the text"
    )
    assert [[one.label for one in row] for row in meeting.card(1).buttons] == [["Second"]]


def test_a_discussion_says_when_it_can_be_opened() -> None:
    meeting = Meeting().found("ana", "ben", "cem").proposes("ana", "Repair the pump").does(c.Second("ben", 1))
    assert "Seconded by Ben. It can be opened from Thu 5 March 18:00 (in 2 days)." in meeting.card(1).text
    meeting.wait("48h")
    assert "It can be opened now; by itself it opens Tue 17 March 18:00 (in 12 days)." in meeting.card(1).text


def test_a_round_shows_tally_turnout_closing_and_reasons() -> None:
    meeting = Meeting().found("ana", "ben", "cem", "dila", "elif").opened("ana", "Repair the pump", "Before winter.")
    meeting.takes("agree", 1, "ana", "ben").does(c.TakePosition("cem", 1, "aside", "I will be away."))
    assert meeting.card(1).text == (
        "1 · Repair the pump — motion by Ana · consensus round 1 of 2 · 5 may answer\n"
        "Before winter.\n"
        "Agree 2 · With reservations 0 · Stand aside 1 · Block 0 · Pass 0\n"
        "3 of 5 have answered; 3 are needed.\n"
        "Until Sun 8 March 18:00 (in 3 days). You can change your answer until then; "
        "press again if you saw no confirmation.\n"
        "Cem stands aside: “I will be away.”"
    )
    labels = [one.label for row in meeting.card(1).buttons for one in row]
    assert labels == ["Agree", "Reserve", "Stand aside", "Block", "Pass"]
    tap = read_payload(meeting.card(1).buttons[0][0].payload)
    assert tap
    assert (tap.assembly, tap.item, tap.question, tap.choice) == (ID, 1, 1, "agree")


def test_where_there_are_no_buttons_the_card_says_what_to_type() -> None:
    meeting = Meeting().found("ana", "ben", "cem").opened("ana", "Repair the pump")
    said = meeting.card(1, buttons=False, prefix="!")
    assert said.buttons == ()
    assert said.text.endswith("!agree 1 · !reserve 1 · !aside 1 · !block 1 P1 … · !pass 1")
    assert "press again" not in said.text


def test_a_consensus_is_announced_with_its_arithmetic_once() -> None:
    meeting = Meeting().found("ana", "ben", "cem", "dila", "elif").opened("ana", "Repair the pump")
    meeting.takes("agree", 1, "ana", "ben", "dila").takes("reserve", 1, "elif")
    meeting.does(c.TakePosition("cem", 1, "aside", "I will be away.")).wait("24h")
    assert wording.result(meeting.state, 1, meeting.voice(), (48, "5c1e" + "0" * 56 + "9b02")) == (
        "1 · Repair the pump — adopted by consensus\n"
        "3 agree, 1 with reservations, 1 stands aside (Cem: “I will be away.”), no block. "
        "5 of 5 answered; 3 were needed. Support 4 ≥ 2. Stand-asides 1 of 5 ≤ 1/3.\n"
        "Register 48 · 5c1e…9b02"
    )


def test_a_vote_is_announced_with_its_arithmetic_and_what_went_before() -> None:
    meeting = Meeting().found("ana", "ben", "cem", "dila").opened("ana", "Rent for the hall")
    for _ in range(2):
        meeting.takes("agree", 1, "ana", "ben").blocks("dila", 1, "we would owe money we do not have").wait("72h")
    meeting.does(c.AttachStatement("dila", 1, "No debts.")).wait("24h")
    meeting.votes("yes", 1, "ana").votes("no", 1, "dila").votes("abstain", 1, "ben").wait("72h")
    assert wording.result(meeting.state, 1, meeting.voice()) == (
        "1 · Rent for the hall — not adopted by vote\n"
        "1 yes, 1 no, 1 abstains. 3 of 4 took part; 3 were needed. 1 of 2 cast = 50.0 %; 2/3 were needed.\n"
        "2 rounds before it found no consensus; blocked by Dila (P1): “we would owe money we do not have”.\n"
        "Statement by Dila: /statement 1\n"
        "The same text may be moved again."
    )


def test_rival_texts_have_a_row_of_buttons_each_and_the_winner_is_named() -> None:
    meeting = after_a_vote()
    words = wording.result(meeting.state, 1, meeting.voice())
    assert "1a: 3 yes, 0 no, 0 abstain. 3 of 5 took part" in words
    assert "The text is that of 1a, by Cem." in words
    vote_card = [text for to, kind, text in meeting.said if kind == "card" and "· vote ·" in text][-1]
    assert "1a by Cem: The pump and its pipes, before winter." in vote_card
    assert vote_card.count("0 of 5 have answered; 3 are needed.") == 2  # each text by its own ballots


def test_a_run_off_asks_for_one_text() -> None:
    meeting = Meeting().found("ana", "ben", "cem", preset="small", rounds="0", early_close="no")
    meeting.proposes("ana", "The pump", "one").does(c.Amend("ben", 1, "two")).does(c.PutRival("ben", 1, "a"))
    meeting.does(c.Open("ana", 1)).votes("yes", 1, "ana", "cem").votes("yes", 1, "ana", "cem", letter="a")
    meeting.wait("24h")
    card = meeting.card(1)
    assert "run-off · 3 may answer" in card.text
    assert "The texts were equally wanted" in card.text
    assert "0 of 3 have answered.\n" in card.text  # it has no quorum of its own
    assert [[one.label for one in row] for row in card.buttons] == [["1", "1a"], ["Abstain"]]
    meeting.votes("yes", 1, "ana", "cem", letter="a").votes("abstain", 1, "ben").wait("24h")
    words = wording.result(meeting.state, 1, meeting.voice())
    assert "Run-off between the texts: 2 for 1a, 1 abstains." in words


def test_a_charter_motion_says_in_words_what_was_put() -> None:
    meeting = Meeting().found("ana", "ben", "cem").proposes("ana", "", "", "charter", rounds="3", threshold="3/4")
    first, *lines = meeting.card(1).text.splitlines()
    assert first == "1 · Charter: rounds=3 threshold=3/4 — change of the charter, by Ana · waiting for support"
    assert lines[:2] == ["rounds: now 2, then 3", "threshold: now 2/3, then 3/4"]


def test_an_exclusion_says_who_it_is_about_and_what_it_does() -> None:
    meeting = Meeting().found("ana", "ben", "cem", "dila")
    meeting.opened("ana", "", "He sold the tools.", "exclusion", person="cem")
    assert "Exclusion of Cem — exclusion, by Ana · vote · 3 may answer" in meeting.card(1).text
    assert "Cem may answer in the room and has no ballot in it." in meeting.card(1).text
    meeting.votes("yes", 1, "ana", "ben", "dila").wait("72h")
    assert "Cem is no longer on the roll." in wording.result(meeting.state, 1, meeting.voice())
    assert ("cem", "told", "Green Hill has excluded you, by item 1: /show 1. With /join you can ask to come back.") in (
        meeting.said
    )
    meeting.does(c.Join("cem"))
    assert "Admission of Cem — admission · in discussion" in meeting.card(2).text


def test_a_repeal_ends_what_the_motion_set_in_force() -> None:
    meeting = Meeting().found("ana", "ben", "cem", preset="small", early_close_after="1h")
    meeting.proposes("ana", "", "Water is nobody's property", "principle").does(c.Open("ana", 1))
    meeting.takes("agree", 1, "ana", "ben", "cem").wait("24h")
    assert "It is principle P2 from now on." in wording.result(meeting.state, 1, meeting.voice())
    meeting.proposes("ben", "", "", "repeal", item=1).does(c.Open("ben", 2)).takes("agree", 2, "ana", "ben", "cem")
    meeting.wait("24h")
    words = wording.result(meeting.state, 2, meeting.voice())
    assert "No longer in force: 1 · Principle: Water is nobody's property" in words
    assert "With it ends principle P2." in words
    assert "Repealed by 2." in meeting.card(1).text


def test_whoever_reads_a_short_life_knows_why_it_ended() -> None:
    meeting = Meeting().found("ana", "ben", "cem", "dila", "elif")
    meeting.proposes("ana", "Nobody seconds this").wait("14d")
    assert "lapsed: too few seconded it in seven days" in meeting.card(1).text
    meeting.opened("ana", "Too few answer this").takes("agree", 2, "ana").wait("14d")
    assert "lapsed: too few answered" in meeting.card(2).text
    assert "Only 1 of 5 answered; 3 were needed." in wording.result(meeting.state, 2, meeting.voice())
    meeting.proposes("ana", "Let go").does(c.Withdraw("ana", 3))
    assert "Any member may take it over: /takeover 3" in meeting.card(3).text
    meeting.wait("48h")
    assert "Its proposer let it go" in wording.result(meeting.state, 3, meeting.voice())


def test_deferred_says_what_was_missing() -> None:
    meeting = Meeting().found("ana", "ben", "cem", "dila", preset="small", rounds="1")
    meeting.proposes("ana", "The pump").does(c.Open("ana", 1)).takes("agree", 1, "ana").takes("pass", 1, "ben")
    meeting.wait("24h")
    words = wording.result(meeting.state, 1, meeting.voice())
    assert words.startswith("1 · The pump — deferred: too little support\n1 agrees, no block, 1 passes. ")
    assert "Support 1 < 2." in words


def test_paused_and_orphaned_cards_say_who_can_go_on() -> None:
    meeting = Meeting().found("ana", "ben", "cem").proposes("ana", "The pump").does(c.Second("ben", 1))
    meeting.does(c.Pause("ana", 1))
    assert "or until Ana lets it go on: /resume 1" in meeting.card(1).text
    meeting.does(c.Leave("ana"))
    words = meeting.card(1).text
    assert "Ben may take it over until Wed 4 March 06:00 (in 12 hours), then anybody: /takeover 1" in words
    assert meeting.card(1).buttons == ()


def test_a_refusal_says_why_and_what_would_work() -> None:
    joined = refuse(Why.NOT_IN_ELECTORATE, item=1, joined=BEGIN - DAY, opened=BEGIN - 2 * DAY)
    assert wording.refusal(joined, voice()) == (
        "You joined Mon 2 March 18:00; this question was opened Sun 1 March 18:00. You have a say from the next one."
    )
    just_after = refuse(Why.NOT_IN_ELECTORATE, item=1, joined=BEGIN - DAY, opened=BEGIN - DAY)
    assert wording.refusal(just_after, voice()) == (
        "This question was opened Mon 2 March 18:00, just before you joined. You have a say from the next one."
    )
    waiting = refuse(Why.NEWCOMER_WAITS, item=1, joined=BEGIN - 2 * DAY, opened=BEGIN - DAY, asked=BEGIN)
    assert "you have a say in what is opened from Tue 3 March 18:00" in wording.refusal(waiting, voice())
    rested = refuse(Why.RESTED, item=1, opened=BEGIN - DAY)
    assert wording.refusal(rested, voice()).startswith("You had not been heard for long when this question was opened")
    none_yet = refuse(Why.NO_SUCH_ITEM, item=1, last=0)
    assert wording.refusal(none_yet, voice()).startswith("There is no item yet.")
    runoff = refuse(Why.ONE_TEXT_IN_RUNOFF, item=12, letters=("", "a"))
    assert "Send: /vote 12 yes" in wording.refusal(runoff, voice())
    long = refuse(Why.BAD_VALUE, key="rounds", value="9" * 60_000, right="a whole number from 0 to 20")
    assert len(wording.refusal(long, voice())) < 200


def test_what_was_typed_is_said_back_short_and_with_the_prefix_of_the_place() -> None:
    unread = parse("/vote ١٢ yes")
    assert isinstance(unread, Misread)
    assert wording.misreading(unread, voice(prefix="!")).endswith("Send: !vote 12 yes")
    unread = parse("/found " + "x " * 30_000)
    assert isinstance(unread, Misread)
    assert len(wording.misreading(unread, voice())) < 60_500
    assert wording.misreading(misread(Unclear.WHICH_ITEM, "agree"), voice()).startswith("Which item is meant? Give")
    unknown = {line: parse(line) for line in ("/agre 12", "/frobnicate")}
    words = {line: wording.misreading(read, voice()) for line, read in unknown.items() if isinstance(read, Misread)}
    assert words == {
        "/agre 12": "I do not know “agre”. Perhaps: /agree 12 · what can be done now: /help",
        "/frobnicate": "I do not know “frobnicate”. What can be done now: /help",
    }


def test_a_tap_is_answered_with_what_was_recorded_and_until_when() -> None:
    said = wording.recorded("agree", "8f3a21c0ffee", BEGIN + 5 * DAY, voice())
    assert said == "Recorded: agree (8f3a21c0). You can change it until Sun 18:00."
    rival = wording.recorded("yes", "8f3a21c0", BEGIN + 30 * DAY, voice(), "12a")
    assert rival == "Recorded for 12a: yes (8f3a21c0). You can change it until Thu 2 April 18:00."
    runoff = wording.recorded("original", "8f3a21c0", None, voice(), "12")
    assert runoff.startswith("Recorded: 12 (8f3a21c0).")
    assert wording.answer("how_to_block", voice(), item=12) == (
        "A block needs a reason and a principle. Send: /block 12 P1 your reason"
    )
    assert wording.answer("leave", voice(), assembly="Green_Hill", line="leave Green_Hill") == (
        "Leave the roll of Green Hill? It works at once. Press the button, or send: /leave Green_Hill yes"
    )
    assert wording.label("aside", voice()) == "Stand aside"


def test_joining_a_small_assembly_says_that_it_cannot_decide_yet() -> None:
    meeting = Meeting().found("ana", "ben")
    assert wording.joined(meeting.state, voice()) == (
        "You are on the roll of Green Hill. It has 2 members and decides nothing before it has 3."
    )
    meeting.does(c.Join("cem"))
    assert wording.joined(meeting.state, voice()).startswith("You are on the roll of Green Hill, with 2 others.")


def test_a_question_too_few_may_answer_says_that_it_cannot_be_decided() -> None:
    meeting = Meeting().found("ana", "ben").opened("ana", "The pump")
    assert "3 are needed: more than may answer, so this cannot be decided." in meeting.card(1).text


# --- help


def test_help_shows_at_most_six_lines_and_the_pressing_first() -> None:
    meeting = Meeting().found("ana", "ben", "cem")
    for title in ("One", "Two", "Three", "Four", "Five", "Six", "Seven"):
        meeting.proposes("ana", title)
    help_now = wording.help_now(meeting.state, "ben", lambda item: False, meeting.voice())
    assert len(help_now.splitlines()) == 6
    assert help_now.startswith("1 · One looks for support: /second 1")
    assert help_now.endswith("All commands: /help all")


def test_help_is_about_here_and_now_and_you() -> None:
    meeting = Meeting().found("ana", "ben", "cem").opened("ana", "The pump")
    answered = wording.help_now(meeting.state, "cem", lambda item: True, meeting.voice())
    asked = wording.help_now(meeting.state, "cem", lambda item: False, meeting.voice())
    assert "/agree 1" in asked
    assert "/agree" not in answered
    assert "/join" in wording.help_now(meeting.state, "zoe", lambda item: False, meeting.voice())
    assert "/found" in wording.help_now(None, "zoe", lambda item: False, voice())
    assert "joined in its room" in wording.help_now(None, "zoe", lambda item: False, voice(), private=True)


def test_help_offers_what_waits_for_a_hand() -> None:
    meeting = Meeting().found("ana", "ben", "cem").proposes("ana", "The pump").does(c.Second("ben", 1))
    meeting.does(c.Amend("cem", 1, "The pump and its pipes"))
    assert "/accept 1a" in wording.help_now(meeting.state, "ana", lambda item: False, meeting.voice())
    meeting.does(c.Pause("ana", 1))
    assert "/resume 1" in wording.help_now(meeting.state, "ana", lambda item: False, meeting.voice())
    meeting.does(c.Resume("ana", 1)).wait("48h")
    assert "/open 1" in wording.help_now(meeting.state, "ben", lambda item: False, meeting.voice())
    meeting.does(c.Withdraw("ana", 1))
    assert "/takeover 1" in wording.help_now(meeting.state, "cem", lambda item: False, meeting.voice())


def test_all_help_names_every_verb_here_and_those_of_the_other_place() -> None:
    for private in (False, True):
        words = wording.help_all(voice(), private=private)
        assert {name for name, verb in VERBS.items() if verb.listed} <= set(commands_in(words))
    menu = dict(wording.menu(voice(), private=False))
    assert "join" in menu
    assert "start" not in menu
    assert "join" not in dict(wording.menu(voice(), private=True))


def test_on_several_rolls_an_item_is_written_with_its_assembly() -> None:
    meeting = Meeting().found("ana", "ben", "cem").opened("ana", "The pump")
    words = wording.help_now(meeting.state, "cem", lambda item: False, meeting.voice(assembly="Green_Hill", prefix="!"))
    line = words.splitlines()[0]
    assert "!agree Green_Hill#1" in line
    read = parse("!agree Green_Hill#1")
    assert isinstance(read, Request)
    assert read.assembly == "green_hill"
    assert voice(assembly="Well").line("show 12") == "/show Well#12"


# --- words, names, numbers and times


def test_times_are_absolute_in_the_zone_with_the_distance() -> None:
    assert voice().until(BEGIN + 2 * DAY) == "Thu 5 March 18:00 (in 2 days)"
    assert voice(zone="Asia/Kolkata").until(BEGIN + 2 * DAY) == "Thu 5 March 23:30 (in 2 days)"
    assert voice().until(BEGIN - DAY) == "Mon 2 March 18:00"
    assert voice().date(BEGIN + 400 * DAY) == "Wed 7 April 2027 18:00"


@pytest.mark.parametrize(
    ("length", "distance", "left"),
    [
        (14 * DAY, "in 14 days", "14 days left"),
        (3 * DAY - 400, "in 3 days", "3 days left"),
        (47 * HOUR, "in 47 hours", "47 hours left"),
        (90 * MINUTE, "in 90 minutes", "90 minutes left"),
        (MINUTE, "in 1 minute", "1 minute left"),
        (999, "in less than a minute", "1 minute left"),
    ],
)
def test_distances(length: int, distance: str, left: str) -> None:
    assert voice().distance(length) == distance
    assert voice().left(length) == left


@given(st.integers(0, 10**6), st.integers(1, 10**6))
def test_percents_are_rounded_half_up_in_whole_numbers(part: int, whole: int) -> None:
    shown = voice().percent(part, whole)
    tenths = int(shown.removesuffix(" %").replace(".", ""))
    assert 2 * abs(1000 * part - tenths * whole) <= whole
    assert voice().percent(18, 28) == "64.3 %"
    assert voice().percent(22, 28) == "78.6 %"


def test_titles_and_names_are_only_text() -> None:
    meeting = Meeting().found("ana", "ben").proposes("ana", "<b>{item}</b> *bold* %s", "{0} <i>")
    assert meeting.card(1).text.startswith("1 · <b>{item}</b> *bold* %s — motion by Ana")
    assert "{0} <i>" in meeting.card(1).text


def test_words_written_from_right_to_left_do_not_turn_the_line_around() -> None:
    meeting = Meeting().found("ana", "ben").proposes("ana", "إصلاح\u202e المضخة", "x")
    assert meeting.card(1).text.startswith("1 · \u2068إصلاح المضخة\u2069 — motion by Ana")


def test_a_long_text_is_cut_between_words_and_says_where_the_whole_is() -> None:
    meeting = Meeting().found("ana", "ben").proposes("ana", "Long", "word " * 400)
    line = meeting.card(1).text.splitlines()[1]
    assert line.endswith("word … whole text: /show 1")
    assert len(line) < 640


@settings(deadline=None)
@given(st.text(max_size=60), st.text(max_size=60))
def test_no_title_or_text_breaks_a_card(title: str, text: str) -> None:
    meeting = Meeting().found("ana", "ben").proposes("ana", title, text)
    if meeting.state.items:
        assert meeting.card(1).text.startswith("1 · ")


@given(st.sampled_from(list(Why)), st.text(max_size=30))
def test_no_typed_word_breaks_a_refusal(why: Why, typed: str) -> None:
    known = about_of(why)
    about = known | {key: typed for key in ("name", "key", "value", "word", "preset", "label") if key in known}
    assert wording.refusal(Refused(why, about), voice())
