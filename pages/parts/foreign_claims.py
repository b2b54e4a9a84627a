"""A part of Pre-flight: check a claims file (837P) that another system made."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import streamlit as st

from ccm_core.access.identity import Identity
from ccm_core.errors import CcmError
from ccm_core.months import said_text
from ccm_core.program import foreign_claims
from ccm_core.program.foreign_claims import Checked, CheckedClaim
from ccm_core.records import Practice
from ccm_core.store import db
from pages.parts import downloads, empty, status, tables, words, working
from pages.parts.guard import check, may

_KEY = "foreign_claims_held"
_MOST = 100
COLUMNS = (
    tables.Column("claim", "Claim"),
    tables.Column("patient", "Patient", is_link=True),
    tables.Column("month", "Month"),
    tables.Column("codes", "Codes"),
    tables.Column("status", "Check", "", False),
    tables.Column("said", "What was found"),
)


@dataclass
class Held:
    """What one person has checked at this tab."""

    user_id: str
    found: Checked


def show(who: Identity, practice: Practice) -> None:
    """The upload and, after the check, what was found. Nothing is stored."""
    if not may(who, "pre_flight", "run"):
        return
    st.header("Check a claims file made elsewhere")
    st.write(
        "An 837P file of your billing system (a clinic's 837I), before it leaves: each claim is "
        "matched to a patient and month and audited. Nothing of it is stored."
    )
    file = st.file_uploader(
        "Claims file (837P, 837I)", type=["837", "edi", "txt", "x12"], key="foreign_claims_file"
    )
    if file is None:
        st.session_state.pop(_KEY, None)
        return
    if st.button("Check the file", icon=":material/fact_check:"):
        _check(practice, file)
    held = st.session_state.get(_KEY)
    if isinstance(held, Held) and held.user_id == who.user_id and held.found.name == file.name:
        _result(who, held.found)


def _check(practice: Practice, file: Any) -> None:
    try:
        asker = check("pre_flight", "run")
        with working.shown("Matching and auditing"), db.session(write=True) as opened:
            found = foreign_claims.check(opened, asker, practice, file.name, file.getvalue())
    except CcmError as refused:
        st.session_state.pop(_KEY, None)
        st.error(words.refused(refused))
        return
    st.session_state[_KEY] = Held(asker.user_id, found)


def _result(who: Identity, found: Checked) -> None:
    for place, (name, kinds) in zip(
        st.columns(4),
        (("Clean", ("clean",)), ("Needs review", ("review",)), ("Blocked", ("blocked",)),
         ("Not matched", ("unmatched",))),
        strict=True,
    ):  # fmt: skip
        place.metric(name, words.number(found.count(*kinds)))
    if found.superseded:
        st.caption(
            f"{words.many(found.superseded, 'claim')} of the file were replaced, voided or stand "
            "twice in it; the last one counts."
        )
    if found.other_lines:
        st.caption(f"{words.many(found.other_lines, 'line')} with other codes were not judged.")
    for problem in found.problems[:10]:
        (st.error if problem.is_error else st.warning)(words.plain(str(problem)))
    _listed(who, found)


def _listed(who: Identity, found: Checked) -> None:
    order = {"unmatched": 0, "blocked": 1, "review": 2, "void": 3, "clean": 4}
    shown = sorted(found.claims, key=lambda one: order[one.status])
    if not shown:
        empty.nothing("The file holds no claim of this program.", "")
        return
    tables.whole(
        "foreign_claims", COLUMNS, [_row(who, one) for one in shown[:_MOST]],
        alt="Claims of the file",
    )  # fmt: skip
    if len(shown) > _MOST:
        st.caption(f"The first {_MOST} of {len(shown):,}; the file below has all.")
    if may(who, "pre_flight", "export"):
        downloads.offer(
            "All claims and findings as CSV", "checked-claims.csv",
            lambda: foreign_claims.to_csv(found), "text/csv; charset=utf-8", "pre_flight",
        )  # fmt: skip


def _row(who: Identity, one: CheckedClaim) -> dict[str, Any]:
    said = "; ".join(f"{rule} {text}" for rule, level, text in one.findings[:3] if level != "NOTE")
    doubt = f"{one.doubt} " if one.doubt else ""
    return {
        "key": tables.patient_key(who, one.patient_id) if one.patient_id else "",
        "claim": one.claim_id,
        "patient": one.name or words.NOTHING,
        "month": words.month(one.month) if one.month else words.NOTHING,
        "codes": one.codes,
        "status": status.cell(one.status),
        "said": said_text(f"{doubt}{one.reason or said}") or words.NOTHING,
    }
