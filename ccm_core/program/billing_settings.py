"""How the practice bills: who sends, who takes in, who is paid, by which payer numbers."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import asdict, dataclass, field, fields
from datetime import date
from decimal import Decimal, InvalidOperation
from typing import TYPE_CHECKING, Any

from ccm_core.access.identity import Identity
from ccm_core.access.permissions import require
from ccm_core.claims.planned import BillingTerms
from ccm_core.claims.pricing import Charges, ContractedOf
from ccm_core.errors import UsageError
from ccm_core.exchange.x12.claim_checks import MOST_NAME
from ccm_core.exchange.x12.claim_records import Address, PayerName, Provider
from ccm_core.exchange.x12.writing import Party, loses_letters, plain
from ccm_core.fees import price_plan
from ccm_core.npi import is_npi
from ccm_core.payment.by_payer import contract_of
from ccm_core.program.dollars import MOST_USD, amount
from ccm_core.records import Practice
from ccm_core.store import access_log
from ccm_core.store.settings import read_versioned, write_setting

if TYPE_CHECKING:
    from sqlmodel import Session

PAGE = "settings"
KEY = "claims.billing"
PLACES = {"office": "11", "facility": "22"}
FILINGS = {"medicare": "MB", "medicare_advantage": "16", "commercial": "CI", "medicaid": "MC"}
"""Claim filing indicators (SBR09) that usually go with a kind of payer."""

_IDENTIFIER = re.compile(r"[A-Z0-9]{2,15}\Z")
_MOST_MULTIPLE = 20


@dataclass(frozen=True, slots=True)
class BillingSettings:
    """Everything that an 837P file needs beside the claims."""

    submitter_name: str = ""
    submitter_id: str = ""
    submitter_contact: str = ""
    submitter_phone: str = ""
    receiver_name: str = ""
    receiver_id: str = ""
    billing_name: str = ""
    billing_npi: str = ""
    billing_tin: str = ""
    billing_taxonomy: str = ""
    street: str = ""
    street_2: str = ""
    city: str = ""
    state: str = ""
    zip_code: str = ""
    """Nine digits, as the billing provider's address needs them."""
    payers: Mapping[str, Mapping[str, str]] = field(default_factory=dict)
    """A payer's name or kind to ``name``, ``payer_id`` and ``filing``."""
    charge_multiple: str = "1.5"
    """Charges are the allowed amount times this; a price on the list goes before it."""
    price_list: Mapping[str, str] = field(default_factory=dict)
    is_test: bool = False
    """Whether files are marked as test files (ISA15)."""

    @property
    def sender(self) -> Party:
        return Party(
            self.submitter_name, self.submitter_id, contact_name=self.submitter_contact,
            phone=self.submitter_phone,
        )  # fmt: skip

    @property
    def receiver(self) -> Party:
        return Party(self.receiver_name, self.receiver_id)


def read(session: Session, practice: Practice) -> tuple[BillingSettings, int]:
    """The settings and their version; what was never set comes from the practice's record."""
    stored, version = read_versioned(session, f"{KEY}.{practice.practice_id}", {})
    known = {part.name for part in fields(BillingSettings)}
    start = {
        "billing_name": practice.name, "billing_npi": practice.npi, "billing_tin": practice.tin,
        "state": practice.state, "submitter_name": practice.name,
    }  # fmt: skip
    return BillingSettings(**(start | {k: v for k, v in stored.items() if k in known})), version


def missing(settings: BillingSettings) -> list[str]:
    """What is missing or wrong, each as a short phrase; empty when claims can be written."""
    return [*_of_parties(settings), *_of_provider(settings), *_of_payers(settings),
            *_of_charges(settings)]  # fmt: skip


def _of_parties(settings: BillingSettings) -> Iterator[str]:
    names = {"submitter's": settings.submitter_name, "receiver's": settings.receiver_name}
    if settings.submitter_contact:
        names["contact's"] = settings.submitter_contact
    for whose, name in names.items():
        if not 0 < len(plain(name)) <= MOST_NAME[0] or loses_letters(name):
            yield f"the {whose} name, in letters A to Z and up to {MOST_NAME[0]} of them"
    if not _IDENTIFIER.match(settings.submitter_id):
        yield "the submitter's number (2 to 15 capital letters or digits)"
    if sum(mark.isdigit() for mark in settings.submitter_phone) != 10:
        yield "the submitter's telephone number of ten digits"
    if not _IDENTIFIER.match(settings.receiver_id):
        yield "the receiver's number (2 to 15 capital letters or digits)"


def _of_provider(settings: BillingSettings) -> Iterator[str]:
    if not settings.billing_name:
        yield "the billing provider's name"
    if not is_npi(settings.billing_npi):
        yield "the billing provider's NPI (ten digits with a right check digit)"
    if not re.fullmatch(r"\d{9}", settings.billing_tin.replace("-", "")):
        yield "the billing provider's tax number of nine digits"
    if not settings.street or not settings.city:
        yield "the billing provider's street and city"
    if not re.fullmatch(r"[A-Z]{2}", settings.state):
        yield "the billing provider's state of two letters"
    if not re.fullmatch(r"\d{9}", settings.zip_code.replace("-", "")):
        yield "the billing provider's ZIP code of nine digits"


