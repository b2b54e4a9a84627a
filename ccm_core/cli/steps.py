"""``ccm steps``: compare stored steps and sums with the records, or write them anew."""

from __future__ import annotations

from typing import Annotated

import typer

from ccm_core.cli import app


@app.command("steps")
def steps(
    db: Annotated[str, typer.Option("--db", help="Database URL; CCM_DATABASE_URL otherwise.")] = "",
    rebuild: Annotated[bool, typer.Option(help="Write every stored month anew.")] = False,
) -> None:
    """Compare stored steps of enrollment and sums of results with the records; 1 if they differ."""
    from ccm_core.cli.output import fail
    from ccm_core.errors import CcmError

    try:
        wrong = _compared(db or None, rebuild)
    except CcmError as refused:
        fail(str(refused))
    if wrong is None:
        return
    for said in wrong:
        typer.echo(f"{said} are not as the records give them.")
    if wrong:
        typer.echo("Run 'ccm steps --rebuild', and report what was done before.", err=True)
        raise typer.Exit(1)
    typer.echo("Every stored month is what the records give.")


def _compared(db: str | None, rebuild: bool) -> list[str] | None:
    """What differs from the records; None where nothing was compared. Raises: CcmError."""
    from ccm_core.store import db as store
    from ccm_core.store import reading
    from ccm_core.store.presence import require_there
    from ccm_core.store.summaries import keeping

    require_there("The steps of enrollment were", db)
    store.require_current(db)
    with store.session(db, write=rebuild) as opened:
        practice = reading.practice(opened)
        if practice is None:
            typer.echo("There is no practice in the database, and nothing to compare.")
            return None
        if rebuild:
            months = keeping.rebuild(opened, practice.practice_id)
            typer.echo(f"{months} months were written anew.")
            return None
        return keeping.differences(opened, practice.practice_id)
