"""What must be right before a claim may leave: our own edits, made before anything is written.

They follow the levels that clearing houses test: needed elements, code shapes,
balancing, and rules between elements (SNIP types 1 to 4).
"""

from __future__ import annotations

import functools
import re
from collections.abc import Iterator
from decimal import Decimal

from ccm_core.errors import CcmError
from ccm_core.exchange.x12.claim_records import (
    FREQUENCIES,
    REPLACEMENT,
    VOID,
    Address,
    Claim,
    PayerName,
    Provider,
    ServiceLine,
)
from ccm_core.exchange.x12.problems import X12Problem
from ccm_core.exchange.x12.writing import is_exact, loses_letters, plain
from ccm_core.npi import is_npi

MOST_DIAGNOSES, MOST_POINTERS, MOST_MODIFIERS, MOST_LINES = 12, 4, 4, 50
MOST_NAME = (60, 35, 25)
"""Letters of NM103, NM104 and NM105."""
SHORTEST_ID, LONGEST_ID, LONGEST_REFERENCE = 2, 80, 50
"""Characters of NM109, and of REF02 and SBR03."""
CITY = (2, 30)
"""Letters of N401."""
_TAXONOMY = re.compile(r"[0-9A-Z]{10}\Z")
_CLAIM_ID = re.compile(r"[A-Z0-9][A-Z0-9-]{0,19}\Z")
_PROCEDURE = re.compile(r"[A-Z0-9]{5}\Z")
_MODIFIER = re.compile(r"[A-Z0-9]{2}\Z")
_DIAGNOSIS = re.compile(r"[A-Z][0-9][0-9A-Z][0-9A-Z]{0,4}\Z")
_PLACE = re.compile(r"[0-9]{2}\Z")
_TIN = re.compile(r"[0-9]{9}\Z")
_ZIP = re.compile(r"[0-9]{5}([0-9]{4})?\Z")
_STATE = re.compile(r"[A-Z]{2}\Z")


class ClaimNotReady(CcmError):
    """A claim cannot be written. ``problems`` lists everything that is wrong with it."""

    def __init__(self, claim_id: str, problems: tuple[X12Problem, ...]) -> None:
        self.claim_id = claim_id
        self.problems = problems
        said = " ".join(problem.message for problem in problems)
        super().__init__(f"A claim cannot be sent. {said}")


def undotted(code: str) -> str:
    """A diagnosis as X12 wants it: no dot, upper case."""
    return code.replace(".", "").strip().upper()


def check(claim: Claim) -> tuple[X12Problem, ...]:
    """Everything that stops this claim or that a person should know; empty when it may leave."""
    return (
        *_head(claim),
        *_parties(claim),
        *_references(claim),
        *_diagnoses(claim),
        *(problem for line in claim.lines for problem in _line(claim, line)),
    )


def _error(code: str, message: str) -> X12Problem:
    return X12Problem(code, message)


def _head(claim: Claim) -> Iterator[X12Problem]:
    if not _CLAIM_ID.match(claim.claim_id):
        yield _error("claim_id", "The claim number must have 1 to 20 letters, digits or dashes.")
    if claim.frequency not in FREQUENCIES:
        yield _error("frequency", "The frequency code must be 1, 6, 7 or 8.")
    if claim.frequency in (REPLACEMENT, VOID) and not claim.original_reference:
        yield _error(
            "original_reference",
            "A replacement or void needs the payer's claim number of the original (REF F8).",
        )
    if not _PLACE.match(claim.place):
        yield _error("place", "The place of service must have two digits.")
    if not claim.lines:
        yield _error("no_line", "The claim has no line.")
    if len(claim.lines) > MOST_LINES:
        yield _error("too_many_lines", f"The claim has more than {MOST_LINES} lines.")
    if sum((line.charge_usd for line in claim.lines), Decimal(0)) != claim.charge_usd:
        yield _error("charge_sum", "The claim's charge differs from the sum of its lines.")


@functools.lru_cache(maxsize=1024)
def _shared(
    billing: Provider, rendering: Provider | None, payer: PayerName
) -> tuple[X12Problem, ...]:
    """What is wrong with those whom thousands of claims name alike; asked once of each."""
    return tuple(_of_shared(billing, rendering, payer))


def _of_shared(
    billing: Provider, rendering: Provider | None, payer: PayerName
) -> Iterator[X12Problem]:
    yield from _npi(billing, "billing provider")
    if rendering is not None:
        yield from _npi(rendering, "rendering provider")
    for one, who in ((billing, "billing provider"), (rendering, "rendering provider")):
        if one is None:
            continue
        if not one.name:
            yield _error("missing", f"The {who} has no name.")
        yield from _name(one.name, one.given, "", who)
        if one.taxonomy and not _TAXONOMY.match(one.taxonomy):
            yield _error("taxonomy", f"The {who}'s taxonomy must be ten letters and digits.")
    yield from _name(payer.name, "", "", "payer")
    if payer.payer_id and not _is_id(payer.payer_id):
        yield _error("payer", f"The payer's number {_NO_ID}")
    if not _TIN.match(billing.tin.replace("-", "")):
        yield _error("tin", "The billing provider's tax number must have nine digits.")
    yield from _address(billing.address, "billing provider", needed=True)
    if not payer.name or not payer.payer_id:
        yield _error("payer", "The payer needs a name and a payer number. Fill in its terms.")
    if not payer.filing:
        yield _error("payer", "The payer has no claim filing indicator (SBR09).")


_NO_ID = f"must have {SHORTEST_ID} to {LONGEST_ID} letters, digits and dashes. Correct it."


def _is_id(text: str) -> bool:
    return SHORTEST_ID <= len(text) <= LONGEST_ID and is_exact(text)


