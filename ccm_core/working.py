"""How far long work has come, told to whoever listens: a page's bar, a line of a command.

A service that reads, judges or writes by the thousand says so here and need not know
who asked. Whoever listens may raise: the transaction is then taken back, and nothing of
the work stays.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar

Listener = Callable[[str, float, int], None]
"""What is being done, how many are done, and of how many: 1 for a part of a whole, 0 unknown."""
_listener: ContextVar[Listener | None] = ContextVar("listener", default=None)


def tell(what: str, done: float = 0, total: int = 0) -> None:
    """Say how far the work has come."""
    listener = _listener.get()
    if listener is not None:
        listener(what, done, total)


@contextmanager
def heard(listener: Listener) -> Iterator[None]:
    """Let this listener hear of the work within the block."""
    before = _listener.set(listener)
    try:
        yield
    finally:
        _listener.reset(before)
