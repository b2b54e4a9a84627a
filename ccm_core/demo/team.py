"""The demo practice, the people who bill and the people who log time."""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal

from ccm_core.demo.shape import PRACTICE_ID
from ccm_core.demo.words import npi
from ccm_core.records import Practice, Practitioner, Staff

LOCATIONS = ("Demo Clinic North", "Demo Clinic South")
# Alabama is one locality with a 2026 index published by CMS, so no amount is an estimate.
ZIPS = ("35203", "35205", "35209", "35211", "35216", "35226")


def practice() -> Practice:
    """The practice. Its proof of round-the-clock access is missing: rule P06 has to show."""
    return Practice(
        PRACTICE_ID,
        "Willow Creek Primary Care (demo)",
        time_zone="America/Chicago",
        locality="10112-00",
        state="AL",
        npi=npi(0),
        tin="000000000",
        is_demo=True,
    )


def practitioners() -> tuple[Practitioner, ...]:
    """Two physicians and a nurse practitioner."""
    return (
        Practitioner(npi(1), "Elena Demoray", "MD"),
        Practitioner(npi(2), "Marcus Demowitz", "MD"),
        Practitioner(npi(3), "Priya Demoson", "NP"),
    )


# Somebody at another practice, and a number that a typing slip made of the first one.
OTHER_NPI = npi(50)
WRONG_NPI = npi(1)[:-1] + str((int(npi(1)[-1]) + 5) % 10)


@dataclass(frozen=True, slots=True)
class Team:
    """The people of one block of patients."""

    managers: tuple[Staff, ...]
    vendor: Staff
    desk: Staff
    pharmacist: Staff
    own: tuple[Staff, ...]
    """The practitioners as people who log time, in the order of ``practitioners()``."""

    @property
    def everyone(self) -> tuple[Staff, ...]:
        return (*self.managers, self.vendor, self.desk, self.pharmacist, *self.own)

    def practitioner(self, npi_: str) -> Staff:
        """The practitioner with that NPI as somebody who logs time."""
        known = {p.npi: s for p, s in zip(practitioners(), self.own, strict=True)}
        return known.get(npi_, self.own[0])


_MANAGERS = (
    ("Noor Haddad (demo)", "RN", "40"),
    ("Tessa Demoling", "RN", "32"),
    ("Carl Demohurst", "LPN", "40"),
    ("Ivy Democroft", "LPN", "24"),
    ("Jonah Demobury", "CMA", "40"),
)


def team(block: int = 0) -> Team:
    """The care team of a block; the first care manager is the demo account's person."""
    mark = f"DEMO-{block:03d}" if block else "DEMO"

    def one(
        number: int, name: str, credential: str, actor: str = "clinical_staff", hours: str = "40"
    ) -> Staff:
        shown = f"{name} {block}" if block else name
        weekly = Decimal(hours) if hours else None
        return Staff(f"{mark}-{number:02d}", shown, credential, actor, weekly_hours=weekly)

    managers = tuple(one(n, name, c, hours=h) for n, (name, c, h) in enumerate(_MANAGERS, start=1))
    abroad = Staff(f"{mark}-06", "Vendor Demoline", "RN", outside_us=True,
                   weekly_hours=Decimal(20))  # fmt: skip
    own = tuple(
        one(10 + n, p.name, p.credential, "practitioner", "")
        for n, p in enumerate(practitioners(), start=1)
    )
    return Team(
        managers,
        abroad,
        one(7, "Rita Demofront", "", "non_clinical"),
        one(8, "Owen Demolin", "PharmD", hours="16"),
        own,
    )