def _of_payers(settings: BillingSettings) -> Iterator[str]:
    if not settings.payers:
        yield "the number of at least one payer"
    for name, payer in sorted(settings.payers.items()):
        if not all(payer.get(part) for part in ("name", "payer_id", "filing")):
            yield f"name, number and filing indicator of the payer {name}"


def _of_charges(settings: BillingSettings) -> Iterator[str]:
    multiple = _number(settings.charge_multiple)
    if multiple is None or not 0 < multiple <= _MOST_MULTIPLE:
        yield f"a charge multiple above 0 and up to {_MOST_MULTIPLE}"
    for code, price in sorted(settings.price_list.items()):
        found = amount(price)
        if found is None or found <= 0:
            yield f"a price above 0 and up to {MOST_USD:,} dollars, in whole cents, for {code}"


def _number(text: str) -> Decimal | None:
    try:
        found = Decimal(text)
    except InvalidOperation:
        return None
    return found if found.is_finite() else None


def save(
    session: Session, who: Identity, practice: Practice, settings: BillingSettings, version: int
) -> int:
    """Store the settings, complete or not; gives the new version.

    Raises: PermissionDenied; Conflict when somebody else changed them since.
    """
    require(who, PAGE, "edit")
    saved = _store(session, practice, settings, version)
    access_log.record(session, who, "edit", "setting", KEY)
    return saved


def _store(
    session: Session, practice: Practice, settings: BillingSettings, version: int | None
) -> int:
    return write_setting(session, f"{KEY}.{practice.practice_id}", asdict(settings), version)


def complete(session: Session, practice: Practice) -> BillingSettings:
    """The settings, ready to bill. Raises: UsageError that names everything missing."""
    if practice.setting not in PLACES:
        raise UsageError(
            f"Professional claims were asked for; a practice of the kind {practice.setting} bills "
            "institutional claims (837I, UB-04), which are not made here. Key the claims in from "
            "the billing report: CSV or XLSX, on Pre-flight or by ccm export --what billing-csv."
        )
    settings, _ = read(session, practice)
    lacking = missing(settings)
    if lacking:
        raise UsageError(
            f"Claims were asked for; the billing settings lack {'; '.join(lacking)}. "
            "An administrator can fill them in under Settings."
        )
    return settings


def terms(practice: Practice, settings: BillingSettings) -> BillingTerms:
    """How claims of this practice are made."""
    allowed = allowed_of(practice)
    prices = {code: Decimal(price) for code, price in settings.price_list.items()}
    return BillingTerms(
        practice.practice_id,
        Provider(
            settings.billing_name, settings.billing_npi, tin=settings.billing_tin,
            taxonomy=settings.billing_taxonomy,
            address=Address(
                settings.street, settings.street_2, settings.city, settings.state,
                settings.zip_code,
            ),
        ),
        PLACES[practice.setting],
        {name: PayerName(**_edi(payer)) for name, payer in settings.payers.items()},
        Charges(allowed, Decimal(settings.charge_multiple), prices),
        contracted_of(practice),
    )  # fmt: skip


def _edi(payer: Mapping[str, Any]) -> dict[str, str]:
    return {part: str(payer.get(part, "")) for part in ("name", "payer_id", "filing")}


def allowed_of(practice: Practice):  # type: ignore[no-untyped-def]
    """The fee table of the practice's place and setting: code and day to allowed amount."""

    def allowed(code: str, on: date) -> Decimal | None:
        return price_plan({code: 1}, on, practice.locality, practice.setting).allowed_usd

    return allowed


def contracted_of(practice: Practice) -> ContractedOf:
    """What the practice's contracts allow: payer, units and day to the amount."""

    def contracted(payer: tuple[str, str], units: Mapping[str, int], on: date) -> Decimal | None:
        place = (practice.locality, practice.setting)
        found = contract_of(practice.practice_id, *payer, units, on, place)
        return found.allowed_usd if found else None

    return contracted


def demo_settings(practice: Practice) -> BillingSettings:
    """Made-up settings for the demo practice; its files are marked as test files."""
    payers = {
        "medicare": ("Medicare Part B (demo)", "DEMO1", "MB"),
        "medicare_advantage": ("Advantage plan (demo)", "DEMO2", "16"),
        "commercial": ("Commercial plan (demo)", "DEMO3", "CI"),
        "medicaid": ("Medicaid (demo)", "DEMO4", "MC"),
    }
    return BillingSettings(
        submitter_name=practice.name, submitter_id="DEMOSUBMIT", submitter_contact="Billing desk",
        submitter_phone="205-555-0100", receiver_name="Clearing house (demo)",
        receiver_id="DEMORECEIVE", billing_name=practice.name, billing_npi=practice.npi,
        billing_tin=practice.tin, billing_taxonomy="207Q00000X", street="1 Demo Street",
        city="Birmingham", state=practice.state or "AL", zip_code="352030000",
        payers={
            kind: dict(zip(("name", "payer_id", "filing"), three, strict=True))
            for kind, three in payers.items()
        },
        is_test=True,
    )  # fmt: skip


def seed_demo(
    session: Session, practice: Practice, settings: BillingSettings | None = None
) -> None:
    """Give the demo practice made-up settings, unless it has some. Raises: UsageError."""
    if not practice.is_demo:
        raise UsageError("Made-up billing settings are for the demo practice only.")
    if not read(session, practice)[1]:
        _store(session, practice, settings or demo_settings(practice), None)
