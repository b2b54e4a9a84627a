"""Printing for every command: JSON to standard output, sentences to standard error."""

from __future__ import annotations

import io
import json
import os
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any, BinaryIO, NoReturn

from ccm_core import working
from ccm_core.errors import UsageError

_EVERY_SECONDS = 0.5
_UNWRITTEN = "The output could not be written"


def ready_streams() -> None:
    """JSON is UTF-8 wherever it goes; a terminal keeps its own letters and spells out others.

    Without this a name such as Łódź ends the command where the system's own
    encoding is another one, as on Windows when the output goes to a file.
    """
    if sys.stdout is None:  # closed by whoever started the command: nobody reads it
        sys.stdout = Path(os.devnull).open("w", encoding="utf-8")  # noqa: SIM115
    if isinstance(sys.stdout, io.TextIOWrapper):
        encoding = None if sys.stdout.isatty() else "utf-8"
        sys.stdout.reconfigure(encoding=encoding, errors="backslashreplace")


def flush() -> None:
    """Write what is still in memory, while a failure can be told and change the status.

    Raises: OSError.
    """
    try:
        sys.stdout.flush()
    except OSError:
        _drop_output()
        raise


def unwritten() -> NoReturn:
    """Whoever reads the output has left: neither "done" nor "blocked" is true of it."""
    _drop_output()
    fail(f"{_UNWRITTEN}: the program that reads it has ended before all of it was there.")


def _drop_output() -> None:
    """Python writes what is left when it ends; by then there is nobody to tell a failure to."""
    with suppress(OSError, ValueError, AttributeError):
        nowhere = os.open(os.devnull, os.O_WRONLY)
        os.dup2(nowhere, sys.stdout.fileno())
        os.close(nowhere)


def trouble_of(error: Exception) -> str | None:
    """The sentence for what a machine does to any command: disk full, no right, database gone."""
    if "sqlalchemy" in sys.modules:  # a command without a database does not load it for this
        from ccm_core.store import trouble

        if (said := trouble.told_at_start(error)) is not None:
            return str(said)
    if not isinstance(error, OSError) or not error.strerror:
        return None
    # Its name is left out: some files are named after a patient.
    return f"The output, a file or a folder could not be read or written: {error.strerror}."


@contextmanager
def new_file(path: Path) -> Iterator[BinaryIO]:
    """A file that is there whole or not at all, readable by its owner only.

    Half a claim file must not be taken for a whole one. Raises: UsageError.
    """
    try:
        opened = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    except OSError as refused:
        raise UsageError(f"{path} cannot be written: {refused.strerror}.") from refused
    try:
        with os.fdopen(opened, "wb") as file:
            yield file
    except BaseException as broken:
        with suppress(OSError):
            path.unlink()
        if isinstance(broken, OSError):
            raise UsageError(f"{path} cannot be written: {broken.strerror}.") from broken
        raise


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
