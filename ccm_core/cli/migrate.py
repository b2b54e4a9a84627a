"""``ccm migrate``: bring the database to the newest form, as the role that owns its tables."""

from __future__ import annotations

from typing import Annotated

import typer

from ccm_core.cli import app
from ccm_core.errors import CcmError, UsageError


@app.command("migrate")
def migrate(
    db: Annotated[str, typer.Option("--db", help="Database URL; CCM_DATABASE_URL otherwise.")] = "",
    app_role: Annotated[
        str,
        typer.Option(help="PostgreSQL: the role of the program; it gets the rights it needs."),
    ] = "",
    consultant_role: Annotated[
        str,
        typer.Option(help="PostgreSQL: the role of consultants; it gets figures and no patient."),
    ] = "",
) -> None:
    """Bring the database to the newest form; with roles named, grant them their rights."""
    from ccm_core.store import consulting, postgres
    from ccm_core.store import db as store

    try:
        if (app_role or consultant_role) and store.database_url(db).startswith("sqlite"):
            raise UsageError(
                "Rights for a role were asked for; a SQLite database has no roles. Leave out "
                "--app-role and --consultant-role, or name the PostgreSQL database."
            )
        store.require_current(db or None)
        for role, grant in ((app_role, postgres.grant), (consultant_role, consulting.grant)):
            if role:
                with store.changing_schema(db or None) as connection:
                    grant(connection, role)
    except CcmError as refused:
        typer.echo(str(refused), err=True)
        raise typer.Exit(2) from refused
    is_granted = bool(app_role or consultant_role)
    typer.echo("The database has the newest form." + (" Rights are granted." if is_granted else ""))
