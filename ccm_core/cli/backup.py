"""``ccm backup``, ``ccm restore`` and ``ccm drill``."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Annotated

import typer

from ccm_core.cli import app

DbOption = Annotated[str, typer.Option("--db", help="Database URL; CCM_DATABASE_URL otherwise.")]


@app.command("backup")
def backup_command(
    folder: Annotated[
        Path | None, typer.Argument(help="Where to; CCM_BACKUP_DIR otherwise.")
    ] = None,
    new_key: Annotated[
        Path | None, typer.Option("--new-key", help="Only make a new key in this file.")
    ] = None,
    db: DbOption = "",
) -> None:
    """Write an encrypted backup while people work. The key is named in CCM_BACKUP_KEY."""
    from ccm_core.cli.output import fail, print_json
    from ccm_core.errors import CcmError
    from ccm_core.store import backup

    try:
        if new_key is not None:
            backup.make_key(new_key)
            typer.echo("The key is made. Keep a copy of it away from the backups.", err=True)
            return
        made = backup.make(_folder(folder), db or None)
    except CcmError as wrong:
        fail(str(wrong))
    told = made.manifest
    print_json({
        "file": str(made.path), "made_at": told.created_at, "seconds": round(made.seconds, 2),
        "rows": sum(told.rows.values()), "tables": len(told.rows),
        "schema_version": told.schema_version, "log_seq": told.log_seq,
        "log_head": told.log_head, "sha256": told.sha256,
    })  # fmt: skip


@app.command("restore")
def restore_command(
    file: Annotated[Path, typer.Argument(help="The backup.")],
    to: Annotated[str, typer.Argument(help="A new SQLite file, or an empty postgresql:// URL.")],
) -> None:
    """Restore a backup to a new place, after every check of it."""
    from ccm_core.cli.output import fail, print_json
    from ccm_core.errors import CcmError
    from ccm_core.store.backup import restoring

    try:
        done = restoring.restore(file, to)
        restoring.put_on_record(done)
    except CcmError as wrong:
        fail(str(wrong))
    print_json({
        "restored": True, "seconds": round(done.seconds, 2),
        "backup_made_at": done.manifest.created_at, "rows": sum(done.manifest.rows.values()),
        "log_seq": done.manifest.log_seq,
    })  # fmt: skip


@app.command("drill")
def drill_command(
    file: Annotated[
        Path | None, typer.Argument(help="A backup; the newest of CCM_BACKUP_DIR otherwise.")
    ] = None,
    db: DbOption = "",
) -> None:
    """Restore a backup to a scratch place, check everything, print how old and how fast."""
    from ccm_core.cli.output import fail, print_json
    from ccm_core.errors import CcmError
    from ccm_core.store import backup

    try:
        chosen = file if file and file.is_file() else backup.newest_in(_folder(file))
        print_json(backup.drill(chosen, db or None).as_json())
    except CcmError as wrong:
        fail(str(wrong))


def _folder(named: Path | None) -> Path:
    from ccm_core.errors import UsageError

    found = named or os.environ.get("CCM_BACKUP_DIR")
    if not found:
        raise UsageError(
            "Say where backups go: 'ccm backup FOLDER' or CCM_BACKUP_DIR=FOLDER. Choose another "
            "disk than the database's."
        )
    return Path(found)
