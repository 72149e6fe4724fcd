"""Where the rules lie that the program comes with, and what was fitted to them."""

from __future__ import annotations

from pathlib import Path


def folder() -> Path:
    """Inside the installed package, or beside it in a checkout."""
    package = Path(__file__).parent
    inside = package / "rules"
    return inside if inside.is_dir() else package.parent / "rules"
