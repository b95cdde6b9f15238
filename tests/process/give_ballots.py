"""A process to be killed: `python -m tests.process.give_ballots URL VOTERS`.

It gives every voter's ballot, some to a batch, from where the cursor stands, and writes the number of each that
is confirmed on a line.
"""

import sys

from bot.store import directory
from bot.store.engine import reading
from tests.process.office import START, Office

TOGETHER = 7


def main(url: str, voters: int) -> None:
    office = Office(url)
    with reading(office.engine).begin() as connection:
        done = int(directory.cursor(connection, "telegram") or 0)
    while done < voters:
        until = min(done + TOGETHER, voters)
        batch = [
            office.answers(f"p{number}", "agree", cause=f"telegram:bot:{number}", at=START + 1000)
            for number in range(done, until)
        ]
        office.service.take(batch, ("telegram", str(until)))
        sys.stdout.write("".join(f"{number}\n" for number in range(done, until)))
        sys.stdout.flush()
        done = until


if __name__ == "__main__":
    main(sys.argv[1], int(sys.argv[2]))
