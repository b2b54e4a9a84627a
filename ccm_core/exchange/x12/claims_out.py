"""Writing professional claims: 837P, 005010X222A1, one file per payer."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from itertools import islice

from ccm_core.errors import UsageError
from ccm_core.exchange.x12.claim_checks import ClaimNotReady, can_be_written, check, undotted
from ccm_core.exchange.x12.claim_records import Claim, Person, Provider, ServiceLine
from ccm_core.exchange.x12.writing import (
    Controls,
    Party,
    SegmentWriter,
    amount,
    composite,
    day,
    enclose,
    exact,
    plain,
)

VERSION = "005010X222A1"
LONGEST_STREET = 55
MOST_CLAIMS = 5000
"""Claims in one transaction set: the guide's own advice (005010X222, section 1.3.2)."""


@dataclass(frozen=True, slots=True)
class WrittenFile:
    """One file for one payer. ``set_controls`` were used up and may not come again."""

    payer_id: str
    text: str
    claim_ids: tuple[str, ...]
    set_controls: tuple[int, ...]


def by_payer(claims: Iterable[Claim]) -> dict[str, list[Claim]]:
    """Claims grouped by payer number, each group in order of claim number."""
    groups: dict[str, list[Claim]] = {}
    for claim in sorted(claims, key=lambda claim: (claim.payer.payer_id, claim.claim_id)):
        groups.setdefault(claim.payer.payer_id, []).append(claim)
    return groups


def write_837(
    claims: Sequence[Claim], *, sender: Party, receiver: Party, controls: Controls,
    written_at: datetime, is_test: bool = False,
) -> WrittenFile:  # fmt: skip
    """The file for claims of one payer.

    Raises: ClaimNotReady for the first claim that our own checks refuse;
    UsageError when the claims are for several payers, none, or one stands twice.
    """
    payers = {claim.payer.payer_id for claim in claims}
    if len(payers) != 1:
        raise UsageError(f"One file is for one payer; these claims are for {len(payers)}.")
    if len({claim.key for claim in claims}) != len(claims):
        raise UsageError("A claim stands in the batch twice. Take the second copy out.")
    for claim in claims:
        errors = tuple(problem for problem in check(claim) if problem.is_error)
        if errors:
            raise ClaimNotReady(claim.claim_id, errors)
    if len(_digits(sender.phone)) < 10:
        raise UsageError(
            "The submitter needs a telephone number of ten digits. Add it to the terms."
        )
    sets: list[str] = []
    numbers: list[int] = []
    rest = iter(claims)
    while chunk := list(islice(rest, MOST_CLAIMS)):
        numbers.append(controls.first_set + len(numbers))
        sets.append(_transaction_set(chunk, sender, receiver, numbers[-1], controls, written_at))
    text = enclose(
        sets, functional_id="HC", version=VERSION, sender=sender, receiver=receiver,
        controls=controls, written_at=written_at, is_test=is_test,
    )  # fmt: skip
    return WrittenFile(payers.pop(), text, tuple(c.claim_id for c in claims), tuple(numbers))


def _transaction_set(
    claims: list[Claim], sender: Party, receiver: Party, control: int, controls: Controls,
    written_at: datetime,
) -> str:  # fmt: skip
    out = SegmentWriter("837", control, VERSION)
    reference = f"{controls.interchange:09d}{control:04d}"
    out.add("BHT", "0019", "00", reference, day(written_at.date()),
            written_at.strftime("%H%M"), "CH")  # fmt: skip
    out.add("NM1", "41", "2", plain(sender.name), "", "", "", "", "46", exact(sender.identifier))
    out.add("PER", "IC", plain(sender.contact_name or sender.name), "TE", _digits(sender.phone))
    out.add(
        "NM1", "40", "2", plain(receiver.name), "", "", "", "", "46", exact(receiver.identifier)
    )
    level, billing, billing_level = 0, None, 0
    for claim in sorted(claims, key=lambda claim: claim.billing.npi):
        if claim.billing != billing:
            level += 1
            billing, billing_level = claim.billing, level
            _billing(out, claim.billing, level)
        level += 1
        _subscriber(out, claim, level, billing_level)
        if claim.patient is not None:
            level += 1
            _patient(out, claim, claim.patient, level)
        _claim(out, claim)
    return out.close()


