"""Elections, draws, roles and speaking in words (§7, §8)."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping
from typing import Any

from bot import wording_lots
from bot.grammar import mark
from bot.wording_counts import quoted
from bot.wording_lots import where
from bot.wording_terms import typed_name
from bot.wording_voice import Message, Voice, isolated
from governance.ballots import FEWEST, HOW, reveals
from governance.electing import has_open_seats
from governance.holding import draw_of
from governance.lots import PATIENCE
from governance.motion import Item, Kind, Stage
from governance.people import NAMED, OUT, STANDS, Pool, Row, quotas_in, terms_number, terms_text
from governance.quotas import in_the_way, kind_of
from governance.seating import NONE, Breaker
from governance.state import Assembly
from governance.terms import PersonId, canonical

METHODS: Mapping[str, str] = {
    "approval": mark("approval: a seat takes more than half"),
    "schulze": mark("ranking (Schulze), against “none of these”"),
    "stv": mark("single transferable vote"),
    "star": mark("scores, then a run-off (STAR)"),
    "consent": mark("nomination and consent"),
}
EXAMPLES: Mapping[str, str] = {"approve": "@A @B", "rank": "@A > @B > none", "score": "@A=5 @B=0"}
BY_CONSENT = mark("@A, or with an objection @A > none > @B and the reason")

OBJECTIONS_SECRET = mark(
    "Who is objected to cannot be seated. Reasons are read out with the result, without the names of who gave them."
)
OBJECTIONS_OPEN = mark(
    "Who is objected to cannot be seated. Reasons are read out with the result, and who gave them."
)
TOLD: Mapping[str, Message] = {
    "secret_ahead": mark(
        "The ballot on {heading} will be secret: it is given in a private chat with me. "
        "It is secret from members, not from whoever runs this bot or the chat service.{few}{missing}"
    ),
    "nominated": mark("{call}: {author} asks you to stand in {heading}. /stand {item} or /decline {item}"),
    "frozen": mark(
        "{heading}: the list is frozen, {size} on it, list_hash {hash}. Randomness: {where}, not before {at}. {how}"
    ),
    "tie": mark(
        "{heading}: a tie. The lot decides, with {where}, known {at}. {how}\n"
        "If it has not come by {until}, the tied seats stay open."
    ),
    "differs": mark(
        "{heading}: two members typed different values, and nothing is drawn before two agree. {how}\n"
        "If they do not by {until}, it is over without."
    ),
    "seat_passed": mark("{heading}: {member} does not sit any more; {person} takes the seat, next in the drawn order."),
    "seat_open": mark(
        "{heading}: {member} does not sit any more. The seat is open, and names are gathered again: "
        "/stand {item} or /nominate {item} @name"
    ),
    "seat_given_up": mark("{heading}: {member} does not sit any more; the seat is open."),
    "seat_undrawn": mark(
        "{heading}: {member} does not sit any more, and nobody is left in the drawn order who could. The seat is open; "
        "a new draw: /draw"
    ),
    "nominations_open": mark("{heading}: a seat is open, and names are gathered again: /nominate {item} @name"),
    "term_soon": mark("{role}: the term of {names} ends {until}."),
    "seat_soon": mark(
        "{council}: the term of our delegation ({names}) ends {until}. To send somebody then: "
        "/propose delegation {typed} @…"
    ),
    "term_over": mark("{role}: the term of {names} is over."),
    "speaker": mark("{call} has the word.{after}"),
    "go_round": mark("A go-round: everybody is asked, in this order: {names}. The next one: /stack next"),
}
"""Short notices, by the codes of `announce_people`."""


def role_shown(item: Item, voice: Voice) -> str:
    """The role, or to which council somebody is sent."""
    council = terms_text(item.terms, "council")
    if council:
        return voice.say("delegates to {council}", council=council)
    return isolated(str(item.terms.get("role", "")))


def names(persons: Any, voice: Voice) -> str:
    return voice.list([voice.name(str(one)) for one in persons])


def quotas_shown(item: Item, voice: Voice) -> str:
    parts = []
    for feature, values in quotas_in(item.terms).items():
        for value, (least, most) in values.items():
            if least:
                parts.append(f"{feature}:{value}>={least}")
            if most < terms_number(item.terms, "seats"):
                parts.append(f"{feature}:{value}<={most}")
    return voice.list(parts)


# --- cards


def card_lines(state: Assembly, item: Item, answered: int, voice: Voice) -> Iterator[str]:
    """What the card of an election or a draw says below its heading."""
    pool = item.pool
    if pool is None:
        return
    seats = terms_number(item.terms, "seats")
    yield voice.plural("{count} seat.", "{count} seats.", seats)
    if quotas := quotas_shown(item, voice):
        yield voice.say("Quotas: {quotas} (features: /declare, in private)", quotas=quotas)
    if item.kind is Kind.ELECTION:
        yield from _election(item, pool, answered, voice)
    else:
        yield from _draw(item, pool, voice)


def ballot_line(item: Item, voice: Voice) -> str:
    """How a ballot of names is given, without the prefix."""
    if item.terms.get("method") == "consent":
        return f"rank {item.number} {voice.say(BY_CONSENT)}"
    how = HOW[str(item.terms["method"])] if item.kind is Kind.ELECTION else "show"
    return f"{how} {item.number} {EXAMPLES.get(how, '')}".rstrip()


def _election(item: Item, pool: Pool, answered: int, voice: Voice) -> Iterator[str]:
    method = str(item.terms["method"])
    yield voice.say("Elected by {method}.", method=voice.say(METHODS[method]))
    if item.stage is Stage.DISCUSSION:
        yield from _gathered(pool, voice)
        yield voice.say("To stand: /stand {item} · to ask somebody: /nominate {item} @name", item=item.number)
    elif item.question is not None:
        question = item.question
        yield voice.say("On the ballot: {names}", names=names(pool.candidates, voice))
        yield from _left_out(pool, voice)
        line = voice.line(ballot_line(item, voice))
        if question.secret:
            yield voice.say("Secret: give it in a private chat with me: {line}", line=line)
        else:
            yield voice.say("Your ballot: {line}", line=line)
        if method == "consent":
            yield voice.say(OBJECTIONS_SECRET if question.secret else OBJECTIONS_OPEN)
        yield voice.say("{part} of {of} have answered.", part=answered, of=len(question.electorate))
        yield voice.say("Until {until}. You can change your answer until then.", until=question.closes)
    elif pool.lot is not None:
        source = where(pool.lot, voice)
        yield voice.say("A tie waits for the lot: {where}, known {at}.", where=source, at=pool.lot.known)
        yield wording_lots.how(item.number, pool.lot, voice)


def _left_out(pool: Pool, voice: Voice) -> Iterator[str]:
    """Who would have been on the list, and has to let others come first (§7.5)."""
    if pool.left_out:
        yield voice.say("Left out, as they held it lately: {names}", names=names(pool.left_out, voice))


def _gathered(pool: Pool, voice: Voice) -> Iterator[str]:
    standing = [one for one, word in pool.names.items() if word == STANDS]
    asked = [one for one, word in pool.names.items() if word == NAMED]
    if standing:
        yield voice.say("Standing: {names}", names=names(standing, voice))
    if asked:
        yield voice.say("Asked, not yet heard: {names}", names=names(asked, voice))


def _draw(item: Item, pool: Pool, voice: Voice) -> Iterator[str]:
    lot = pool.lot
    if lot is None:
        return
    yield voice.say("Randomness: {where}, not before {at}.", where=where(lot, voice), at=lot.known)
    if pool.list_hash:
        size = len(pool.rows)
        yield voice.say("The list is frozen: {count} on it, list_hash {hash}", count=size, hash=pool.list_hash)
        yield from _left_out(pool, voice)
        yield from wording_lots.card_lines(item.number, lot, True, voice)
        yield voice.say("If it has not come by {until}, the draw is over.", until=lot.known + PATIENCE)
        return
    yield voice.say("The list is frozen {until}.", until=lot.freezes)
    yield from wording_lots.card_lines(item.number, lot, False, voice)
    if terms_text(item.terms, "from") == "volunteers":
        yield from _gathered(pool, voice)
        yield voice.say("To be drawn from: /volunteer {item}", item=item.number)
    else:
        out = [one for one, word in pool.names.items() if word == OUT]
        yield voice.say("Drawn from the roll. Not to be drawn: /refuse {item}", item=item.number)
        if out:
            yield voice.say("Not to be drawn: {names}", names=names(out, voice))


# --- results

NOT_DRAWN: Mapping[str | None, str] = {
    "infeasible": mark("Features are declared in private: /declare gender=woman. Then, or with other quotas, "
                       "call a new draw: /draw"),
    "exhausted": mark("100,000 panels were drawn from the seed, and none met the quotas. With wider ones "
                      "call a new draw: /draw"),
    "no_randomness": mark("The same can be called anew, with this source or another: /draw"),
}  # fmt: skip
"""What can be done after a draw that ended without a panel."""


def result_lines(state: Assembly, item: Item, voice: Voice) -> Iterator[str]:
    """Who was chosen, with what anybody needs to count or draw again."""
    pool = item.pool
    if pool is None:
        return
    if pool.holding:
        yield voice.say("{role}: {names}", role=role_shown(item, voice), names=names(pool.holding, voice))
    if item.kind is Kind.ELECTION:
        yield from _election_result(item, pool, voice)
        if has_open_seats(state, item):
            yield voice.plural(
                "{count} seat stays open; names are gathered again: /nominate {item} @name",
                "{count} seats stay open; names are gathered again: /nominate {item} @name",
                terms_number(item.terms, "seats") - len(pool.holding), item=item.number,
            )  # fmt: skip
        if pool.secret and pool.ballots:
            yield voice.say("The board, to find your ballot on: /receipt {item}", item=item.number)
    elif item.why in NOT_DRAWN:
        if item.why == "infeasible" and pool.lot is not None:
            yield from _in_the_way(item, pool, voice)
        yield voice.say(NOT_DRAWN[item.why])
    elif pool.drawn is not None and pool.lot is not None:
        yield voice.say(
            "Drawn from {count}: seed {seed}, attempt {attempts}.", count=len(pool.rows), seed=pool.drawn.seed,
            attempts=pool.drawn.attempts,
        )  # fmt: skip
        yield voice.say("Randomness: {parts}", parts=", ".join(pool.lot.parts))
        if pool.drawn.substitutes:
            yield voice.say("Next in order: {names}", names=names(pool.drawn.substitutes[:5], voice))
        yield voice.say("Who does not take the seat: /refuse {item}", item=item.number)
        checker = voice.elsewhere.checker or voice.say("docs/draw_checker.py of this program")
        yield voice.say("To draw again by yourself: roundabout draw-check, or {checker}; the list: /show {item}",
                        checker=checker, item=item.number)  # fmt: skip


def _in_the_way(item: Item, pool: Pool, voice: Voice) -> Iterator[str]:
    """Which quotas those on the list cannot meet, proved before the drawing (§7.1 step 5)."""
    request = draw_of(item)
    kinds = Counter(kind_of(one, request.quotas) for one in request.candidates)
    found = in_the_way((), kinds, request.quotas, request.seats, 0) or ()
    bounds = [str(one) for one in sorted(found)]
    if bounds:
        shown = voice.list(bounds)
        yield voice.say("The {count} on the list cannot meet {quotas}.", count=len(pool.rows), quotas=shown)
    else:
        yield voice.say("Too few are on the list: {count} for {seats}.", count=len(pool.rows), seats=request.seats)


def _election_result(item: Item, pool: Pool, voice: Voice) -> Iterator[str]:
    result: Mapping[str, Any] = pool.result
    given = sum(pool.ballots.values())
    if pool.candidates:
        yield voice.say("{part} of {of} gave a ballot.", part=given, of=pool.electorate)
    else:
        yield voice.say("Nobody stood.")
    if result and not (pool.secret and reveals(pool.ballots)):
        yield from _tally(result, voice)
        for heard in pool.objections:
            about = {"names": names(heard.persons, voice), "reason": quoted(heard.reason)}
            yield voice.say("{member} objects to {names}: “{reason}”", member=heard.by, **about) if heard.by else \
                voice.say("Objection to {names}: “{reason}”", **about)
    elif result:
        yield voice.say("What would show how somebody voted is withheld.")


_COUNTS = ("approvals", "nominations", "totals")
TIED: Mapping[str, str] = {
    "seat": mark("A tie for a seat between {names}: {how}"),
    "surplus": mark("A tie between {names} for whose surplus goes on first: {how}"),
    "exclusion": mark("A tie between {names} for who is excluded: {how}"),
    "finalists": mark("A tie for the run-off between {names}: {how}"),
    "runoff": mark("A tie in the run-off between {names}: {how}"),
}
BROKEN: Mapping[str, str] = {
    Breaker.LOT: mark("{chosen} by lot."),
    Breaker.EARLIER_STAGE: mark("{chosen} by the votes at an earlier stage."),
    Breaker.PREFERENCES: mark("{chosen} by the ballots that score them above each other."),
    Breaker.SCORE: mark("{chosen} by total score."),
    Breaker.TOP_SCORES: mark("{chosen} by the most top scores."),
    Breaker.NO_MATTER: mark("whoever it is, the same are seated."),
    Breaker.UNDECIDED: mark("the lot decides."),
}
"""What came of a tie, and by what."""


def _tally(result: Mapping[str, Any], voice: Voice) -> Iterator[str]:
    tally = result["tally"]
    for person, count in sorted(tally.get("objections", {}).items()):
        if count:
            yield voice.plural(
                "{member}: {count} objection, so no seat", "{member}: {count} objections, so no seat", count,
                member=person,
            )  # fmt: skip
    for key in _COUNTS:
        for person, count in sorted(tally.get(key, {}).items(), key=lambda one: (-one[1], one[0])):
            yield f"{voice.name(person)} {count}"
    for level in tally.get("levels", []):
        yield names(level, voice)
    for stage in tally.get("stages", []):
        votes = ", ".join(f"{voice.name(person)} {votes}" for person, votes in stage["votes"].items())
        yield f"{stage['stage']}. {votes}"
    for tie in result.get("ties", []):
        yield voice.say(
            TIED[tie["at"]], names=names(tie["candidates"], voice),
            how=voice.say(BROKEN[tie["by"]], chosen=names(tie["chosen"], voice)),
        )  # fmt: skip
    for one in result.get("skipped", []):
        yield voice.say(
            "{member} could not sit: {quotas}.", member=one["candidate"], quotas=voice.list(list(one["quotas"]))
        )


def list_lines(item: Item, voice: Voice) -> Iterator[str]:
    """The frozen list and what was drawn from it, as a file that draws it again; what is hidden stands there as its
    commitment (§7.4)."""
    pool = item.pool
    if pool is None or not pool.list_hash:
        return
    file = draw_of(item).plain()
    if any(not row.whole for row in pool.rows.values()):
        yield voice.say("This list is from before there were commitments: features that are not shown are left out, "
                        "and its hash cannot be made again without them.")  # fmt: skip
        file["candidates"] = [{"f": dict(row.features) if row.whole else {}, "id": row.handle}
                              for row in pool.rows.values()]  # fmt: skip
    known = {one: row.handle for one, row in pool.rows.items()}
    file["list_hash"] = pool.list_hash
    if pool.drawn is not None:
        file |= {"seed": pool.drawn.seed, "attempts": pool.drawn.attempts}
        file |= {"panel": [known[one] for one in pool.drawn.panel],
                 "substitutes": [known[one] for one in pool.drawn.substitutes]}  # fmt: skip
    yield voice.say("The draw as a file, to draw again: keep what follows as draw.json")
    # a line for each candidate, so that a long list can be sent in several messages
    rows = file.pop("candidates")
    yield '{"candidates":['
    yield ",\n".join(canonical(row).decode() for row in (rows if isinstance(rows, list) else ()))
    yield "]," + canonical(file).decode().removeprefix("{")


def own_row(item: Item, row: Row, voice: Voice) -> str:
    """What opens the commitments in somebody's row, to that person alone (§7.4)."""
    lines = [voice.say("Your row in the list of {item}; what it hides is opened with this alone:", item=item.number)]
    for feature, (salt, value) in row.openings.items():
        lines.append(f"{feature}={value} · {salt} · {row.features[feature]}")
    feature, (salt, value) = next(iter(row.openings.items()))
    lines.append(voice.say(
        "To check it: {line} gives what stands behind sha256: in the list. Whoever you tell value and salt can check "
        "it too; in a file for draw-check they stand as {opened}",
        line=f"printf '%s' '{salt} {feature}={value}' | sha256sum",
        opened=canonical({"opened": {row.handle: {one: list(pair) for one, pair in row.openings.items()}}}).decode(),
    ))  # fmt: skip
    return "\n".join(lines)


