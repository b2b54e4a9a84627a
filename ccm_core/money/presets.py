"""Published claims put to the test: the 200-patient claim, Basu 2015, national averages."""

from __future__ import annotations

import math
from dataclasses import dataclass
from decimal import Decimal

from ccm_core import fees
from ccm_core.money.answers import BreakEvenPanel, break_even_panel
from ccm_core.money.published import Figure, figure, group
from ccm_core.money.scenario import Scenario, scenario
from ccm_core.months import Month, months_between
from ccm_core.payment.cents import ZERO, cents

CLAIM_YEARS = range(2021, 2027)


@dataclass(frozen=True, slots=True)
class ClaimYear:
    """The program guide's claim in one year: patients x the fee of each of twelve months."""

    year: int
    setting: str
    claimed_usd: Decimal
    annual_usd: Decimal
    at_last_fee_usd: Decimal
    """Twelve months at December's fee; differs only in 2024, when the fee rose on 9 March."""
    after_losses_usd: Decimal
    """The year at 90% billable and 5% denied, before cost sharing and sequestration."""
    fees_usd: tuple[Decimal, ...]
    cites: tuple[str, ...]

    @property
    def is_true(self) -> bool:
        """Whether the year brings more than the guide says."""
        return self.annual_usd > self.claimed_usd

    @property
    def sentence(self) -> str:
        """The verdict in words, with the amounts that decide it."""
        word = "true" if self.is_true else "false"
        text = f"{self.year}: {word}. ${self.annual_usd:,.2f} against ${self.claimed_usd:,.0f}."
        if (self.at_last_fee_usd > self.claimed_usd) != self.is_true:
            text += f" At December's fee all year it would be ${self.at_last_fee_usd:,.2f}."
        return text


def claim_years(setting: str = "nonfacility", locality: str = "national") -> list[ClaimYear]:
    """The 200-patient claim in every year on record. Raises: NotInForce, UnknownLocality."""
    return [_claim_year(year, setting, locality) for year in CLAIM_YEARS]


def _claim_year(year: int, setting: str, locality: str) -> ClaimYear:
    patients = figure("seed_claim_patients").value
    months = months_between(Month(year, 1), Month(year, 12))
    code = figure("seed_claim_code").text
    found = [fees.allowed(code, month.last_day, locality, setting) for month in months]
    annual = sum((patients * fee.allowed_usd for fee in found), ZERO)
    paid = 1 - figure("seed_claim_denial_share").value
    return ClaimYear(
        year=year,
        setting=setting,
        claimed_usd=figure("seed_claim_usd").value,
        annual_usd=annual,
        at_last_fee_usd=len(months) * patients * found[-1].allowed_usd,
        after_losses_usd=cents(annual * figure("seed_claim_billable_share").value * paid),
        fees_usd=tuple(dict.fromkeys(fee.allowed_usd for fee in found)),
        cites=tuple(dict.fromkeys(cite for fee in found for cite in fee.cites)),
    )


@dataclass(frozen=True, slots=True)
class Reproduction:
    """One figure worked out again from published inputs; ``published`` is None when new."""

    what: str
    published: Decimal | None
    ours: Decimal
    how: str
    cites: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Basu:
    """Basu 2015 as far as its abstract lets it be done again, and what it does not say."""

    figures: tuple[Figure, ...]
    reproductions: tuple[Reproduction, ...]
    not_published: tuple[str, ...]
    today: dict[str, BreakEvenPanel]
    """The same question by credential at this product's default fees and costs."""


NOT_PUBLISHED = (
    "Wage, load and overhead behind the break-even of 131 (the abstract does not give them).",
    "How many of the twelve months are billed per enrolled patient.",
    "How visits won or lost through the program count in the net per patient.",
    "Denials, uncollected coinsurance, attrition and sequestration: the abstract names none.",
)


def basu_2015() -> Basu:
    """Break-even of one full-time nurse in 2015, and the same question today."""
    return Basu(
        figures=tuple(group("basu")),
        reproductions=(
            _break_even(figure("ccm_rate_2015_low_usd")),
            _break_even(figure("ccm_rate_2015_high_usd")),
            *_implied(),
        ),
        not_published=NOT_PUBLISHED,
        today={
            word.upper(): break_even_panel(scenario(credential=word))
            for word in ("rn", "lpn", "ma")
        },
    )


def _break_even(rate: Figure) -> Reproduction:
    wage, patients = figure("rn_annual_wage_2014_usd"), figure("basu_break_even_patients")
    return Reproduction(
        what=f"Patients that repay a full-time RN at ${rate.value} a month",
        published=patients.value,
        ours=Decimal(math.ceil(wage.value / (12 * rate.value))),
        how=f"${wage.value:,} / (12 x ${rate.value}), rounded up: median wage without load, every "
        "month billed and paid in full. That it lands on the published figure does not show that "
        "the authors counted this way.",
        cites=(patients.cite, wage.cite, rate.cite),
    )


def _implied() -> tuple[Reproduction, ...]:
    """What follows from the abstract's own figures alone."""
    net, physician = figure("basu_net_rn_usd"), figure("basu_net_per_physician_usd")
    hours = figure("basu_hours_per_week")
    enrolled = physician.value / net.value
    minutes = hours.value * 52 * 60 / enrolled / 12
    return (
        Reproduction(
            what="Patients enrolled per physician behind the 75,000 USD",
            published=None,
            ours=enrolled.quantize(Decimal(1)),
            how=f"${physician.value:,} / ${net.value}",
            cites=(physician.cite, net.cite),
        ),
        Reproduction(
            what="Nurse minutes per enrolled patient and month",
            published=None,
            ours=minutes.quantize(Decimal("0.1")),
            how=f"{hours.value} hours a week shared by those patients: less than the first "
            "threshold, so not every enrolled month can have been billed.",
            cites=(hours.cite, net.cite),
        ),
    )


def national_averages() -> list[Figure]:
    """Published national figures of CCM."""
    return group("national")


def national_scenario() -> Scenario:
    """A practice as the nation's average: its panel and the share of months that it bills."""
    billed = figure("months_per_patient_cms").value / 12
    weight = billed.quantize(Decimal("0.0001"))
    return scenario(
        "National averages",
        starting_panel=figure("patients_per_biller_mean").value,
        consent_share=0,
        minutes_histogram=f"0-19:{1 - weight} 20-39:{weight}",
    )
