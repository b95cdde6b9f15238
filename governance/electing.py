"""Elections (§7.3): names are gathered, one ballot is held, seats are filled; ties wait for a lot."""

from __future__ import annotations

from collections.abc import Mapping

from governance import commands as c
from governance import facts as f
from governance.answering import REASON_LIMIT, open_to
from governance.ballots import count, objected, reveals, without_reasons, write
from governance.changing import in_stage
from governance.closing import charter_of, is_secret, open_question_of
from governance.counting import quorum_needs
from governance.decision import Ballot, Box, Decided, decided
from governance.hiding import commitment
from governance.holding import belongs, left_out, persons_of, role_of, seat_chosen
from governance.lots import announce_drand
from governance.motion import NEXT, Item, Kind, Stage, question_id
from governance.people import NAMED, NOTHING_DECLARED, OUT, STANDS, Pool, quotas_in, terms_number, terms_text
from governance.proposing import find, may_open, open_item, too_long
from governance.refusals import Refused, Why, refuse
from governance.sortition import lot
from governance.state import Assembly, Sitting
from governance.state_people import pool_of
from governance.terms import SECOND, Instant, PersonId, canonical, digest

# --- names


def _gathering(state: Assembly, by: PersonId, number: int, fact: type[f.Fact]) -> tuple[Item, Pool] | Refused:
    """The election or draw, when names can be said of it now."""
    if not belongs(state, by):
        return refuse(Why.NOT_ON_ROLL)
    item = find(state, number)
    if isinstance(item, Refused):
        return item
    if item.pool is None:
        return refuse(Why.NO_NAMES_HERE, item=number)
    if item.pool.list_hash:
        return refuse(Why.LIST_FROZEN, item=number)
    if fact not in NEXT[item.stage] and not has_open_seats(state, item):
        return refuse(Why.WRONG_STAGE, **in_stage(item))
    return item, item.pool


def has_open_seats(s: Assembly | Sitting, item: Item) -> bool:
    """An election that is over, while its term lasts and a seat of it is empty: nominations are open again (§7.4)."""
    if item.kind is not Kind.ELECTION or item.stage is not Stage.CLOSED or item.pool is None:
        return False
    if len(item.pool.holding) >= terms_number(item.terms, "seats"):
        return False
    council = terms_text(item.terms, "council")
    if council:
        membership = s.ties.councils.get(council)
        delegation = membership.delegation if membership is not None else None
        seated = delegation is not None and bool(delegation.delegates)
        mine = membership is not None and membership.seated_by == item.number
    else:
        role = s.people.roles.get(role_of(item))
        seated, mine = role is not None, role is not None and role.item == item.number
    # once whoever it seated has gone with the term, another election is called
    return mine or not (seated or item.pool.holding or item.pool.gone)


def _reopen_if_over(s: Sitting, item: Item, at: Instant) -> None:
    if item.stage is Stage.CLOSED:
        s.record(f.ElectionReopened(item.number), at)


def nominate(state: Assembly, command: c.Nominate, at: Instant) -> Decided | Refused:
    """Somebody is asked to stand; they have to accept."""
    found = _gathering(state, command.by, command.item, f.Nominated)
    if isinstance(found, Refused):
        return found
    item, pool = found
    if item.kind is not Kind.ELECTION:
        return refuse(Why.NO_NAMES_HERE, item=item.number)
    if command.person not in persons_of(state):
        return refuse(Why.NOT_A_MEMBER, person=command.person)
    if command.by == command.person:
        return stand(state, c.Stand(command.by, command.item), at)
    s = Sitting(state.id, state)
    _reopen_if_over(s, item, at)
    if pool_of(s, item.number).names.get(command.person, OUT) != OUT or command.person in pool.holding:
        return refuse(Why.STANDS_ALREADY, item=item.number)
    s.record(f.Nominated(item.number, command.person, command.by), at)
    return decided(s)


