"""A scenario: every input of a projection, each with a default that names its source.

A scenario holds no patient, so it can be saved, compared and put in a link.
"""

from __future__ import annotations

import base64
import dataclasses
import json
import zlib
from collections.abc import Callable
from dataclasses import dataclass
from decimal import Decimal, InvalidOperation
from typing import Any

from ccm_core.errors import UsageError
from ccm_core.money.assumptions import assumption
from ccm_core.money.minutes_mix import (
    coarse_code_mix,
    coarsened,
    parse_code_mix,
    parse_histogram,
)
from ccm_core.months import Month

CHOICES = {
    "program": ("ccm", "apcm"),
    "delivery": ("in_house", "outsourced"),
    "policy": ("baseline", "strict"),
    "setting": ("office", "facility", "rhc", "fqhc"),
    "credential": ("rn", "lpn", "ma"),
}
LONGEST_MONTHS = 120
_LINK_LIMIT = 20_000
SHARED_NAME = "Shared scenario"


@dataclass(frozen=True, slots=True)
class Scenario:
    """Every input of a projection. Make one with ``scenario()``; change it with ``changed``."""

    name: str
    start: Month
    months: int
    discount_share: Decimal
    program: str
    delivery: str
    policy: str
    setting: str
    locality: str
    is_qp: bool
    fee_growth_share: Decimal
    physicians: Decimal
    patients_per_physician: Decimal
    medicare_share: Decimal
    chronic_share: Decimal
    excluded_share: Decimal
    consent_share: Decimal
    starting_panel: Decimal
    ramp_months: Decimal
    first_month_share: Decimal
    tenure_months: int
    early_churn_share: Decimal
    churn_share: Decimal
    minutes_histogram: str
    code_mix: str
    engagement_factor: Decimal
    complex_share: Decimal
    personal_share: Decimal
    blocked_baseline_share: Decimal
    blocked_strict_share: Decimal
    ma_share: Decimal
    ma_multiple: Decimal
    ma_patient_share: Decimal
    qmb_share: Decimal
    qmb_crossover_share: Decimal
    supplement_share: Decimal
    self_pay_collected_share: Decimal
    is_sequestered: bool
    deductible_open_share: Decimal
    deductible_months: int
    denial_share: Decimal
    rework_share: Decimal
    rework_success_share: Decimal
    rework_cost_usd: Decimal
    payer_lag_months: int
    patient_lag_months: int
    rework_lag_months: int
    credential: str
    wage_rn_usd: Decimal
    wage_lpn_usd: Decimal
    wage_ma_usd: Decimal
    wage_practitioner_usd: Decimal
    wage_growth_share: Decimal
    load_share: Decimal
    paid_hours_per_month: Decimal
    productive_minutes_per_month: Decimal
    nonbillable_minutes: Decimal
    enrollment_minutes: Decimal
    oversight_minutes: Decimal
    panel_cap: Decimal
    hire_step_fte: Decimal
    software_per_patient_usd: Decimal
    software_flat_usd: Decimal
    startup_usd: Decimal
    vendor_per_patient_usd: Decimal
    vendor_percent_share: Decimal
    outsourced_minutes: Decimal
    apcm_billable_share: Decimal
    apcm_one_condition_share: Decimal
    apcm_minutes: Decimal

    def changed(self, **values: Any) -> Scenario:
        """A copy with other values; texts and whole numbers are read as the field asks.

        Raises: UsageError when a name or a value is not one of ours.
        """
        read = {name: _read(name, value) for name, value in values.items()}
        made = dataclasses.replace(self, **read)
        made.check()
        return made

    def check(self) -> None:
        """Raises: UsageError when an input cannot be."""
        for name in FIELDS:
            _check_field(name, getattr(self, name))
        if self.supplement_share + self.qmb_share > 1:
            raise UsageError(
                "supplement_share and qmb_share add up to more than 1; no patient is both here."
            )
        if not 1 <= self.months <= LONGEST_MONTHS:
            raise UsageError(f"{self.months} months were asked; 1 to {LONGEST_MONTHS} can be.")
        parse_histogram(self.minutes_histogram)
        parse_code_mix(self.code_mix)

    def numbers(self) -> dict[str, Decimal]:
        """Every numeric input by name: what the chain of a projection reads."""
        found = {name: getattr(self, name) for name in FIELDS}
        return {
            name: Decimal(value)
            for name, value in found.items()
            if isinstance(value, int | Decimal) and not isinstance(value, bool)
        }

    @property
    def wage_usd(self) -> Decimal:
        """Wage of the credential that does the work."""
        wage: Decimal = getattr(self, f"wage_{self.credential}_usd")
        return wage

    @property
    def blocked_share(self) -> Decimal:
        """Share of months with minutes that the chosen policy blocks."""
        blocked: Decimal = getattr(self, f"blocked_{self.policy}_share")
        return blocked

    def to_text(self) -> str:
        """JSON with sorted keys; only what differs from the defaults, and the name."""
        plain = scenario()
        differing = [f for f in FIELDS if getattr(self, f) != getattr(plain, f)]
        changed = {f: _text(getattr(self, f)) for f in differing}
        return json.dumps({"name": self.name, **changed}, sort_keys=True)

    def to_link(self) -> str:
        """The scenario as a short text for a query string, safe to hand to anybody."""
        return base64.urlsafe_b64encode(
            zlib.compress(self.shareable().to_text().encode(), 9)
        ).decode()

    def shareable(self) -> Scenario:
        """The scenario without its name, and without counts of few patients in its history."""
        return self.changed(
            minutes_histogram=coarsened(self.minutes_histogram),
            code_mix=coarse_code_mix(self.code_mix),
            name=SHARED_NAME,
        )


