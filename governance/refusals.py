"""Why not: codes and parameters, no prose. The words for each stand in the wording."""

from __future__ import annotations

import enum
from collections.abc import Mapping
from dataclasses import dataclass


class Why(enum.Enum):
    """One code for one reason; the comment names the parameters that come with it."""

    # the assembly and its roll
    NAME_NOT_A_WORD = "name_not_a_word"  # name
    ALREADY_FOUNDED = "already_founded"  # name
    ALREADY_ON_ROLL = "already_on_roll"
    NOT_ON_ROLL = "not_on_roll"
    UNKNOWN_KEY = "unknown_key"  # key
    BAD_VALUE = "bad_value"  # key, value, right
    DISCUSSION_WINDOW = "discussion_window"  # least, most
    FREEZE_TOO_LONG = "freeze_too_long"  # freeze, window
    UNKNOWN_PRESET = "unknown_preset"  # preset
    NOT_A_PAIR = "not_a_pair"  # word
    NOTHING_CHANGES = "nothing_changes"
    ADMISSION_PENDING = "admission_pending"  # item
    # items and stages
    NO_SUCH_ITEM = "no_such_item"  # item, last
    WRONG_STAGE = "wrong_stage"  # item, stage, verb
    TEXT_TOO_LONG = "text_too_long"  # length, most
    TEXT_MISSING = "text_missing"
    NOT_THE_PROPOSER = "not_the_proposer"  # item, proposer
    NOT_PROPOSER_NOR_SECONDER = "not_proposer_nor_seconder"  # item, proposer
    OWN_MOTION = "own_motion"  # item
    ALREADY_SECONDED = "already_seconded"  # item
    NOT_YET_OPEN = "not_yet_open"  # item, at
    IN_FREEZE = "in_freeze"  # item, closes
    ALREADY_PAUSED_ONCE = "already_paused_once"  # item
    FIRST_RIGHT = "first_right"  # item, member, until
    TOO_MANY_RESTARTS = "too_many_restarts"  # item, most
    NO_SUCH_AMENDMENT = "no_such_amendment"  # item, letter
    AMENDMENT_IS = "amendment_is"  # item, letter, state
    NOT_THE_AUTHOR = "not_the_author"  # item, letter, author
    NO_RIVALS_HERE = "no_rivals_here"  # item
    NO_TEXT_TO_AMEND = "no_text_to_amend"  # item
    SAME_TEXT = "same_text"  # item
    NOT_MINOR = "not_minor"  # item
    # positions and ballots
    NOTHING_OPEN = "nothing_open"  # item, stage
    QUESTION_CLOSED = "question_closed"  # item, closed
    STALE_BUTTON = "stale_button"  # item
    NOT_IN_ELECTORATE = "not_in_electorate"  # item, opened, joined
    NOT_IN_ELECTORATE_CONCERNED = "not_in_electorate_concerned"  # item
    LEFT_SINCE = "left_since"  # item
    BLOCK_NEEDS_REASON = "block_needs_reason"  # item
    NO_SUCH_PRINCIPLE = "no_such_principle"  # principle, known
    UNKNOWN_CHOICE = "unknown_choice"  # item, choices
    NO_SUCH_TEXT = "no_such_text"  # item, letters
    ONE_TEXT_IN_RUNOFF = "one_text_in_runoff"  # item, letters
    NOT_A_BLOCKER = "not_a_blocker"  # item
    STATEMENT_GIVEN = "statement_given"  # item
    # kinds
    NOT_A_MEMBER = "not_a_member"  # person
    NOT_ADOPTED = "not_adopted"  # item, stage
    ALREADY_REPEALED = "already_repealed"  # item, by
    CHANGED_BY_ITS_VERB = "changed_by_its_verb"  # item, kind, verb


@dataclass(frozen=True, slots=True)
class Refused:
    """Nothing happened, and this is why."""

    why: Why
    about: Mapping[str, object]


def refuse(why: Why, **about: object) -> Refused:
    return Refused(why, about)
