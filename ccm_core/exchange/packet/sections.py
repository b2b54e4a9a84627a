"""The sections of a packet, in the order in which a contractor's checklist asks for them.

Order: First Coast, "Checklist: Chronic care"; then the time log, findings, sources and
versions that no checklist asks for and every reviewer needs.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from datetime import date

from ccm_core.cases import SECONDS_PER_MINUTE
from ccm_core.eligibility import chronic_conditions, initiating, latest_consent, payer_on
from ccm_core.exchange.packet.facts import Block, PacketFacts, Pairs, Section, Table, Words
from ccm_core.exchange.packet.log import findings, sources, time_log, versions
from ccm_core.months import said_day
from ccm_core.records import CONSENT_ELEMENTS
from ccm_core.rules.care_plan import plan_of

NONE = "none on record"
_ELEMENTS = {
    "availability": "the service is available, and cost sharing applies",
    "cost_sharing": "the patient may owe a part of the cost",
    "one_practitioner": "only one practitioner may furnish it in a month",
    "right_to_stop": "the patient may stop at the end of any month",
}


def sections(facts: PacketFacts) -> list[Section]:
    """Every section of the packet."""
    return [
        Section("1. Beneficiary", list(_beneficiary(facts))),
        Section("2. Signatures", list(_signatures(facts))),
        Section("3. Comprehensive care plan", list(_care_plan(facts))),
        Section("4. Chronic conditions", list(_conditions(facts))),
        Section("5. Significant risk", list(_risk(facts))),
        Section("6. Total time of the month and services", list(_time(facts))),
        Section("7. Initiating visit", list(_visit(facts))),
        Section("8. Consent", list(_consent(facts))),
        Section("9. What the consent says", list(_consent_says(facts))),
        Section("10. Waiver of liability", list(_waiver(facts))),
        Section("11. Time log", list(time_log(facts))),
        Section("12. Findings of the audit and acknowledgements", list(findings(facts))),
        Section("13. Sources", list(sources(facts))),
        Section("14. Policy and table versions", list(versions(facts))),
    ]


def day(on: date | None) -> str:
    """The day, or that there is none."""
    return said_day(on) if on else NONE


def person(facts: PacketFacts, key: str) -> str:
    """A name with its identifier."""
    name = facts.people.get(key, "")
    return f"{name} ({key})" if name and name != key else key or NONE


def _beneficiary(facts: PacketFacts) -> Iterator[Block]:
    patient, case = facts.case.patient, facts.case
    payer = payer_on(case.payers, facts.outcome.service_on or case.month.last_day)
    yield Pairs((
        ("Name", f"{patient.family_name}, {patient.given_name}".strip(", ") or NONE),
        ("Date of birth", day(patient.born_on)),
        ("Sex", patient.sex or NONE),
        ("Medicare number", patient.mbi or NONE),
        ("Record number", patient.mrn or NONE),
        ("Coverage in the month", _coverage(payer)),
        ("Billing practitioner", person(facts, case.npi)),
        ("Practice", f"{case.practice.name}, NPI {case.practice.npi or NONE}"),
    ))  # fmt: skip


def _coverage(payer) -> str:  # type: ignore[no-untyped-def]
    if payer is None:
        return "not known"
    kind = payer.kind.replace("_", " ")
    qmb = ", Qualified Medicare Beneficiary" if payer.is_qmb else ""
    return f"{payer.name or kind} ({kind}), member number {payer.member_id or NONE}{qmb}"


def _signatures(facts: PacketFacts) -> Iterator[Block]:
    plan = plan_of(facts.case)
    yield Pairs((
        ("Care plan signed by", plan.signed_by if plan and plan.signed_by else NONE),
        ("Care plan signed on", day(plan.signed_on if plan else None)),
        ("Author's credential", plan.author_credential if plan and plan.author_credential
         else NONE),
        ("Claim approved by", facts.approved_by or NONE),
    ))  # fmt: skip
    yield Words(
        "The signed originals are in the practice's record system; attach copies with legible "
        "signatures, or a signature attestation."
    )


def _care_plan(facts: PacketFacts) -> Iterator[Block]:
    plan = plan_of(facts.case)
    if plan is None:
        yield Words("No care plan existed on the date of service.")
        return
    yield Pairs((
        ("Established on", day(plan.created_on)),
        ("Last reviewed on", day(plan.reviewed_on)),
        ("Copy given to the patient on", day(plan.copy_given_on)),
        ("Elements recorded", _listed(plan.elements) if plan.is_detailed else "not recorded here"),
        ("Conditions named in the plan", ", ".join(sorted(plan.condition_codes)) or NONE),
    ))  # fmt: skip
    earlier = [p for p in facts.case.care_plans if p.plan_id != plan.plan_id]
    if earlier:
        yield Table(
            ("Other versions: established", "reviewed", "signed"), (40, 30, 30),
            tuple(
                (day(p.created_on), day(p.reviewed_on), day(p.signed_on))
                for p in sorted(earlier, key=lambda p: p.created_on)
            ),
        )  # fmt: skip


def _listed(names: Iterable[str]) -> str:
    return ", ".join(sorted(name.replace("_", " ") for name in names)) or NONE


def _conditions(facts: PacketFacts) -> Iterator[Block]:
    found = chronic_conditions(facts.case)
    yield Words(
        f"{len(found)} chronic conditions, expected to last at least 12 months or until death, "
        "counted one for each group of codes:"
    )
    yield Table(
        ("Code", "Condition", "Since", "Confirmed by", "on"), (14, 36, 14, 22, 14),
        tuple(
            (c.code, c.label or c.group, day(c.onset_on), person(facts, c.confirmed_by),
             day(c.confirmed_on))
            for c in found
        ),
    )  # fmt: skip


def _risk(facts: PacketFacts) -> Iterator[Block]:
    yield Pairs((
        ("Risk of death, decompensation or functional decline documented on",
         day(facts.case.patient.risk_documented_on)),
    ))  # fmt: skip


def _time(facts: PacketFacts) -> Iterator[Block]:
    outcome = facts.outcome
    rows = [
        ("Counted, clinical staff", _minutes(outcome.staff_seconds)),
        ("Counted, practitioner", _minutes(outcome.practitioner_seconds)),
        ("Counted together", _minutes(outcome.total_seconds)),
        ("Not counted", _minutes(sum(part.seconds for part in outcome.excluded))),
        ("Date of service", day(outcome.service_on)),
        ("Decision making", facts.case.mdm),
    ]
    yield Pairs(tuple(rows))
    if facts.claim:
        yield Table(
            ("Claim", "Line", "Code", "Units", "Date", "Place", "Diagnoses", "Charge", "Status"),
            (21, 6, 9, 7, 13, 7, 18, 10, 11),
            tuple(
                (c.claim_id, str(c.line), c.code, str(c.units), day(c.service_on), c.place,
                 " ".join(c.diagnoses), "" if c.charge_usd is None else f"{c.charge_usd:.2f}",
                 c.status)
                for c in facts.claim
            ),
        )  # fmt: skip
    else:
        planned = ", ".join(f"{c} x {n}" for c, n in sorted(outcome.planned_units.items()))
        yield Words(f"No claim was made yet; planned: {planned or 'nothing'}.")


def _minutes(seconds: int) -> str:
    return f"{seconds // SECONDS_PER_MINUTE} min {seconds % SECONDS_PER_MINUTE:02d} s"


def _visit(facts: PacketFacts) -> Iterator[Block]:
    found = initiating(facts.case, facts.policy)
    words = {True: "yes", False: "no", None: "not known"}
    visit = found.visit
    said = f"{day(visit.on)}, code {visit.code or NONE}" if visit else NONE
    yield Pairs((
        ("Needed (new, or not seen within a year)", words[found.is_needed]),
        ("Visit that counts", said),
    ))  # fmt: skip


def _consent(facts: PacketFacts) -> Iterator[Block]:
    consent = latest_consent(facts.case)
    if consent is None:
        yield Words("No consent is on record.")
        return
    yield Pairs((
        ("Given on", day(consent.given_on)),
        ("Mode", consent.mode),
        ("Practitioner", person(facts, consent.npi)),
        ("Taken by", person(facts, consent.taken_by)),
        ("Revoked on", day(consent.revoked_on) if consent.revoked_on else "not revoked"),
    ))  # fmt: skip


def _consent_says(facts: PacketFacts) -> Iterator[Block]:
    consent = latest_consent(facts.case)
    held = consent.elements if consent else frozenset()
    yield Pairs(tuple(
        (_ELEMENTS[name], "recorded" if name in held else "not recorded")
        for name in CONSENT_ELEMENTS
    ))  # fmt: skip


def _waiver(facts: PacketFacts) -> Iterator[Block]:
    yield Words(
        "No waiver of liability (advance notice of noncoverage) is kept in this program. Attach "
        "it when one was given."
    )
