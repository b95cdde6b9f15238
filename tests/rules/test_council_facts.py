"""The facts of §6 as they are stored: what is read back is what was decided, texts struck out or not."""

from bot.store import codec
from governance import facts as f
from governance.assembly import fold
from tests.confederation import Confederation, three


def full() -> Confederation:
    """Mandates, scopes, indications, ratifications, a call, a referendum, a complaint and a recall."""
    commune = three({"rounds": "1", "double_majority": "yes"}).sends("Mill", "Valley", "ana", alternates="ben")
    commune.puts("ana", "Valley", "Share the water #water").mandates("Mill", "Valley", 1, "no", words="we are dry")
    commune.scopes("Ford", "Valley", tags=["#water"], may=["yes"], until=commune.now + 10**10)
    commune.states("dila", "Valley", 1, "yes", reason="gladly").states("gül", "Valley", 1, "yes")
    commune.puts("ana", "Valley", "A call", kind="call").puts("ana", "Valley", "One river", kind="referendum")
    commune.puts("ana", "Valley", "", kind="complaint", assembly="hill", effect="suspension").waits("14d")
    commune.proposes("cem", "Mill", "recall", "", "reason", person="ana", council="valley")
    commune.puts("dila", "Valley", "", kind="rights").quits("Hill", "Valley").waits("60d")
    return commune.checks()


def test_every_fact_is_read_back_as_it_was_written():
    """And the register of what was read folds to the same state."""
    commune, kinds = full(), set()
    for room in commune.rooms.values():
        rows = []
        for seq, (at, fact) in enumerate(room.register, 1):
            body, words = codec.write(fact, seq, at, "cause", lambda: b"0" * 16)
            rows.append((seq, at, type(fact).__name__, 1, body, words))
            kinds.add(type(fact))
        read = list(codec.read_all(rows))
        assert read == room.register
        assert fold(room.id, read) == room.state
    assert {f.RatificationAsked, f.ReferendumPut, f.MandateHeard, f.VoicesCounted, f.MemberAdmitted} <= kinds
