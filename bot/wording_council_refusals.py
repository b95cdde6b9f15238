"""Why not, of councils: joining, delegations, mandates, positions, complaints (§6)."""

from __future__ import annotations

from collections.abc import Mapping

from bot.grammar import mark
from bot.wording_voice import Message, mark_plural
from governance.refusals import Why

REFUSALS: Mapping[Why, Message] = {
    Why.NOT_IN_A_COUNCIL: mark("{line} is not for a council: its members are assemblies, which act by their motions."),
    Why.ONLY_IN_A_COUNCIL: mark("{line} is for a council. Here, put a motion: /propose Repair the pump"),
    Why.NOT_A_DELEGATE: mark(
        "Only delegates act here, for the assembly that sent them. Yours can name you: /propose delegation …"
    ),
    Why.OBSERVERS_SPEAK: mark("Observers speak and do not answer. A delegate of your assembly can."),
    Why.VOICE_IS_SUSPENDED: mark("The voice of your assembly is suspended by item {item} until {until}."),
    Why.NOT_A_MEMBER_OF: mark("We do not sit in {council}. To join: /propose join …"),
    Why.ALREADY_A_MEMBER_OF: mark("We sit in {council}, or have asked to, already."),
    Why.COUNCIL_IS_BELOW: mark("{council} is this assembly, or below it: nobody sits in what sits in them."),
    Why.NO_DELEGATES: mark("A delegation needs a delegate: /propose delegation Valley @ana"),
    Why.TWO_SEATS: mark("{person} is named twice; one person has one seat."),
    Why.NOT_ON_A_ROLL_BELOW: mark("{person} is on no roll of ours; only members can be sent. Who is: /roll"),
    Why.TERMS_SERVED: mark_plural(
        "{person} has served {most} term in a row; somebody else comes first (cooloff {cooloff}).",
        "{person} has served {most} terms in a row; somebody else comes first (cooloff {cooloff}).",
        "most",
    ),
    Why.PARITY_NEEDS_A_PAIR: mark(
        "That council asks for a pair: two delegates who declared the same feature differently (/declare)."
    ),
    Why.NO_SEAT: mark("{person} has no seat of ours in {council}."),
    Why.NO_SUCH_COUNCIL_ITEM: mark("{council} has announced no item {item} to us."),
    Why.COUNCIL_ITEM_CLOSED: mark("{council} {item} is {stage}; a mandate changes nothing there any more."),
    Why.ANSWER_THE_RATIFICATION: mark(
        "{council} has asked us about its item {item}. Answer that: /vote {ratification} yes, no or abstain."
    ),
    Why.MANDATE_LEAVES_CHOICE: mark(
        "A mandate must not leave the delegate to choose between yes and no: say may=yes, may=no, "
        "or either with abstain."
    ),
    Why.MANDATE_COVERS_NOTHING: mark("Say what the mandate covers: scope=water, or scope=3,5"),
    Why.MANDATE_IS_OVER: mark("That mandate would be over already: {until} has passed."),
    Why.AGAINST_MANDATE: mark(
        "{member} decided {choice} on {item} (its item {source}). You cannot answer otherwise for {member}; it would "
        "take a new decision of {member}, which has been told of the attempt."
    ),
    Why.CANNOT_LOWER: mark("What our item {source} decided on {item} is decided; it cannot be made an estimate."),
    Why.SIGNING_NEEDS_MANDATE: mark(
        "Signing {item} binds {member}, so {member} itself is asked now, until {closes}. "
        "Your position stands as stated."
    ),
    Why.ASSEMBLIES_ANSWER: mark("{item} is answered by the members of the assemblies themselves, at home."),
    Why.ALREADY_AGREED: mark("We have agreed to {council} {item} already."),
    Why.NOT_RIGHTS: mark("{council} {item} is no rights charter in force."),
    Why.NOT_A_MEMBER_ASSEMBLY: mark("{assembly} does not sit here."),
    Why.DISPATCH_OUT_OF_ORDER: mark("Dispatch {number} of {sender} came before {expected}."),
}
