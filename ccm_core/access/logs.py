"""Logs without values: an event has an id, a type and a place, never what was in a message.

Exception texts may quote a row, and a row may be a patient. So no exception
reaches a log as text: every logger of the process writes its type and place.
"""

from __future__ import annotations

import logging
import secrets
import sys
import threading
import traceback
from collections.abc import MutableMapping
from types import TracebackType
from typing import Any

import structlog

KNOWN = frozenset({
    "event", "id", "error", "place", "module", "seq", "head", "is_kept", "seconds", "count",
})  # fmt: skip
"""Fields that an event may have. None of them ever holds what a person or a file said."""


def place_of(error: BaseException) -> str:
    """File and line where the error was raised, without source text."""
    frames = traceback.extract_tb(error.__traceback__)
    if not frames:
        return "unknown"
    last = frames[-1]
    return f"{'/'.join(last.filename.split('/')[-2:])}:{last.lineno}"


def _valueless(*given: Any, **more: Any) -> logging.LogRecord:
    """A log record whose exception is reduced to its type and place."""
    record = logging.LogRecord(*given, **more)
    error = record.exc_info[1] if record.exc_info else None
    if error is not None:
        record.msg = f"{record.getMessage()} [{type(error).__name__} at {place_of(error)}]"
        record.args, record.exc_info, record.exc_text = (), None, None
    return record


def _uncaught(kind: type[BaseException], error: BaseException, trace: TracebackType | None) -> None:
    structlog.get_logger().error("uncaught", error=kind.__name__, place=place_of(error))


def _uncaught_in_thread(given: threading.ExceptHookArgs) -> None:
    if given.exc_value is not None:
        _uncaught(given.exc_type, given.exc_value, given.exc_traceback)


def _unraisable(given: sys.UnraisableHookArgs) -> None:
    if given.exc_value is not None:
        _uncaught(given.exc_type, given.exc_value, given.exc_traceback)


def known_only(
    _logger: object, _method: str, event: MutableMapping[str, Any]
) -> MutableMapping[str, Any]:
    """Drop every field that is not among the known ones: a new field is looked at first."""
    dropped = [name for name in event if name not in KNOWN]
    for name in dropped:
        del event[name]
    if dropped:
        event["dropped"] = len(dropped)
    return event


def configure() -> None:
    """Set up logging for the server: one JSON line per event on standard error."""
    logging.setLogRecordFactory(_valueless)
    sys.excepthook = _uncaught
    threading.excepthook = _uncaught_in_thread
    sys.unraisablehook = _unraisable
    structlog.configure(
        processors=[
            known_only,
            structlog.processors.add_log_level,
            structlog.processors.TimeStamper(fmt="iso", utc=True),
            structlog.processors.JSONRenderer(),
        ],
        logger_factory=structlog.WriteLoggerFactory(file=sys.stderr),
    )


def report(error: BaseException, event: str) -> str:
    """Log an error and give the short id under which the log names it."""
    error_id = secrets.token_hex(4)
    structlog.get_logger().error(
        event, id=error_id, error=type(error).__name__, place=place_of(error)
    )
    return error_id
