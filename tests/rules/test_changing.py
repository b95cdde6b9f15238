"""What changes an item that was adopted, where that is not repeal (§5.9)."""

from dataclasses import replace

import pytest

from governance.changing import changed_by
from governance.motion import Kind
from tests.confederation import Confederation


@pytest.mark.parametrize(
    ("kind", "terms", "verb"),
    [
        (Kind.MOTION, {}, ""),
        (Kind.ADMISSION, {"person": "dila"}, "/propose exclusion"),
        (Kind.ADMISSION, {"assembly": "oak"}, "/propose complaint"),
        (Kind.RECALL, {"council": "valley"}, "/propose delegation"),
        (Kind.RECALL, {"role": "facilitator"}, "/elect"),
    ],
)
def test_each_kind_by_its_verb(kind: Kind, terms: dict[str, object], verb: str) -> None:
    """An assembly is put out of a council by a complaint, a role is filled again by an election."""
    commune = Confederation().council("Valley").base("Mill", "ana").joins("Mill", "Valley")
    item = commune.state("Mill").items[1]
    assert changed_by(item) == "/propose quit"
    assert changed_by(replace(item, kind=kind, terms=terms)) == verb
