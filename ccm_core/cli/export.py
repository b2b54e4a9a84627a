"""``ccm export``: files that leave the house."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from ccm_core.cli import app

KINDS = ("billing-csv", "billing-xlsx", "837p", "packet", "packets-zip", "projection-xlsx")


@app.command("export")
def export_command(
    month: Annotated[str, typer.Option(help="Service month, YYYY-MM.")],
    what: Annotated[str, typer.Option(help=" | ".join(KINDS))],
    out: Annotated[Path, typer.Option(help="File to write; it must not exist yet.")],
    db: Annotated[str | None, typer.Option(help="Database URL.")] = None,
) -> None:
    """Write a month's billing report of every clean claim.

    The audit is brought up to date first. Exit status: 0 written, 2 wrong usage.
    """
    from ccm_core.cli.output import fail, print_json
    from ccm_core.errors import CcmError
    from ccm_core.exchange.exporting import billing_file
    from ccm_core.months import Month
    from ccm_core.store import access_log
    from ccm_core.store import db as store

    if what not in KINDS:
        fail(f"{what!r} was asked; there are {', '.join(KINDS)}.")
    if not what.startswith("billing-"):
        fail(f"{what} is not part of this version yet; use billing-csv or billing-xlsx.")
    try:
        store.require_current(db)
        with store.session(db, write=True) as session:
            made = billing_file(session, Month.parse(month), what.removeprefix("billing-"))
            access_log.record(session, None, "export", what, month, "ok", "command line")
            _write(out, made.content)
    except CcmError as wrong:
        fail(str(wrong))
    print_json({"file": str(out), "what": what, "month": month, "lines": made.rows})


def _write(out: Path, content: bytes) -> None:
    from ccm_core.errors import UsageError

    try:
        with out.open("xb") as file:
            file.write(content)
    except OSError as refused:
        raise UsageError(f"{out} cannot be written: {refused.strerror}.") from refused
