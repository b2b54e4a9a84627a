"""``ccm fees``: import fee files of CMS, list their versions, take one back."""

from __future__ import annotations

import datetime
import getpass
import io
import zipfile
from pathlib import Path
from typing import Annotated

import typer

from ccm_core.cli import app

DbOption = Annotated[str | None, typer.Option("--db", help="Database URL.")]

group = typer.Typer(help="Fee files: import, list, revert.", no_args_is_help=True)
app.add_typer(group, name="fees")


@group.command("import")
def import_(
    paths: Annotated[list[Path], typer.Argument(help="CMS files or ZIP packages, or folders.")],
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Check only.")] = False,
    first_day: Annotated[
        str, typer.Option("--from", help="First day in force, if not the release's own.")
    ] = "",
    db: DbOption = None,
) -> None:
    """Check files and store them as new versions, all or none; print the report as JSON.

    Exit status: 0 stored (or, with --dry-run, storable), 1 rejected, 2 not readable.
    """
    from ccm_core.cli.output import fail, print_json
    from ccm_core.errors import CcmError
    from ccm_core.program import fee_versions
    from ccm_core.store import db as store

    try:
        day = _day(first_day)
        uploads = [_upload(path) for path in paths]
        store.require_current(db)
        with store.session(db, write=not dry_run) as session:
            staged = fee_versions.stage_as(session, uploads, day)
            made = []
            if staged.is_storable and not dry_run:
                made = fee_versions.commit_as(session, None, _me(), staged)
        months = _followed(db) if made else {}
    except CcmError as refused:
        fail(str(refused))
    stored = [fee_versions.as_plain(version) for version in made]
    print_json({**fee_versions.report(staged), "dry_run": dry_run, "stored": stored, **months})
    if not staged.is_storable:
        raise typer.Exit(1)


@group.command("list")
def list_(db: DbOption = None) -> None:
    """Print every version as JSON, the newest first."""
    from ccm_core.cli.output import fail, print_json
    from ccm_core.errors import CcmError
    from ccm_core.program import fee_versions
    from ccm_core.store import db as store
    from ccm_core.store.presence import require_there

    try:
        require_there("The fee files of a database were", db)
        store.require_current(db)
        with store.session(db) as session:
            found = [fee_versions.as_plain(v) for v in fee_versions.listed_as(session)]
    except CcmError as refused:
        fail(str(refused))
    print_json({"versions": found})


@group.command("revert")
def revert(
    version: Annotated[str, typer.Argument(help="Id, or kind and number: rvu-3.")],
    reason: Annotated[str, typer.Option(help="Why, for the access log.")] = "",
    db: DbOption = None,
) -> None:
    """Take a version out of force; what was in force before it is in force again."""
    from ccm_core.cli.output import fail, print_json
    from ccm_core.errors import CcmError
    from ccm_core.program import fee_versions
    from ccm_core.store import db as store
    from ccm_core.store.presence import require_there

    try:
        require_there("A version of a fee file was", db)
        store.require_current(db)
        with store.session(db, write=True) as session:
            wanted = fee_versions.find(session, version)
            done = fee_versions.revert_as(session, None, _me(), wanted, reason)
        months = _followed(db)
    except CcmError as refused:
        fail(str(refused))
    print_json({"reverted": fee_versions.as_plain(done), **months})


def _followed(db: str | None) -> dict[str, list[str]]:
    """The newest months, audited by the new amounts; older ones wait for their next run."""
    from ccm_core.program import following_up
    from ccm_core.store import db as store

    with store.session(db) as session:
        touched = following_up.catch_up(session)
    return {
        "audited": [str(month) for month in touched.audited],
        "waiting": [str(month) for month in touched.waiting],
    }


def _me() -> str:
    return f"{getpass.getuser()} (command line)"


def _day(text: str) -> datetime.date | None:
    from ccm_core.errors import UsageError

    try:
        return datetime.date.fromisoformat(text) if text else None
    except ValueError as bad:
        raise UsageError(f"--from {text!r} is not a day. Write it as YYYY-MM-DD.") from bad


def _upload(path: Path) -> tuple[str, bytes]:
    """A file as it is; a folder as a package, of which only what is recognized is read."""
    if not path.is_dir():
        return path.name, _bytes(path)
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w") as package:
        for inside in sorted(p for p in path.iterdir() if p.is_file()):
            package.writestr(inside.name, _bytes(inside))
    return path.name, packed.getvalue()


def _bytes(path: Path) -> bytes:
    from ccm_core.errors import UsageError
    from ccm_core.money.cms_text import MOST_BYTES

    try:
        with path.open("rb") as file:
            return file.read(MOST_BYTES + 1)
    except OSError as bad:
        raise UsageError(f"{path.name} cannot be read: {bad.strerror}.") from bad
