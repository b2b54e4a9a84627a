"""``ccm audit``: judge a month, from the database or from plain files."""

from __future__ import annotations

import sys
from typing import Annotated, Any

import typer

from ccm_core.cli import app

Files = Annotated[
    list[str] | None, typer.Argument(help="Case files or exports; none: the database.")
]


@app.command("audit")
def audit_command(  # noqa: PLR0913 - the options of one command
    files: Files = None,
    month: Annotated[str | None, typer.Option(help="YYYY-MM; needed for the database.")] = None,
    db: Annotated[
        str | None, typer.Option(help="Database URL; default: the practice's own.")
    ] = None,
    policy: Annotated[
        str | None, typer.Option(help="baseline or strict; default: as chosen.")
    ] = None,
    engine: Annotated[str, typer.Option(help="local, processes or spark.")] = "local",
    master: Annotated[str, typer.Option(help="Spark: where it runs.")] = "local[*]",
    input: Annotated[
        str, typer.Option(help="A folder of columns (Parquet or CSV), or the URL of a database.")
    ] = "",
    output: Annotated[
        str, typer.Option(help="A new folder for outcomes (Parquet), or a database URL.")
    ] = "",
    format: Annotated[str, typer.Option(help="json, csv or text.")] = "json",
) -> None:
    """Judge every patient-month of a month.

    Case files (JSON, JSON lines, TOML) are judged as they are, without a
    database; other files are read as exports. Exit status: 0 nothing blocked,
    1 something is blocked or a row of an export was rejected, 2 wrong usage or
    unreadable input.
    """
    from ccm_core.cli.audit_report import report, run
    from ccm_core.cli.output import fail
    from ccm_core.errors import CcmError

    if format not in ("json", "csv", "text"):
        fail(f"format {format!r} was asked; there are json, csv and text.")
    try:
        result: dict[str, Any] = run(
            files or [], month, db, policy, engine, (master, input, output)
        )
    except CcmError as wrong:
        fail(str(wrong))
    report(result, format)
    sys.exit(1 if result["blocked"] or result.get("rejected") else 0)
