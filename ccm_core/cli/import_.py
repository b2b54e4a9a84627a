"""``ccm import``: exports of a practice into the store, with a report of every row."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Annotated

import typer

from ccm_core.cli import app
from ccm_core.errors import CcmError

_REJECTED, _REFUSED = 1, 2


@app.command(name="import")
def import_(
    paths: Annotated[list[Path], typer.Argument(help="Folders, zip archives or files.")],
    db: Annotated[str, typer.Option("--db", help="Database URL; CCM_DATABASE_URL otherwise.")] = "",
    mapping: Annotated[
        Path | None, typer.Option(help="JSON or TOML file that explains foreign headers.")
    ] = None,
    dry_run: Annotated[
        bool, typer.Option("--dry-run", help="Read and report; write nothing.")
    ] = False,
    time_zone: Annotated[
        str, typer.Option(help="Time zone of the practice, if the database is new.")
    ] = "",
    audit: Annotated[
        bool, typer.Option("--audit/--no-audit", help="Audit the newest months that changed.")
    ] = True,
) -> None:
    """Import FHIR R4 (NDJSON, bundles), CSV, XLSX, 837P and 835; print the report as JSON.

    Status 0: everything was taken. 1: rows were rejected, the others are stored. 2: a
    file could not be read, and nothing was stored.
    """
    from ccm_core.exchange import mapping as mappings
    from ccm_core.exchange import running

    try:
        said = mappings.load(mapping) if mapping else mappings.Mappings()
        wish = running.Wish(said, dry_run, time_zone, audit)
        found = running.run(paths, db or None, wish)
        typer.echo(json.dumps(found.as_json(), indent=2))
        running.require_readable(found)
    except CcmError as refused:
        typer.echo(str(refused), err=True)
        raise typer.Exit(_REFUSED) from refused
    if found.total("rejected"):
        raise typer.Exit(_REJECTED)
