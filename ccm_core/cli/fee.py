"""``ccm fee``: what Medicare allows for one code on one day."""

from __future__ import annotations

import datetime
import json
from typing import Annotated

import typer

from ccm_core.cli import app
from ccm_core.errors import CcmError, UsageError
from ccm_core.fees import NATIONAL, Fee

_REFUSED = 2


@app.command()
def fee(
    code: Annotated[str, typer.Argument(help="Procedure code, for example 99490.")],
    on: Annotated[str, typer.Option(help="Day of service, YYYY-MM-DD.")],
    locality: Annotated[str | None, typer.Option(help="Medicare locality, MAC-NN.")] = None,
    zip5: Annotated[str | None, typer.Option("--zip", help="ZIP code of the practice.")] = None,
    national: Annotated[bool, typer.Option("--national", help="All GPCIs 1.000.")] = False,
    setting: Annotated[str, typer.Option(help="nonfacility or facility.")] = "nonfacility",
    qp: Annotated[bool, typer.Option("--qp", help="Qualifying APM participant.")] = False,
    db: Annotated[str, typer.Option("--db", help="Database whose imported fees count, too.")] = "",
) -> None:
    """Print the allowed amount as JSON, with everything it was made from."""
    try:
        if db:
            _put_in_force(db)
        found, notes = _look_up(code, on, _one_place(locality, zip5, national), setting, qp)
    except CcmError as refused:
        typer.echo(str(refused), err=True)
        raise typer.Exit(_REFUSED) from refused
    typer.echo(json.dumps(as_json(found, notes), indent=2))


def _put_in_force(db: str) -> None:
    from ccm_core.store.db import require_current
    from ccm_core.store.presence import require_there

    require_there("The imported fees of a database were", db)
    require_current(db)


def _one_place(locality: str | None, zip5: str | None, national: bool) -> tuple[str, str]:
    """Locality and ZIP code, of which at most one may be given; national without any."""
    if "" in (locality, zip5):
        raise UsageError("--locality and --zip need a value. Leave both out for national amounts.")
    if sum((bool(locality), bool(zip5), national)) > 1:
        raise UsageError("give one of --locality, --zip and --national, not several.")
    return ("" if zip5 else locality or NATIONAL), zip5 or ""


def _look_up(
    code: str, on: str, place: tuple[str, str], setting: str, qp: bool
) -> tuple[Fee, tuple[str, ...]]:
    from ccm_core import fees

    day = _day(on)
    locality, zip5 = place
    found = fees.place_of_zip(zip5, day) if zip5 else fees.ZipPlace(locality, "")
    allowed = fees.allowed(code.strip().upper(), day, found.locality, setting, qp)
    return allowed, (*found.notes, *allowed.notes)


def _day(text: str) -> datetime.date:
    try:
        return datetime.date.fromisoformat(text)
    except ValueError as bad:
        raise UsageError(f"--on {text!r} is not a day. Write it as YYYY-MM-DD.") from bad


def as_json(found: Fee, notes: tuple[str, ...]) -> dict[str, object]:
    """The answer with dates in ISO form and amounts as decimal text."""
    return {
        "code": found.code,
        "on": found.on.isoformat(),
        "locality": found.locality,
        "setting": found.setting,
        "allowed_usd": str(found.allowed_usd),
        "conversion_factor": str(found.conversion_factor),
        "rvu": {part: str(value) for part, value in found.rvu.items()},
        "gpci": {part: str(value) for part, value in found.gpci.items()},
        "estimate": found.estimate,
        "sources": list(found.cites),
        "notes": list(notes),
    }
