"""What can go wrong on the way to the server and back."""

from __future__ import annotations

from telegram.error import NetworkError


class NotSent(NetworkError):
    """The server was never reached, or says that it failed: nothing was done."""

    __slots__ = ()


class AnswerLost(NetworkError):
    """The answer did not arrive, or made no sense: what was asked may have been done."""

    __slots__ = ()
