"""A part of Claims: approve a month's batch, write its files, correct claims, close the month."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import streamlit as st

from ccm_core.access.identity import Identity
from ccm_core.months import Month
from ccm_core.program import claim_files, claim_run
from ccm_core.records import Practice
from ccm_core.store import db
from ccm_core.store.claiming import batches, files, months, receipts
from ccm_core.store.queries import preflight_summary
from pages.parts import acting, corrections, downloads, empty, filters, packets_zip, tables, words
from pages.parts import receipts as receipt_desk
from pages.parts.guard import may

REASONS = {
    "blocked": "blocked by a finding", "not_acknowledged": "review not acknowledged",
    "nothing_planned": "nothing to bill", "billed_elsewhere": "on a claim made elsewhere",
    "no_recipient": "coverage or practitioner not known", "no_payer_number":
    "no payer number in the settings", "not_ready": "something is missing on the claim",
    "no_fee": "no fee known",
}  # fmt: skip
FILES = (
    tables.Column("name", "File"),
    tables.Column("claims", "Claims", is_right=True),
    tables.Column("charge", "Charged", is_right=True),
    tables.Column("control", "Control number"),
    tables.Column("said", "Receipts"),
    tables.Column("at", "Written"),
)


def show(who: Identity, practice: Practice) -> None:
    """The claim run of one month."""
    st.header("Claim run")
    with filters.row():
        month = filters.month(practice, is_billing=True)
    acting.told()
    with db.session() as opened:
        kept = batches.claims_of(opened, practice.practice_id, month)
        made = batches.batches_of(opened, practice.practice_id, month)
        written = files.files_of(opened, practice.practice_id, month)
        closed = months.closed(opened, practice.practice_id, month)
    waiting = sum(one.status == "planned" for one in kept)
    names = words.listed(dict.fromkeys(one.approved_by for one in made)) if made else ""
    if kept:
        st.write(words.plain(
            f"{words.many(len(kept), 'claim')} approved by {names}; "
            + (f"{waiting} of them not written to a file yet." if waiting else
               "all of them are written to files.")
        ))  # fmt: skip
    else:
        empty.nothing(f"No claim of {words.month(month)} was approved here yet.", "")
    if closed:
        st.info(words.plain(
            f"Closed on {words.day_at(closed.closed_at, practice.time_zone)} by "
            f"{closed.closed_by}, policy: {words.policy(closed.policy)}, "
            f"tables {closed.tables_version}."
        ))  # fmt: skip
    _buttons(who, practice, month, waiting, is_closed=closed is not None)
    _files(who, practice, month, written)
    receipt_desk.show(who, practice)
    corrections.show(who, practice, month)
    packets_zip.offer(who, practice, month)


def _buttons(
    who: Identity, practice: Practice, month: Month, waiting: int, *, is_closed: bool
) -> None:
    with st.container(horizontal=True):
        if may(who, "pre_flight", "approve") and not is_closed:
            if st.button("Approve clean claims", type="primary", icon=":material/done_all:"):
                _do("pre_flight", "approve",
                    lambda s, me: claim_run.make(s, me, practice, month), _approved)  # fmt: skip
            _closing(practice, month)
        if (
            waiting
            and may(who, "claims", "edit")
            and st.button("Write the claim files (837P)", icon=":material/outgoing_mail:")
        ):
            _do("claims", "edit",
                lambda s, me: claim_files.export(s, me, practice, month), _written)  # fmt: skip


def _closing(practice: Practice, month: Month) -> None:
    """Beside a button that is pressed each month: what cannot be undone asks once more."""
    with st.popover("Close the month", icon=":material/lock:"):
        with db.session() as opened:
            found = preflight_summary(opened, practice.practice_id, month)
        held = [
            f"{bucket.claims:,} {said}"
            for bucket, said in ((found.review, "to review"), (found.blocked, "blocked"))
            if bucket.claims
        ]
        name = words.month(month)
        st.write(
            f"This is final: no further claim of {name} can be approved afterwards, and its time "
            "changes only as an amendment."
            + (f" Still held back: {words.listed(held)}." if held else "")
        )
        if st.button(f"Close {name} for good", type="primary"):
            _do("pre_flight", "approve",
                lambda s, me: claim_run.close(s, me, practice, month), _closed)  # fmt: skip


def _do(page: str, action: str, service: acting.Service, said: Callable[[Any], str]) -> None:
    """A run over a whole month takes a moment, and can be stopped."""
    acting.attempt(page, action, service, said, working="Claims of the month")


def _approved(made: claim_run.Made) -> str:
    left = [f"{number} {REASONS.get(why, why)}" for why, number in sorted(made.totals.items())]
    parts = [f"{words.many(made.new, 'new claim')}", f"{made.same} as before"]
    if made.renewed:
        parts.append(f"{made.renewed} renewed")
    if made.withdrawn:
        parts.append(f"{made.withdrawn} taken back")
    told = f" Left out: {', '.join(left)}." if left else ""
    warned = f" {' '.join(made.warnings)}" if made.warnings else ""
    return f"{', '.join(parts)}; {words.usd(made.charge_usd)} charged.{told}{warned}"


def _closed(what: months.Closed) -> str:
    return f"{words.month(what.month)} is closed with {what.totals.get('claims', 0)} claims."


def _written(done: claim_files.Exported) -> str:
    held = f" {words.many(len(done.held), 'claim')} held back: {done.held[0][1]}" if done.held \
        else ""  # fmt: skip
    return f"{words.many(done.claims, 'claim')} in {words.many(len(done.files), 'file')}.{held}"


def _files(who: Identity, practice: Practice, month: Month, written: list[files.FileFacts]) -> None:
    if not written:
        return
    with db.session() as opened:
        said = receipts.counts(opened, practice.practice_id, [one.id for one in written])
    tables.whole("claim_files", FILES, [
        {"name": one.name, "claims": words.number(one.claims), "charge": words.usd(one.charge_usd),
         "control": f"{one.interchange:09d}",
         "said": receipt_desk.summary(said.get(one.id, {})) or words.NOTHING,
         "at": words.moment(one.written_at, practice.time_zone)}
        for one in written
    ], alt="Claim files of the month")  # fmt: skip
    if may(who, "claims", "export"):
        _offer_files(who, practice, month, len(written))


def _offer_files(who: Identity, practice: Practice, month: Month, number: int) -> None:
    def make() -> bytes:
        with db.session(write=True) as opened:
            return claim_files.again(opened, who, practice, month).packed("837p")[1]

    mark = "demo-" if practice.is_demo else ""
    name, mime = (f"{mark}837p-{month}.txt", claim_files.MIME_TEXT) if number == 1 else (
        f"{mark}837p-{month}.zip", claim_files.MIME_ZIP
    )  # fmt: skip
    downloads.offer("Claim files (837P)", name, make, mime, "claims")
