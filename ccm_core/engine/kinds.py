"""Engines and places by their names: light, so that a command can tell them apart at once."""

from __future__ import annotations

from ccm_core.errors import UsageError

ENGINES = ("local", "processes", "spark")


def refuse_unknown(engine: str) -> None:
    """Say which engines there are when another was asked. Raises: UsageError."""
    if engine not in ENGINES:
        raise UsageError(f"engine {engine!r} was asked; there are {', '.join(ENGINES)}.")


def is_database(said: str) -> bool:
    """Whether an input or output is the address of a database, not a folder."""
    return "://" in said
