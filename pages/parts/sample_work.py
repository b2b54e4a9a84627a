"""One audit sample: what the verdicts say, the work paper, and the verdict on one claim."""

from __future__ import annotations

from typing import Any

import streamlit as st

from ccm_core.access.identity import Identity
from ccm_core.errors import CcmError
from ccm_core.program import samples
from ccm_core.program.samples import OpenSample
from ccm_core.records import Practice
from ccm_core.store import db
from ccm_core.store.claiming.samples import KeptVerdict
from pages.parts import downloads, filters, links, packet_link, tables, words
from pages.parts.guard import check, may

NEW = 0
PAPER = (
    tables.Column("draw", "No."),
    tables.Column("stratum", "Stratum"),
    tables.Column("claim", "Claim", is_link=True),
    tables.Column("patient", "Patient"),
    tables.Column("paid", "Paid", is_right=True),
    tables.Column("verdict", "Verdict"),
    tables.Column("over", "Overpaid", is_right=True),
    tables.Column("reviewer", "Reviewer"),
)


def show(who: Identity, practice: Practice) -> None:
    """The sample that the address names."""
    links.to("audit_samples", "All samples", ":material/arrow_back:")
    named = st.query_params["sample"]
    number = int(named) if named.isdecimal() and len(named) < 12 else -1
    try:
        with db.session() as opened:
            found = samples.open_sample(opened, who, practice, number)
    except CcmError as refused:
        st.info(words.refused(refused))
        return
    st.title(words.plain(found.kept.name))
    _design(found)
    _results(found)
    item = st.query_params.get("item", "")
    if item in found.kept.sample.item_ids:
        _item(who, practice, found, item)
    _paper(who, practice, found)


def _design(found: OpenSample) -> None:
    one = found.kept
    way = f"in {len(one.sizes)} strata by {one.stratify_by}" if one.stratify_by else "simple"
    st.write(words.plain(
        f"{words.month(one.first_month)} to {words.month(one.last_month)}, claims that are "
        f"{words.listed(one.statuses.split())}: {len(one.sample.item_ids):,} drawn of "
        f"{sum(one.sizes.values()):,}, "
        f"{way}."
    ))  # fmt: skip
    st.caption(words.plain(
        f"Seed {one.seed} · frame SHA-256 {one.frame_sha256[:16]} · drawn by {one.made_by} · "
        f"tables {one.tables_version}"
    ))  # fmt: skip
    if not found.is_redrawn:
        st.error("The kept frame and seed no longer give this draw. Do not rely on it.")
    elif found.is_frame_same:
        st.caption("Drawn again from the seed just now: the same claims.")
    else:
        st.caption(
            "Drawn again from the seed and the kept frame: the same claims. The claims that have "
            "these months and statuses today are not all the same any more."
        )


def _results(found: OpenSample) -> None:
    rate, estimate = found.rate, found.estimate
    cells = st.columns(3)
    cells[0].metric("Judged", f"{len(found.verdicts)} of {len(found.kept.sample.item_ids)}")
    if rate is not None:
        cells[1].metric("Error rate", f"{rate.share:.1%}")
        cells[1].caption(
            f"{rate.interval.low:.1%} to {rate.interval.high:.1%} "
            f"({rate.interval.confidence:.0%}, {rate.interval.method})"
        )
    if estimate is None:
        if found.missing:
            cells[2].caption(
                f"{words.many(found.missing, 'claim')} to judge before an overpayment can be "
                "estimated."
            )
        return
    cells[2].metric("Estimated overpayment", words.usd(estimate.point_usd))
    cells[2].caption(words.plain(
        f"{words.usd(estimate.low_usd)} to {words.usd(estimate.high_usd)} "
        f"({estimate.confidence:.0%} two-sided, {estimate.method}); lower limit "
        f"{words.usd(estimate.refund_usd)}. An estimate from a sample, not a finding of fact."
    ))  # fmt: skip


def _paper(who: Identity, practice: Practice, found: OpenSample) -> None:
    st.header("Work paper")
    at = tables.asked(PAPER, "", "paper_")
    rows = [
        _row(found, stratum, draw, item)
        for stratum, items in found.kept.sample.strata.items()
        for draw, item in enumerate(items, start=1)
    ]
    shown = rows[at.offset : at.offset + at.limit]
    tables.listing(
        "paper", PAPER, shown, len(rows), at, alt="Work paper in the order of the draw",
        opens=("", "item"),
    )  # fmt: skip
    if may(who, "audit_samples", "export"):
        number = found.kept.id

        def make() -> bytes:
            with db.session(write=True) as opened:
                return samples.paper_csv(opened, who, practice, number)

        mark = "demo-" if practice.is_demo else ""
        downloads.offer("Work paper as CSV", f"{mark}sample-{number}.csv", make,
                        "text/csv; charset=utf-8", "audit_samples")  # fmt: skip


def _row(found: OpenSample, stratum: str, draw: int, item: str) -> dict[str, Any]:
    known, said = found.items.get(item), found.verdicts.get(item)
    verdict = ("error" if said.is_error else "correct") if said else "to judge"
    return {
        "key": item,
        "draw": str(draw),
        "stratum": stratum,
        "claim": item,
        "patient": tables.patient_name(known) if known else words.NOTHING,
        "paid": words.usd(known.paid_usd) if known else words.NOTHING,
        "verdict": verdict,
        "over": words.usd(said.overpaid_usd) if said else words.NOTHING,
        "reviewer": said.reviewer if said else words.NOTHING,
    }


def _item(who: Identity, practice: Practice, found: OpenSample, item: str) -> None:
    known, said = found.items.get(item), found.verdicts.get(item)
    with st.container(border=True):
        st.header(f"Claim {words.plain(item)}")
        if known is not None:
            key = tables.patient_key(who, known.patient_id)
            st.write(words.plain(
                f"{tables.patient_name(known)}, {words.month(known.month)}, "
                f"{words.usd(known.paid_usd)} paid of {words.usd(known.charge_usd)} charged."
            ))  # fmt: skip
            links.to("pre_flight", "Open the month with every rule", claim=key,
                     month=str(known.month))  # fmt: skip
            packet_link.offer(who, practice, known.patient_id, known.month)
        if said:
            verdict = "an error" if said.is_error else "correct"
            st.caption(words.plain(f"{said.reviewer}: {verdict}. {said.reason}"))
        if may(who, "audit_samples", "edit"):
            _form(practice, found.kept.id, item, said)


def _form(practice: Practice, sample_id: int, item: str, said: KeptVerdict | None) -> None:
    version = said.version if said else NEW
    with st.form(f"verdict_{item}_{version}"):
        verdict = st.radio(
            "Verdict", ("correct", "error"), index=int(bool(said and said.is_error)),
            format_func=words.sentence, horizontal=True,
        )  # fmt: skip
        amount = st.text_input(
            "Overpaid, in dollars", f"{said.overpaid_usd:.2f}" if said else "0.00",
            help="Paid less what should have been paid; below zero for an underpayment.",
        )  # fmt: skip
        reason = st.text_area("Reason", said.reason if said else "", max_chars=2000)
        is_saved = st.form_submit_button("Save the verdict", type="primary")
    if not is_saved:
        return
    try:
        mine = KeptVerdict(item, version, verdict == "error", samples.dollars(amount), "", reason)
        with db.session(write=True) as opened:
            samples.judge(opened, check("audit_samples", "edit"), practice, sample_id, mine)
    except CcmError as refused:
        st.error(words.refused(refused))
        return
    filters.put("item", "")
    st.rerun()
