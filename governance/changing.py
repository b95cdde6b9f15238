"""What changes an item that was adopted, where that is not repeal (§5.9); and what refusals say of an item's stage."""

from __future__ import annotations

from collections.abc import Mapping

from governance.motion import Item, Kind, Stage

CHANGED_BY: Mapping[Kind, str] = {
    Kind.CHARTER: "/propose charter",
    Kind.EXCLUSION: "/join",
    Kind.ADMISSION: "/propose exclusion",
    Kind.REPEAL: "/propose",
    Kind.JOIN: "/propose quit",
    Kind.QUIT: "/propose join",
    Kind.DELEGATION: "/propose delegation",
    Kind.RECALL: "/propose delegation",
    Kind.MANDATE: "/mandate",
    Kind.RATIFICATION: "/mandate",
    Kind.REFERENDUM: "/referendum",
    Kind.ROOM: "/propose room",
}


def changed_by(item: Item) -> str:
    """The verb that changes what an item of this kind did, where that is not repeal (§5.9)."""
    if item.kind is Kind.ADMISSION and "assembly" in item.terms:
        # an assembly is excluded from a council by a complaint (§6.14)
        return "/propose complaint"
    if item.kind is Kind.RECALL and "role" in item.terms:
        return "/elect"
    return CHANGED_BY.get(item.kind, "")


def in_stage(item: Item) -> dict[str, object]:
    """What a refusal says of the stage an item is in; of one adopted also by what it can still be changed, of an
    election or a draw that it is one."""
    about: dict[str, object] = {"item": item.number, "stage": item.stage.value}
    if item.pool is not None:
        about["chooses"] = item.kind.value
    if item.stage is Stage.ADOPTED and (verb := changed_by(item)):
        about["changed_by"] = verb
    if item.repealed_by is not None:
        about["repealed_by"] = item.repealed_by
    return about
