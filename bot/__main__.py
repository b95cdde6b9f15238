"""`roundabout`, and `python -m bot`."""

import sys


def main() -> None:
    # these two start at once, and so read no other command
    if sys.argv[1:2] in (["draw-check"], ["count"]):
        from bot.cli_recount import main as run
    else:
        from bot.cli import main as run
    run()


if __name__ == "__main__":
    main()