# --- pages


def roles(state: Assembly, voice: Voice) -> str:
    """Who holds which role, until when."""
    lines = [
        voice.say("{role}: {names}, until {until}", role=isolated(role), names=names(held.holders, voice),
                  until=held.until)
        for role, held in sorted(state.people.roles.items()) if held.holders
    ]
    return "\n".join(lines) or voice.say("Nobody holds a role here. To fill one: /elect or /draw")


def board_page(item: Item, boards: Mapping[str, tuple[list[tuple[str, str]], list[PersonId]]], voice: Voice) -> str:
    """The board of a secret ballot, with what it protects from and what not (§8.2)."""
    lines = [
        voice.say(
            "The board of {item}: a receipt and a ballot in each line; your receipt is HMAC-SHA256 of your ballot "
            "under your key. This keeps ballots secret from members, not from whoever runs this bot or the chat "
            "service.",
            item=item.number,
        )
    ]
    if item.pool is not None and any(not reveals(Counter(one for _, one in rows)) for rows, _ in boards.values()):
        # ballots are written in ids, which no name can be mistaken for
        who = [f"{one} = {voice.name(one)}" for one in item.pool.candidates]
        lines.append(voice.say("In them stand: {candidates}", candidates=voice.list(who)))
    for rows, voters in boards.values():
        tally = Counter(ballot for _, ballot in rows)
        if reveals(tally):
            lines.append(voice.say(
                "Fewer than {few} ballots, or all alike: the lines would show how somebody voted and are withheld.",
                few=FEWEST,
            ))  # fmt: skip
        else:
            lines += [f"{receipt} {ballot}" for receipt, ballot in rows]
        lines.append(voice.plural("{count} voted: {names}", "{count} voted: {names}", len(voters),
                                  names=names(voters, voice)))  # fmt: skip
    return "\n".join(lines)


