"""The names of the engines: light, so that a command can refuse another one at once."""

from __future__ import annotations

from ccm_core.errors import UsageError

ENGINES = ("local", "processes", "spark")


def refuse_unknown(engine: str) -> None:
    """Say which engines there are when another was asked. Raises: UsageError."""
    if engine not in ENGINES:
        raise UsageError(f"engine {engine!r} was asked; there are {', '.join(ENGINES)}.")
