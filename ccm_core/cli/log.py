"""``ccm log``: verify, report, export and anchor the access log."""

from __future__ import annotations

import json
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Annotated, Any

import typer

from ccm_core.cli import app

DbOption = Annotated[str, typer.Option("--db", help="Database URL; CCM_DATABASE_URL otherwise.")]
SinceOption = Annotated[str, typer.Option(help="First day, as 2026-11-01, in UTC.")]
UntilOption = Annotated[str, typer.Option(help="Last day, in UTC.")]

group = typer.Typer(help="The access log: verify, report, export, anchor.", no_args_is_help=True)
app.add_typer(group, name="log")


@group.command()
def verify(db: DbOption = "") -> None:
    """Check every entry and every head kept in CCM_LOG_ANCHOR. Status 1: not intact."""
    from ccm_core.store import log_anchors
    from ccm_core.store.access_log import System

    with _opened(db) as session:
        found = log_anchors.check(session)
        log_anchors.put_on_record(session, System("console"), found)
    told = found.chain
    typer.echo(json.dumps({
        "is_intact": found.is_intact, "entries": told.entries, "head": told.head,
        "first_bad_seq": told.first_bad_seq, "anchor": str(found.file) if found.file else None,
        "anchors": found.anchors, "anchor_age_seconds": found.age_seconds,
        "said": found.sentences(),
    }, indent=2))  # fmt: skip
    if not found.is_intact:
        raise typer.Exit(1)


@group.command()
def report(
    since: SinceOption = "",
    until: UntilOption = "",
    only: Annotated[list[str] | None, typer.Option(help="field=value; may be repeated.")] = None,
    sort: Annotated[str, typer.Option(help="A field; -field turns the order round.")] = "seq",
    db: DbOption = "",
) -> None:
    """Print entries as JSON, one a line. Reading the log is put on the log."""
    from ccm_core.cli.output import fail
    from ccm_core.errors import UsageError
    from ccm_core.store import log_report
    from ccm_core.store.access_log import System, record

    if vague := [part for part in only or [] if "=" not in part]:
        fail(f"--only {vague[0]!r} was asked; write field=value, for example action=export.")
    having = dict(part.partition("=")[::2] for part in only or [])
    with _opened(db) as session:
        if wrong := having.keys() - set(log_report.FIELDS):
            raise UsageError(f"There is no field {', '.join(sorted(wrong))} in the log.")
        wanted = log_report.Wanted(*_period(since, until), having)
        offset = 0
        while rows := log_report.page(session, wanted, sort, offset=offset).rows:
            for row in rows:
                typer.echo(json.dumps(_told(row)))
            offset += len(rows)
        record(session, System("console"), "view", "access_log", reason=f"{offset} entries")


@group.command()
def export(
    file: Annotated[Path, typer.Argument(help="A new file.")],
    since: SinceOption = "",
    until: UntilOption = "",
    db: DbOption = "",
) -> None:
    """Write entries with their marks, to be verified by tools/verify_log.py."""
    from ccm_core.cli.output import new_file
    from ccm_core.errors import UsageError
    from ccm_core.store import log_export, log_report
    from ccm_core.store.access_log import System, record

    with _opened(db) as session:
        first, last = log_report.span(session, *_period(since, until))
        if not first:
            raise UsageError("There is no entry in that period.")
        with new_file(file) as target:
            for line in log_export.lines(session, first, last):
                target.write(line.encode("ascii"))
        record(session, System("console"), "export", "access_log", f"{first}-{last}")


@group.command()
def anchor(db: DbOption = "") -> None:
    """Append the head of the log to CCM_LOG_ANCHOR and print it. The server does so daily."""
    from ccm_core.store import log_anchors

    with _opened(db) as session:
        kept = log_anchors.keep(session)
    typer.echo(json.dumps({"at": kept.at, "seq": kept.seq, "head": kept.head} if kept else {}))


@contextmanager
def _opened(db: str) -> Iterator[Any]:
    """A session that tells refusals in a sentence."""
    from ccm_core.cli.output import fail
    from ccm_core.errors import CcmError
    from ccm_core.store.db import require_current, session
    from ccm_core.store.presence import require_there

    try:
        require_there("The access log was", db or None)
        require_current(db or None)
        with session(db or None) as opened:
            yield opened
    except CcmError as wrong:
        fail(str(wrong))


def _period(since: str, until: str) -> tuple[datetime | None, datetime | None]:
    """The days as moments. Raises: UsageError."""
    from ccm_core.errors import UsageError

    def moment(text: str, days: int) -> datetime | None:
        if not text:
            return None
        try:
            on = date.fromisoformat(text) + timedelta(days=days)
        except ValueError as error:
            raise UsageError(f"{text!r} is not a day; write it as 2026-11-01.") from error
        return datetime(on.year, on.month, on.day, tzinfo=UTC)

    return moment(since, 0), moment(until, 1)


def _told(row: Any) -> dict[str, Any]:
    from ccm_core.store import log_report

    told = {name: getattr(row, name) for name in log_report.FIELDS}
    return told | {"at": row.at.isoformat(), "username": row.username or ""}