FIELDS = tuple(f.name for f in dataclasses.fields(Scenario) if f.name != "name")
_KINDS = {f.name: str(f.type) for f in dataclasses.fields(Scenario)}


def scenario(name: str = "Defaults", **values: Any) -> Scenario:
    """The default scenario, with the given inputs changed. Raises: UsageError."""
    defaults = {field: _read(field, assumption(field).value) for field in FIELDS}
    return Scenario(name=name, **defaults).changed(**values)


def from_text(text: str) -> Scenario:
    """The scenario that ``to_text`` wrote. Raises: UsageError."""
    try:
        values = json.loads(text)
    except json.JSONDecodeError as bad:
        raise UsageError("This is not a saved scenario: it is not JSON.") from bad
    if not isinstance(values, dict) or not all(isinstance(v, str) for v in values.values()):
        raise UsageError("This is not a saved scenario: every input must be a text.")
    return scenario(**values)


def from_link(text: str) -> Scenario:
    """The scenario that ``to_link`` wrote. Raises: UsageError."""
    try:
        packed = base64.urlsafe_b64decode(text[:_LINK_LIMIT].encode())
        plain = zlib.decompressobj().decompress(packed, _LINK_LIMIT).decode()
    except (ValueError, zlib.error) as bad:
        raise UsageError("This link holds no scenario; copy it again from the page.") from bad
    return from_text(plain)


def _read(name: str, value: Any) -> Any:
    kind = _KINDS.get(name)
    if kind is None:
        raise UsageError(f"{name!r} is not an input of a scenario; see data/assumptions.csv.")
    try:
        return _READERS[kind](value)
    except (ValueError, InvalidOperation, ArithmeticError) as bad:
        raise UsageError(f"{name} = {value!r} was given; it must be {_WORDS[kind]}.") from bad


def _yes_or_no(value: Any) -> bool:
    if isinstance(value, bool):
        return value
    word = str(value).lower()
    if word not in ("yes", "no"):
        raise ValueError(value)
    return word == "yes"


def _month(value: Any) -> Month:
    return value if isinstance(value, Month) else Month.parse(str(value))


def _decimal(value: Any) -> Decimal:
    number = Decimal(str(value))
    if not number.is_finite():
        raise ValueError(value)
    return number


_READERS: dict[str, Callable[[Any], Any]] = {
    "str": str, "int": int, "bool": _yes_or_no, "Decimal": _decimal, "Month": _month,
}  # fmt: skip
_WORDS = {
    "str": "text", "int": "a whole number", "bool": "yes or no", "Decimal": "a number",
    "Month": "a month such as 2026-01",
}  # fmt: skip


def _text(value: Any) -> str:
    return ("yes" if value else "no") if isinstance(value, bool) else str(value)


def _check_field(name: str, value: Any) -> None:
    if name in CHOICES and value not in CHOICES[name]:
        words = ", ".join(CHOICES[name])
        raise UsageError(f"{name} = {value!r} was given; it must be one of {words}.")
    if not isinstance(value, int | Decimal) or isinstance(value, bool):
        return
    if name in ("fee_growth_share", "wage_growth_share"):
        low, high = Decimal("-0.5"), Decimal("0.5")
    else:
        low, high = Decimal(0), Decimal(1) if name.endswith("_share") else _LARGEST
    if not low <= value <= high:
        raise UsageError(f"{name} = {value} was given; it must lie between {low} and {high}.")
    if not value and name in _ABOVE_ZERO:
        raise UsageError(f"{name} = 0 was given; it must be above zero.")


_LARGEST = Decimal(10_000_000)
_ABOVE_ZERO = ("ramp_months", "panel_cap", "hire_step_fte", "productive_minutes_per_month")
