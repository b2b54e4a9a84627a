"""What the dated tables say about every month of a scenario, gathered once."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from decimal import Decimal

from ccm_core import fees, tables
from ccm_core.errors import UsageError
from ccm_core.money.flow import MonthFacts
from ccm_core.money.minutes_mix import Mix, fixed_mix, mix_of, parse_code_mix
from ccm_core.money.rates import OTHER_GROUPS, QMB_GROUPS, Parts, Price, Rate, prices, rate
from ccm_core.money.scenario import Scenario
from ccm_core.months import Month
from ccm_core.payment.cents import ZERO

# APCM's levels differ by patient, not by minutes; their order is the code table's.
_APCM_FAMILY = "apcm"


def months_of(scenario: Scenario) -> list[Month]:
    """Every month of the horizon."""
    return [scenario.start.plus(index) for index in range(scenario.months)]


def facts_of(scenario: Scenario, price: Price = fees.allowed) -> list[MonthFacts]:
    """Units and prices of every month. Raises: NotInForce, NotPayable, UnknownLocality."""
    return [_facts(scenario, month, price) for month in months_of(scenario)]


def mix_in(scenario: Scenario, month: Month) -> Mix:
    """Units per patient-month: APCM's levels, the practice's own claims, or its minutes."""
    minutes = mix_of(month, scenario.minutes_histogram, scenario.setting)
    if scenario.program == "apcm":
        return _apcm_mix(scenario, month)
    own = parse_code_mix(scenario.code_mix)
    return fixed_mix(own, minutes.mean_minutes, {}) if own else minutes


def _facts(scenario: Scenario, month: Month, price: Price) -> MonthFacts:
    s = scenario
    mix = mix_in(s, month)
    rates = {c: rate(c, month, s.locality, s.setting, s.is_qp, price) for c in mix.codes}
    return MonthFacts(
        month=month,
        mix=mix,
        rates=rates,
        prices={code: _prices(s, month, one) for code, one in rates.items()},
        is_estimate=any(one.is_estimate for one in rates.values()),
    )


def _prices(scenario: Scenario, month: Month, found: Rate) -> Mapping[str, Parts]:
    s = scenario
    made = prices(found, month, s.fee_growth_share, s.ma_multiple, s.ma_patient_share)
    return made if s.is_sequestered else {kind: _uncut(parts) for kind, parts in made.items()}


def _uncut(parts: Parts) -> Parts:
    """As if the law did not cut Medicare's part."""
    medicare = parts.medicare + parts.sequestration
    return parts._replace(medicare=medicare, sequestration=ZERO)


def unscaled(scenario: Scenario) -> Scenario:
    """The scenario at plain fees: no growth and Advantage at the fee schedule."""
    return replace(scenario, fee_growth_share=ZERO, ma_multiple=Decimal(1), ma_patient_share=ZERO)


def _apcm_mix(scenario: Scenario, month: Month) -> Mix:
    rows = tables.load("codes", "code").in_force(month.last_day)
    levels = sorted(row["code"] for row in rows if row["family"] == _APCM_FAMILY)
    if not levels:
        raise UsageError(f"APCM in {month} was asked; its codes were not in force then.")
    one_condition, several, several_qmb = levels
    share = scenario.apcm_billable_share
    one = scenario.apcm_one_condition_share
    units = {one_condition: share * one, several: share * (1 - one), several_qmb: share}
    only = {one_condition: OTHER_GROUPS, several: OTHER_GROUPS, several_qmb: QMB_GROUPS}
    kept = {code: number for code, number in units.items() if number}
    return fixed_mix(kept, scenario.apcm_minutes, {code: only[code] for code in kept})