def stand(state: Assembly, command: c.Stand, at: Instant) -> Decided | Refused:
    """Accepts, stands of one's own accord, or volunteers."""
    found = _gathering(state, command.by, command.item, f.Stood)
    if isinstance(found, Refused):
        return found
    item, pool = found
    if command.by not in persons_of(state) or command.by in pool.holding:
        return refuse(Why.NO_SEAT_BY if command.by in pool.holding else Why.NOT_ON_ROLL, item=item.number)
    s = Sitting(state.id, state)
    _reopen_if_over(s, item, at)
    if pool_of(s, item.number).names.get(command.by) == STANDS:
        return refuse(Why.STANDS_ALREADY, item=item.number)
    s.record(f.Stood(item.number, command.by), at)
    return decided(s)


def decline(state: Assembly, command: c.Decline, at: Instant) -> Decided | Refused:
    """Does not stand, or stands no more: a ballot that names them already passes them over."""
    found = _gathering(state, command.by, command.item, f.Declined)
    if isinstance(found, Refused):
        return found
    item, pool = found
    waits = item.stage is Stage.VOTE and item.question is None
    if waits or item.stage is Stage.CLOSED or pool.names.get(command.by, OUT) not in (NAMED, STANDS):
        return refuse(Why.NOT_STANDING, item=item.number)
    s = Sitting(state.id, state)
    s.record(f.Declined(item.number, command.by), at)
    return decided(s)


# --- the ballot


def open_one(state: Assembly, command: c.Open, box: Box, at: Instant) -> Decided | Refused:
    """`open`: of an election the ballot, of anything else its first question."""
    item = state.items.get(command.item)
    if item is None or item.kind is not Kind.ELECTION:
        return open_item(state, command, at)
    # who may open, and from when, is as for any motion
    allowed = may_open(state, command, at)
    if isinstance(allowed, Refused):
        return allowed
    if STANDS not in pool_of(Sitting(state.id, state), item.number).names.values():
        return refuse(Why.NO_CANDIDATES, item=item.number)
    s = Sitting(state.id, state)
    open_ballot(s, item.number, box, at)
    return decided(s)


def open_ballot(s: Sitting, number: int, box: Box, at: Instant) -> None:
    """Names are gathered: those who stand, less who held it lately, are on the ballot; nobody, and it is over."""
    item, pool = s.items[number], pool_of(s, number)
    charter, here = charter_of(item, s), set(persons_of(s))
    standing = [one for one, word in pool.names.items() if word == STANDS and one in here]
    seats = terms_number(item.terms, "seats") - len(pool.holding)
    out = left_out(s, item, standing, seats)
    candidates = tuple(sorted(one for one in standing if one not in out))
    if not candidates:
        s.record(f.Closed(number), at)
        return
    freeze_rows(s, number, candidates, box, at)
    members = s.electorate(item, at)
    s.record(
        f.ElectionOpened(
            number, item.questions + 1, charter.version, len(members), digest(members),
            at + charter.vote_window * SECOND, candidates, out, seats, is_secret(s, item, charter),
        ),
        at,
    )


def freeze_rows(s: Sitting, number: int, persons: tuple[PersonId, ...], box: Box, at: Instant) -> None:
    """The list as the count or the draw will have it: of each one's features those that the quotas speak of, and
    commitments for those that are not shown (§7.4)."""
    quotas, known = quotas_in(s.items[number].terms), box.declared(persons)
    by_handle = sorted(persons, key=lambda one: known[one].handle.encode() if one in known else one.encode())
    for person in by_handle:
        declared = known.get(person, NOTHING_DECLARED)
        features = {one: value for one, value in declared.features.items() if one in quotas}
        hidden = {one: [declared.salts[one], value] for one, value in features.items() if one in declared.salts}
        shown = {**features, **{one: commitment(salt, one, value) for one, (salt, value) in hidden.items()}}
        row = canonical({"f": shown, "id": declared.handle or person}).decode()
        s.record(f.RowListed(number, person, row, canonical(hidden).decode()), at)


