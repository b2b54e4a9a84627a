"""``ccm export``: files that leave the house."""

from __future__ import annotations

import getpass
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from ccm_core.cli import app

if TYPE_CHECKING:
    from sqlmodel import Session

    from ccm_core.months import Month

KINDS = ("billing-csv", "billing-xlsx", "837p", "packet", "packets-zip", "projection-xlsx")
Made = tuple[bytes, dict[str, Any]]


@app.command("export")
def export_command(
    month: Annotated[str, typer.Option(help="Service month, YYYY-MM.")],
    what: Annotated[str, typer.Option(help=" | ".join(KINDS))],
    out: Annotated[Path, typer.Option(help="File to write; it must not exist yet.")],
    db: Annotated[str | None, typer.Option(help="Database URL.")] = None,
    patient: Annotated[str, typer.Option(help="Patient identifier, for a packet.")] = "",
    approved_by: Annotated[
        str, typer.Option(help="Who approves the claims of an 837P; your login name if not said.")
    ] = "",
) -> None:
    """Write a month's billing report, claims (837P), audit packets or a projection.

    The audit is brought up to date first. 837p approves and writes every clean claim that was
    not written before, one file for each payer: the file itself when there is one payer, else
    a zip. Asked again, it gives the same files, byte by byte. packet is one patient's PDF;
    packets-zip has one for each claim of the month, with a manifest. projection-xlsx projects
    from the practice's history before the month, or from the defaults where there is too little.
    Exit status: 0 written, 1 nothing to write, 2 wrong usage.
    """
    from ccm_core.cli.output import fail, new_file, print_json
    from ccm_core.errors import CcmError

    if what not in KINDS:
        fail(f"{what!r} was asked; there are {', '.join(KINDS)}.")
    if out.exists():
        fail(f"{out} was asked for; it exists already. Name another file.")
    try:
        content, facts = _made(month, what, db, patient, approved_by)
        # The database knows of the claims first: a file that was lost can be written again,
        # a file that nobody knows of could be sent twice.
        if content:
            with new_file(out) as file:
                file.write(content)
    except CcmError as wrong:
        fail(str(wrong))
    print_json({"file": str(out) if content else None, "what": what, "month": month, **facts})
    if not content:
        raise typer.Exit(1)


def _made(month: str, what: str, db: str | None, patient: str, approved_by: str) -> Made:
    from ccm_core.months import Month
    from ccm_core.store import db as store
    from ccm_core.store.presence import require_there

    of = Month.parse(month)
    require_there(f"{what} was", db)
    store.require_current(db)
    with store.session(db, write=True) as session:
        return _make(session, of, what, patient, approved_by)


def _make(session: Session, month: Month, what: str, patient: str, approved_by: str) -> Made:
    from ccm_core.store import access_log

    if what == "837p":
        return _claims(session, month, approved_by)
    if what in ("packet", "packets-zip"):
        return _packets(session, month, what, patient)
    if what == "projection-xlsx":
        return _projection(session, month)
    from ccm_core.exchange.exporting import billing_file

    made = billing_file(session, month, what.removeprefix("billing-"))
    access_log.record(session, None, "export", what, str(month), "ok", "command line")
    return made.content, {"lines": made.rows}


def _projection(session: Session, month: Month) -> Made:
    """A workbook with living formulas; no patient and no small count is in it."""
    from ccm_core.money.projection import project
    from ccm_core.money.workbook import projection_xlsx
    from ccm_core.months import utc_now
    from ccm_core.program import revenue_presets, revenue_view
    from ccm_core.store import access_log, reading

    practice = reading.practice(session)
    found = revenue_view.history_as(session, month)
    own = found.scenario if found else None
    named = revenue_presets.NAMES["own" if own else "defaults"]
    base = own or revenue_presets.preset("defaults").changed(start=month)
    made = project(base.shareable().changed(name=named))
    access_log.record(session, None, "export", "projection-xlsx", str(month), "ok", "command line")
    is_demo = practice is not None and practice.is_demo
    notes = found.notes if found and own else {}
    content = projection_xlsx(made, utc_now().date(), is_demo, notes)
    return content, {
        "from": "own history" if own else "defaults", "history": found.span if found else "",
        "months": len(made.months), "gross_usd": str(made.total.gross_usd),
        "cash_usd": str(made.total.cash_usd), "net_usd": str(made.total.net_usd),
    }  # fmt: skip


def _claims(session: Session, month: Month, approved_by: str) -> Made:
    """Approve and write what is clean; else give the files of the month again."""
    from ccm_core.errors import UsageError
    from ccm_core.months import utc_now
    from ccm_core.program import claim_files, claim_run
    from ccm_core.store import reading
    from ccm_core.store.claiming import months
    from ccm_core.store.claiming.batches import Approval

    practice = reading.practice(session)
    if practice is None:
        raise UsageError("Claims were asked for; the database holds no practice.")
    facts: dict[str, Any] = {"skipped": {}}
    if months.closed(session, practice.practice_id, month) is None:
        name = approved_by or f"{getpass.getuser()} (command line)"
        made = claim_run.make_as(session, practice, month, Approval(name, "", utc_now()))
        facts = {"approved_by": name, "skipped": made.totals, "warnings": list(made.warnings)}
    done = claim_files.export_as(session, practice, month, None)
    is_again = not done.files
    if is_again:
        done = claim_files.again_as(session, practice, month, None)
    facts |= {
        "claims": done.claims, "is_again": is_again, "held": len(done.held),
        "files": [
            {"name": f.name, "payer": f.payer_id, "claims": f.claims, "control": f.interchange}
            for f in done.files
        ],
    }  # fmt: skip
    return (done.packed(f"837p-{month}")[1] if done.files else b""), facts


def _packets(session: Session, month: Month, what: str, patient: str) -> Made:
    """One patient's packet, or a zip of one for each claim of the month."""
    from ccm_core.errors import UsageError
    from ccm_core.program import packets
    from ccm_core.store import reading
    from ccm_core.store.claiming import months

    practice = reading.practice(session)
    if practice is None:
        raise UsageError("A packet was asked for; the database holds no practice.")
    if what == "packets-zip":
        if not (patient or months.standing(session, practice.practice_id, month)):
            return b"", {"packets": 0}
        content, number = packets.many_as(session, practice, month, patient.split() or None, None)
        return content, {"packets": number}
    if not patient:
        raise UsageError("A packet was asked for; name the patient with --patient IDENTIFIER.")
    one = packets.one_as(session, practice, patient, month, None)
    return one.packet.content, {
        "sha256": one.packet.sha256, "content_sha256": one.packet.content_sha256,
        "pages": one.packet.pages,
    }  # fmt: skip
