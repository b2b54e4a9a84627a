"""``ccm demo``: make the demo practice in an empty database."""

from __future__ import annotations

from typing import Annotated

import typer

from ccm_core.cli import app


@app.command("demo")
def demo_command(
    patients: Annotated[int, typer.Option(help="Eligible patients.", min=1)] = 400,
    months: Annotated[int, typer.Option(help="Months up to the current one.", min=1)] = 12,
    seed: Annotated[int | None, typer.Option(help="Another number makes other people.")] = None,
    audited_months: Annotated[
        int | None, typer.Option(help="Audit only so many of the last months.", min=0)
    ] = None,
    db: Annotated[str, typer.Option("--db", help="Database URL; CCM_DATABASE_URL otherwise.")] = "",
) -> None:
    """Make the demo practice: invented patients, a year of work, claims and trouble.

    The same seed on the same day makes the same practice. A database that holds
    another practice is refused. Its accounts are shown on the sign-in page.
    """
    from ccm_core.access import sessions
    from ccm_core.access.first_run import ensure_demo_accounts
    from ccm_core.cli.output import fail, print_json
    from ccm_core.demo import SEED, load
    from ccm_core.demo.building import require_size
    from ccm_core.errors import CcmError
    from ccm_core.program import publishing
    from ccm_core.store.db import require_current, session

    def tell(what: str, done: int, total: int) -> None:
        typer.echo(f"{what}: {done} of {total}", err=True)

    try:
        require_size(patients, months)
        require_current(db or None)
        with session(db or None, write=True) as opened:
            load(
                opened, patients, months, SEED if seed is None else seed,
                progress=tell, audited_months=audited_months,
            )  # fmt: skip
            ensure_demo_accounts(opened, sessions.clock())
            publishing.keep_up(opened)
    except CcmError as wrong:
        fail(str(wrong))
    print_json({"patients": patients, "months": months, "seed": SEED if seed is None else seed})
