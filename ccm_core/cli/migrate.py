"""``ccm migrate``: bring the database to the newest form, as the role that owns its tables."""

from __future__ import annotations

from typing import Annotated

import typer

from ccm_core.cli import app
from ccm_core.errors import CcmError


@app.command("migrate")
def migrate(
    db: Annotated[str, typer.Option("--db", help="Database URL; CCM_DATABASE_URL otherwise.")] = "",
    app_role: Annotated[
        str,
        typer.Option(help="PostgreSQL: the role of the program; it gets the rights it needs."),
    ] = "",
) -> None:
    """Bring the database to the newest form; with --app-role, grant the program its rights."""
    from ccm_core.store import db as store
    from ccm_core.store import postgres

    try:
        store.require_current(db or None)
        if app_role:
            with store.changing_schema(db or None) as connection:
                postgres.grant(connection, app_role)
    except CcmError as refused:
        typer.echo(str(refused), err=True)
        raise typer.Exit(2) from refused
    typer.echo("The database has the newest form." + (" Rights are granted." if app_role else ""))
