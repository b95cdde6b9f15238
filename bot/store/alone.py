"""One program at a time on an SQLite file: a second one would answer from a memory the first has left behind."""

from __future__ import annotations

import fcntl
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path


class NotAlone(Exception):
    """Another program works on this database: one line for the operator."""


@contextmanager
def alone(url: str) -> Iterator[None]:
    """Nobody else runs on this file meanwhile; several programs need PostgreSQL. Raises `NotAlone`.

    The lock is the system's, so it ends with the process, however that ends; the file it is held on stays.
    """
    file = url.removeprefix("sqlite:///")
    if file in (url, "", ":memory:") or not Path(file).parent.is_dir():
        # without its folder there is no database to be alone on, which is said when it is opened
        yield
        return
    with Path(f"{file}.lock").open("ab") as held:
        try:
            fcntl.flock(held, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            raise NotAlone(
                f"another roundabout works on {file}: stop it first (several at once need PostgreSQL)"
            ) from None
        yield
