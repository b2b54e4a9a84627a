"""Printing for every command: JSON to standard output, sentences to standard error."""

from __future__ import annotations

import json
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any, NoReturn

from ccm_core import working

_EVERY_SECONDS = 0.5


def print_json(value: Any) -> None:
    """Print one JSON document."""
    json.dump(value, sys.stdout, indent=2, ensure_ascii=False)
    sys.stdout.write("\n")


@contextmanager
def work_shown() -> Iterator[None]:
    """One line on the terminal that says how far long work is; none where nobody looks."""
    if not sys.stderr.isatty():
        yield
        return
    last = [time.monotonic()]

    def listen(what: str, done: float, total: int) -> None:
        if time.monotonic() - last[0] >= _EVERY_SECONDS:
            last[0] = time.monotonic()
            counted = f": {done:,} of {total:,}" if total > 1 else f": {done:.0%}" if total else ""
            print(f"\r\x1b[K{what}{counted}", end="", file=sys.stderr, flush=True)

    with working.heard(listen):
        try:
            yield
        finally:
            print("\r\x1b[K", end="", file=sys.stderr, flush=True)


def fail(sentence: str) -> NoReturn:
    """Say what is wrong and end with status 2."""
    print(sentence, file=sys.stderr)
    sys.exit(2)