def mark_names(state: Assembly, command: c.MarkNames, box: Box, at: Instant) -> Decided | Refused:
    """A ballot in an election; the last one before the closing counts (§5.8)."""
    found = open_to(state, command.by, command.item, Stage.VOTE, command.question, at)
    if isinstance(found, Refused):
        return found
    item, question = found
    if item.pool is None:
        return refuse(Why.NO_NAMES_HERE, item=item.number)
    fault = too_long(command.reason, REASON_LIMIT)
    if fault is not None:
        return fault
    method, standing = str(item.terms["method"]), item.pool.candidates
    ballot = write(item.number, method, command.how, command.marks, standing, command.reason)
    if isinstance(ballot, Refused):
        return ballot
    key, charter = question_id(item.number, question.serial), charter_of(item, state)
    then = None
    if charter.early_close and at >= question.early_from(charter) and not question.secret:
        then = c.CloseEarly(item.number)
    return Decided(state, (), (Ballot(key, command.by, ballot, at, question.secret),), then=then)


# --- the count


def close_ballot(s: Sitting, number: int, box: Box, at: Instant) -> None:
    """The ballot has come to its end: no quorum, seats filled, or a tie that waits for a lot."""
    item, pool = s.items[number], pool_of(s, number)
    question, charter = open_question_of(item), charter_of(item, s)
    key = question_id(number, question.serial)
    tally = without_reasons(box.tally(key))
    part = sum(tally.values())
    if part < quorum_needs(charter.vote_quorum, charter.quorum_min, len(question.electorate)):
        s.record(f.ElectionClosed(number, question.serial, tally, "no_quorum", {}, box.digest(key)), at)
        # whoever sits by an earlier ballot of the item goes on sitting
        s.record(f.Closed(number) if pool.holding else f.Lapsed(number, "no_quorum"), at)
        return
    result = _counted(item, pool, tally, None)
    tied = bool(result["undecided"])
    s.record(
        f.ElectionClosed(number, question.serial, tally, "tie" if tied else "elected", result, box.digest(key)), at
    )
    for objection in _objections(box, key, question.secret):
        s.record(f.ObjectionHeard(number, question.serial, *objection), at)
    if tied:
        announce_drand(s, number, f"{s.name}#{number}", at, at)
    else:
        finish(s, number, at)


def _objections(box: Box, key: str, secret: bool) -> list[tuple[tuple[PersonId, ...], PersonId, str]]:
    """To whom, by whom and why. Of secret ballots without a name, and not at all where even that would show whose it
    is (§8.3)."""
    if secret:
        given = [] if reveals(box.tally(key)) else [("", ballot) for ballot in box.tally(key)]
    else:
        given = [(voter, box.choice(key, voter) or "") for voter in box.voters(key)]
    return sorted((objected(ballot), by, ballot.partition(" ")[2]) for by, ballot in given if " " in ballot)


def _counted(
    item: Item, pool: Pool, tally: Mapping[str, int], order: tuple[PersonId, ...] | None
) -> dict[str, object]:
    return count(str(item.terms["method"]), pool, pool.seats, quotas_in(item.terms), tally, order)


def break_tie(s: Sitting, number: int, at: Instant) -> None:
    """The lot is known: the same ballots are counted again with it."""
    item, pool = s.items[number], pool_of(s, number)
    if pool.lot is None:
        raise ValueError(f"item {number} waits for no lot")
    by_handle = {row.handle: one for one, row in pool.rows.items()}
    standing = [pool.rows[one].handle for one in pool.candidates if one not in pool.withdrawn]
    order = tuple(by_handle[one] for one in lot(pool.lot.id, standing, pool.lot.parts))
    s.record(f.TieBroken(number, _counted(item, pool, pool.ballots, order)), at)
    finish(s, number, at)


def finish(s: Sitting, number: int, at: Instant) -> None:
    """Who is elected sits; seats nobody won stay open, and nominations are open for them."""
    winners = pool_of(s, number).result["winners"]
    chosen = [str(one) for one in winners if str(one) in persons_of(s)] if isinstance(winners, list) else []
    if not seat_chosen(s, number, chosen, at):
        s.record(f.Lapsed(number, "infeasible"), at)
        return
    s.record(f.Closed(number), at)