def ballot_said(ballot: str, voice: Voice) -> str:
    """A written ballot with names in the place of ids: only for the one who gave it."""
    out, word = "", ""
    ballot, _, reason = ballot.partition(" ")
    for char in f"{ballot} ":
        if char.isalnum():
            word += char
            continue
        out += voice.name(word) if len(word) == 16 else (voice.say("none") if word == NONE else word)
        out, word = out + char, ""
    return f"{out.strip()} {reason}".strip()


def told_about(item: Item | None, about: Mapping[str, Any], voice: Voice) -> dict[str, object]:
    """What a notice of these codes says beside its heading."""
    known: dict[str, object] = {}
    if "names" in about:
        known["names"] = names(about["names"], voice)
    if "council" in about:
        known["typed"] = typed_name(str(about["council"]), voice)
    if "after" in about:
        then = [str(one) for one in about["after"]]
        known["after"] = voice.say(" Then: {names}.", names=names(then, voice)) if then else ""
    if about["code"] == "secret_ahead":
        missing = [str(one) for one in about.get("missing", [])]
        link = f" {about['link']}" if about.get("link") else ""
        known["few"] = voice.say(" Fewer than five may answer: the result may show who chose what.") if about["few"] \
            else ""
        known["missing"] = voice.say(
            " Not yet in a private chat with me: {names}. Open one now.{link}",
            names=voice.list([voice.calls(one) for one in missing]), link=link,
        ) if missing else ""
    if item is not None and item.pool is not None and item.pool.lot is not None:
        lot = item.pool.lot
        known |= {"where": where(lot, voice), "at": lot.known, "hash": item.pool.list_hash}
        known |= {"how": wording_lots.how(item.number, lot, voice), "until": lot.known + PATIENCE}
        known["size"] = len(item.pool.rows)
    return known

