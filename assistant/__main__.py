"""`python -m assistant` is `assistant`.

The process that reads imports this too, being spawned: so what the commands need waits.
"""

from __future__ import annotations


def main() -> None:
    """The program."""
    from assistant.cli import main as commands

    commands()


if __name__ == "__main__":
    main()
