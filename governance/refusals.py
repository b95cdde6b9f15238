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
    OWN_MOTION = "own_motion"  # item, letter
    ALREADY_SECONDED = "already_seconded"  # item, letter
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
    NEWCOMER_WAITS = "newcomer_waits"  # item, opened, joined, asked
    RESTED = "rested"  # item, opened
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
    # rooms
    BAD_LABEL = "bad_label"  # label
    LABEL_TAKEN = "label_taken"  # label
    NO_SUCH_ROOM = "no_such_room"  # label, labels
    LAST_ROOM = "last_room"  # label
    CODE_UNKNOWN = "code_unknown"
    CODE_USED = "code_used"  # label
    CODE_OVER = "code_over"  # label, closed
    CODE_FOR_MEMBERS = "code_for_members"  # assembly, until
    # councils, delegations, mandates
    NOT_IN_A_COUNCIL = "not_in_a_council"  # verb
    ONLY_IN_A_COUNCIL = "only_in_a_council"  # verb
    NOT_A_DELEGATE = "not_a_delegate"
    OBSERVERS_SPEAK = "observers_speak"
    VOICE_IS_SUSPENDED = "voice_is_suspended"  # item, until
    NOT_A_MEMBER_OF = "not_a_member_of"  # council
    ALREADY_A_MEMBER_OF = "already_a_member_of"  # council
    COUNCIL_IS_BELOW = "council_is_below"  # council
    NO_DELEGATES = "no_delegates"
    TWO_SEATS = "two_seats"  # person
    NOT_ON_A_ROLL_BELOW = "not_on_a_roll_below"  # person
    TERMS_SERVED = "terms_served"  # person, most, cooloff
    PARITY_NEEDS_A_PAIR = "parity_needs_a_pair"
    NO_SEAT = "no_seat"  # person, council
    NO_SUCH_COUNCIL_ITEM = "no_such_council_item"  # council, item
    COUNCIL_ITEM_CLOSED = "council_item_closed"  # council, item, stage
    ANSWER_THE_RATIFICATION = "answer_the_ratification"  # council, item, ratification
    MANDATE_LEAVES_CHOICE = "mandate_leaves_choice"
    MANDATE_COVERS_NOTHING = "mandate_covers_nothing"
    MANDATE_IS_OVER = "mandate_is_over"  # until
    AGAINST_MANDATE = "against_mandate"  # item, member, source, choice
    CANNOT_LOWER = "cannot_lower"  # item, source
    SIGNING_NEEDS_MANDATE = "signing_needs_mandate"  # item, member, closes
    ASSEMBLIES_ANSWER = "assemblies_answer"  # item
    ALREADY_AGREED = "already_agreed"  # council, item
    NOT_RIGHTS = "not_rights"  # council, item
    NOT_A_MEMBER_ASSEMBLY = "not_a_member_assembly"  # assembly
    # elections, draws, roles, speaking
    BAD_ROLE = "bad_role"  # role
    NOT_SEATS = "not_seats"  # most
    UNKNOWN_METHOD = "unknown_method"  # methods
    UNKNOWN_SOURCE = "unknown_source"  # sources
    UNKNOWN_POOL = "unknown_pool"
    TOO_MANY_QUOTAS = "too_many_quotas"  # most
    QUOTAS_CANNOT_BE = "quotas_cannot_be"  # quotas, seats
    NO_QUOTAS_BY_RFC3797 = "no_quotas_by_rfc3797"
    LOT_TOO_EARLY = "lot_too_early"  # at
    EVENT_UNNAMED = "event_unnamed"
    ROLE_TERM = "role_term"  # most
    NO_NAMES_HERE = "no_names_here"  # item
    NOT_STANDING = "not_standing"  # item
    STANDS_ALREADY = "stands_already"  # item
    NO_CANDIDATES = "no_candidates"  # item
    NO_SUCH_CANDIDATE = "no_such_candidate"  # item, person
    NAMED_TWICE = "named_twice"  # item, person
    SCORE_OUT_OF_RANGE = "score_out_of_range"  # item, person, most
    OBJECTION_UNREASONED = "objection_unreasoned"  # item
    NO_OBJECTION = "no_objection"  # item
    ONE_NAME_FIRST = "one_name_first"  # item
    BALLOT_IS_OF_NAMES = "ballot_is_of_names"  # item, how
    GIVEN_IN_PRIVATE = "given_in_private"  # item
    OWN_ROW_IN_PRIVATE = "own_row_in_private"  # item
    NO_BOARD = "no_board"  # item
    NO_SEAT_BY = "no_seat_by"  # item
    NO_ROLE = "no_role"  # person, role
    NO_LOT_HERE = "no_lot_here"  # item
    LIST_FROZEN = "list_frozen"  # item
    NOT_KNOWN_YET = "not_known_yet"  # item, at
    NOT_THE_VALUE = "not_the_value"  # item, randomness
    NOT_A_COMMITMENT = "not_a_commitment"  # item
    NOT_WHAT_WAS_COMMITTED = "not_what_was_committed"  # item
    REVEALED_TOO_LATE = "revealed_too_late"  # item
    ON_THE_LIST = "on_the_list"  # place
    NOBODY_WAITS = "nobody_waits"
    DISPATCH_OUT_OF_ORDER = "dispatch_out_of_order"  # sender, number, expected


@dataclass(frozen=True, slots=True)
class Refused:
    """Nothing happened, and this is why."""

    why: Why
    about: Mapping[str, object]


def refuse(why: Why, **about: object) -> Refused:
    return Refused(why, about)