def _billing(out: SegmentWriter, billing: Provider, level: int) -> None:
    out.add("HL", str(level), "", "20", "1")
    if billing.taxonomy:
        out.add("PRV", "BI", "PXC", exact(billing.taxonomy))
    _provider(out, "85", billing)
    _address(out, billing)
    out.add("REF", "EI", _digits(billing.tin))


def _provider(out: SegmentWriter, role: str, provider: Provider) -> None:
    kind = "1" if provider.is_person else "2"
    out.add("NM1", role, kind, plain(provider.name), plain(provider.given), "", "", "", "XX",
            exact(provider.npi))  # fmt: skip


def _address(out: SegmentWriter, of: Provider | Person) -> None:
    where = of.address
    if not can_be_written(where):
        return
    out.add("N3", *_two_lines(plain(where.street), plain(where.street_2)))
    out.add("N4", plain(where.city), where.state, _digits(where.zip_code))


def _two_lines(first: str, second: str) -> tuple[str, str]:
    """Both lines of a street; one that is too long for N301 goes on in N302 at a blank."""
    if len(first) <= LONGEST_STREET or second:
        return first[:LONGEST_STREET], second[:LONGEST_STREET]
    end = first.rfind(" ", 0, LONGEST_STREET + 1)
    end = end if end > 0 else LONGEST_STREET
    return first[:end], first[end:].strip()[:LONGEST_STREET]


def _subscriber(out: SegmentWriter, claim: Claim, level: int, parent: int) -> None:
    has_child = "1" if claim.patient is not None else "0"
    relation = "18" if claim.patient is None else ""
    out.add("HL", str(level), str(parent), "22", has_child)
    out.add("SBR", claim.responsibility, relation, exact(claim.group_number), "", "", "", "", "",
            claim.payer.filing)  # fmt: skip
    who = claim.subscriber
    out.add("NM1", "IL", "1", plain(who.family), plain(who.given), plain(who.middle), "", "",
            "MI", exact(who.member_id))  # fmt: skip
    if claim.patient is None:
        _person(out, who)
    out.add("NM1", "PR", "2", plain(claim.payer.name), "", "", "", "", "PI",
            exact(claim.payer.payer_id))  # fmt: skip


def _patient(out: SegmentWriter, claim: Claim, who: Person, level: int) -> None:
    out.add("HL", str(level), str(level - 1), "23", "0")
    out.add("PAT", claim.relation)
    out.add("NM1", "QC", "1", plain(who.family), plain(who.given), plain(who.middle))
    _person(out, who)


def _person(out: SegmentWriter, who: Person) -> None:
    _address(out, who)
    if who.born_on is not None:
        out.add("DMG", "D8", day(who.born_on), who.sex)


def _claim(out: SegmentWriter, claim: Claim) -> None:
    out.add("CLM", claim.claim_id, amount(claim.charge_usd), "", "",
            composite(claim.place, "B", claim.frequency), "Y", "A", "Y", "Y")  # fmt: skip
    if claim.prior_authorization:
        out.add("REF", "G1", exact(claim.prior_authorization))
    if claim.original_reference:
        out.add("REF", "F8", exact(claim.original_reference))
    codes = [undotted(code) for code in claim.diagnoses]
    out.add("HI", composite("ABK", codes[0]), *(composite("ABF", code) for code in codes[1:]))
    if claim.rendering is not None and claim.rendering.npi != claim.billing.npi:
        _provider(out, "82", claim.rendering)
        if claim.rendering.taxonomy:
            out.add("PRV", "PE", "PXC", exact(claim.rendering.taxonomy))
    for line in claim.lines:
        _line(out, claim, line)


def _line(out: SegmentWriter, claim: Claim, line: ServiceLine) -> None:
    out.add("LX", str(line.number))
    place = line.place if line.place != claim.place else ""
    out.add("SV1", composite("HC", line.code, *line.modifiers), amount(line.charge_usd), "UN",
            amount(line.units), place, "", composite(*map(str, line.pointers)))  # fmt: skip
    if line.from_on == line.to_on:
        out.add("DTP", "472", "D8", day(line.from_on))
    else:
        out.add("DTP", "472", "RD8", f"{day(line.from_on)}-{day(line.to_on)}")
    out.add("REF", "6R", exact(line.control or f"{claim.claim_id}-{line.number}"))


def _digits(text: str) -> str:
    return "".join(mark for mark in text if mark.isdigit() and mark.isascii())
