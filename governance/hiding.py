"""Features that are not shown (§7.4): in a list that all may see, a commitment stands in the place of the value.

A commitment is `sha256:` and the SHA-256, in hex, of `<salt> <feature>=<value>`; the salt is 16 random bytes in hex, of
one feature in one list. Whoever knows salt and value can show that they stand in the list; nobody else can guess them.
"""

from __future__ import annotations

import hashlib
import re
import unicodedata

_COMMITMENT = re.compile("sha256:[0-9a-f]{64}")


def commitment(salt: str, feature: str, value: str) -> str:
    """What stands in the list for a feature that is not shown."""
    text = unicodedata.normalize("NFC", f"{salt} {feature}={value}")
    return f"sha256:{hashlib.sha256(text.encode()).hexdigest()}"


def is_hidden(value: str | None) -> bool:
    """Whether this is a commitment, and no value of its own."""
    return value is not None and _COMMITMENT.fullmatch(value) is not None
