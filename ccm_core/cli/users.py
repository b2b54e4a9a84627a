"""``ccm users``: add, list, disable and enable accounts of this practice.

A password is asked for without showing it, or read from standard input; it is
never an argument, where other people of the machine could see it.
"""

from __future__ import annotations

import json
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Annotated, Any

import typer

from ccm_core.cli import app
from ccm_core.errors import CcmError, UsageError

_REFUSED = 2
DbOption = Annotated[str, typer.Option("--db", help="Database URL; CCM_DATABASE_URL otherwise.")]
NameArgument = Annotated[str, typer.Argument(help="The name used to sign in.")]

group = typer.Typer(
    help="Accounts: add, list, disable, enable, unlock, password.", no_args_is_help=True
)
app.add_typer(group, name="users")


@contextmanager
def _told() -> Iterator[None]:
    """Say what was refused on standard error and leave with status 2."""
    try:
        yield
    except CcmError as refused:
        typer.echo(str(refused), err=True)
        raise typer.Exit(_REFUSED) from refused


@group.command()
def add(
    username: NameArgument,
    role: Annotated[
        str,
        typer.Option(
            help="administrator, practice_manager, billing_lead, care_manager, practitioner, "
            "auditor or consultant."
        ),
    ],
    name: Annotated[str, typer.Option(help="The person's name.")] = "",
    staff_id: Annotated[str, typer.Option(help="Their id in the care team, if any.")] = "",
    from_stdin: Annotated[
        bool, typer.Option("--password-stdin", help="Read the password from standard input.")
    ] = False,
    is_theirs: Annotated[
        bool,
        typer.Option(
            "--own-password",
            help="The password is typed by the person whose account it is, and stays theirs.",
        ),
    ] = False,
    db: DbOption = "",
) -> None:
    """Add an account. The password is asked for: 15 characters or more.

    It is good for the first sign-in, at which its owner chooses another.
    """
    from ccm_core.access import users

    with _told():
        users.check_role(role)
        password = _password(from_stdin)
        wanted = users.NewAccount(
            username, name, role, staff_id, must_change_password=not is_theirs
        )
        made = _changed(
            db, lambda opened, **more: users.add(opened, wanted, password, **more), may_make=True
        )
        typer.echo(json.dumps(_shown(made)))


@group.command(name="list")
def list_(db: DbOption = "") -> None:
    """Print every account as JSON."""
    from ccm_core.access import users
    from ccm_core.store.db import require_current, session
    from ccm_core.store.presence import require_there

    with _told():
        require_there("The accounts of a database were", db or None)
        require_current(db or None)
        with session(db or None) as opened:
            typer.echo(json.dumps([_shown(user) for user in users.listed(opened)], indent=2))


@group.command()
def disable(username: NameArgument, db: DbOption = "") -> None:
    """Disable an account and end all its sessions at once."""
    _set_active(username, False, db)


@group.command()
def enable(username: NameArgument, db: DbOption = "") -> None:
    """Enable a disabled account again."""
    _set_active(username, True, db)


@group.command()
def unlock(username: NameArgument, db: DbOption = "") -> None:
    """Forgive the failed sign-ins of an account."""
    from ccm_core.access import users

    with _told():
        _changed(db, lambda opened, actor, now: users.unlock(opened, username, actor=actor))


@group.command()
def password(
    username: NameArgument,
    from_stdin: Annotated[
        bool, typer.Option("--password-stdin", help="Read the password from standard input.")
    ] = False,
    db: DbOption = "",
) -> None:
    """Set a new password and end all sessions of the account."""
    from ccm_core.access import users

    with _told():
        chosen = _password(from_stdin)
        _changed(db, lambda opened, **more: users.set_password(opened, username, chosen, **more))


def _set_active(username: str, is_active: bool, db: str) -> None:
    from ccm_core.access import users

    with _told():
        user = _changed(
            db, lambda opened, **more: users.set_active(opened, username, is_active, **more)
        )
        typer.echo(json.dumps(_shown(user)))


def _changed(db: str, change: Callable[..., Any], *, may_make: bool = False) -> Any:
    """Run one change in one transaction, on record as done at the console.

    Only the first account of a practice may find no database and make it.
    """
    from ccm_core.access.sessions import clock
    from ccm_core.store.access_log import System
    from ccm_core.store.db import require_current, session
    from ccm_core.store.presence import require_there

    if not may_make:
        require_there("A change of an account was", db or None)
    require_current(db or None)
    with session(db or None, write=True) as opened:
        return change(opened, now=clock(), actor=System("console"))


_MOST_TYPED = 10_000
"""Characters read of a password: enough to say how long it is, whatever comes."""


def _password(from_stdin: bool) -> str:
    if from_stdin:
        return sys.stdin.readline(_MOST_TYPED).rstrip("\r\n")
    if not sys.stdin.isatty():
        raise UsageError("There is no terminal to ask for a password. Use --password-stdin.")
    return str(typer.prompt("Password", hide_input=True, confirmation_prompt=True))


def _shown(user: Any) -> dict[str, object]:
    """What may be told about an account."""
    return {
        "username": user.username,
        "name": user.name,
        "role": user.role,
        "is_active": user.is_active,
        "is_demo": user.is_demo,
        "has_second_factor": bool(user.totp_secret),
        "must_change_password": user.must_change_password,
        "last_sign_in_at": user.last_login_at.isoformat() if user.last_login_at else None,
    }