def _references(claim: Claim) -> Iterator[X12Problem]:
    """One number that cannot be written would stop the file of all other claims."""
    for number, what in (
        (claim.group_number, "group number"),
        (claim.prior_authorization, "number of the prior authorization"),
        (claim.original_reference, "payer's claim number of the original"),
    ):
        if number and not (len(number) <= LONGEST_REFERENCE and is_exact(number)):
            yield _error(
                "reference",
                f"The {what} is over {LONGEST_REFERENCE} characters or holds one that X12 cannot "
                "carry. Correct it.",
            )


def _parties(claim: Claim) -> Iterator[X12Problem]:
    yield from _shared(claim.billing, claim.rendering, claim.payer)
    if not claim.subscriber.family:
        yield _error("missing", "The subscriber has no family name.")
    for one in dict.fromkeys((claim.subscriber, claim.person)):
        yield from _name(one.family, one.given, one.middle, "patient or subscriber")
    if not claim.subscriber.member_id:
        yield _error("missing", "The subscriber has no member number.")
    elif not _is_id(claim.subscriber.member_id):
        yield _error("member", f"The subscriber's member number {_NO_ID}")
    if claim.person.born_on is None or claim.person.sex not in ("F", "M", "U"):
        yield _error("demographics", "The patient needs a birth date and a sex of F, M or U.")
    yield from _address(claim.person.address, "patient", needed=False)


def _name(family: str, given: str, middle: str, who: str) -> Iterator[X12Problem]:
    """A name must keep its letters and fit NM103 to NM105.

    An empty or too long one loses the whole file, and one that lacks letters is not the
    name that the payer knows.
    """
    if family and not plain(family):
        yield _error("name", f"The {who}'s name has no Latin letter; X12 carries no others.")
    elif any(map(loses_letters, (family, given, middle))):
        yield _error(
            "name",
            f"The {who}'s name holds a letter that X12 cannot carry. Write it in the letters "
            "A to Z, as the payer has it.",
        )
    lengths = (len(plain(text)) for text in (family, given, middle))
    if any(length > most for length, most in zip(lengths, MOST_NAME, strict=True)):
        most = "{} letters for a family, {} for a given, {} for a middle name".format(*MOST_NAME)
        yield _error("name", f"The {who}'s name is too long for X12: {most}. Shorten it.")


def _npi(provider: Provider, who: str) -> Iterator[X12Problem]:
    if not provider.npi:
        yield _error("npi", f"The {who} has no NPI.")
    elif not is_npi(provider.npi):
        yield _error("npi", f"The {who}'s NPI is not valid: ten digits with a check digit.")


def can_be_written(address: Address) -> bool:
    """Whether N3 and N4 can hold the address: all of it there, in letters that X12 carries."""
    texts = (address.street, address.street_2, address.city)
    shortest, longest = CITY
    is_carried = not any(map(loses_letters, texts)) and bool(plain(address.street))
    return address.is_complete and is_carried and shortest <= len(plain(address.city)) <= longest


def _address(address: Address, who: str, *, needed: bool) -> Iterator[X12Problem]:
    if not can_be_written(address) and not needed:
        yield X12Problem(
            "address",
            f"The {who}'s address is not complete, or X12 cannot carry it: the claim leaves "
            "without it, and most payers reject that.",
            is_error=False,
        )
        return
    if not can_be_written(address):
        yield _error(
            "address",
            f"The {who}'s address is not complete, or holds letters other than A to Z, or a city "
            f"of over {CITY[1]} letters.",
        )
    if not _STATE.match(address.state) or not _ZIP.match(address.zip_code.replace("-", "")):
        yield _error("address", f"The {who} needs a state of two letters and a ZIP code.")
    elif needed and len(address.zip_code.replace("-", "")) != len("123456789"):
        yield _error("address", f"The {who}'s ZIP code must have nine digits.")


def _diagnoses(claim: Claim) -> Iterator[X12Problem]:
    codes = [undotted(code) for code in claim.diagnoses]
    if not codes:
        yield _error("no_diagnosis", "The claim has no diagnosis.")
    if len(codes) > MOST_DIAGNOSES:
        yield _error("too_many_diagnoses", f"The claim has more than {MOST_DIAGNOSES} diagnoses.")
    if len(set(codes)) != len(codes):
        yield _error("diagnosis", "A diagnosis stands on the claim twice.")
    if not all(_DIAGNOSIS.match(code) for code in codes):
        yield _error("diagnosis", "A diagnosis is not shaped like an ICD-10-CM code.")


def _line(claim: Claim, line: ServiceLine) -> Iterator[X12Problem]:
    where = f"Line {line.number}"
    if not _PROCEDURE.match(line.code):
        yield _error("procedure", f"{where} has no procedure code of five characters.")
    if line.charge_usd < 0:
        yield _error("charge", f"{where} has a negative charge.")
    if line.units <= 0 or line.units != int(line.units):
        yield _error("units", f"{where} needs a positive whole number of units.")
    if len(line.modifiers) > MOST_MODIFIERS or not all(map(_MODIFIER.match, line.modifiers)):
        yield _error("modifier", f"{where} has a modifier that is not two characters, or over 4.")
    if not line.pointers or len(line.pointers) > MOST_POINTERS:
        yield _error("pointer", f"{where} must point to 1 to {MOST_POINTERS} diagnoses.")
    if any(not 1 <= pointer <= len(claim.diagnoses) for pointer in line.pointers):
        yield _error("pointer", f"{where} points to a diagnosis that the claim does not have.")
    if line.to_on < line.from_on:
        yield _error("date_order", f"{where} ends before it starts.")
    if line.rendering_npi and not is_npi(line.rendering_npi):
        yield _error("npi", f"{where} has a rendering NPI that is not valid.")
