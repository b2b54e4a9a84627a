"""What a payer should pay for a whole plan: by its imported contract, else by Medicare's terms."""

from __future__ import annotations

import functools
from collections.abc import Mapping
from dataclasses import replace
from datetime import date
from decimal import Decimal

from ccm_core.fees import ContractPrice, contract_price
from ccm_core.payment.expected import Expected, expected
from ccm_core.records import Payer


def expected_by(
    practice_id: str,
    payer: Payer | None,
    units: Mapping[str, int],
    on: date,
    place: tuple[str, str],
    medicare_usd: Decimal | None,
) -> Expected | None:
    """Expected payment of these units; None when nobody has an amount for them.

    ``place`` is locality and setting, ``medicare_usd`` what Medicare allows there.
    """
    is_qmb = bool(payer and payer.is_qmb)
    if payer is None:
        return None if medicare_usd is None else _by_medicare(medicare_usd, on, is_qmb)
    found = contract_of(practice_id, payer.name, payer.kind, units, on, place)
    if found is not None:
        made = expected(found.allowed_usd, on, qmb=is_qmb, payer=payer.kind)
        return replace(made, is_contract=True, cites=(*made.cites, *found.cites))
    return None if medicare_usd is None else _by_medicare(medicare_usd, on, is_qmb)


def contract_of(
    practice_id: str, name: str, kind: str, units: Mapping[str, int], on: date,
    place: tuple[str, str],
) -> ContractPrice | None:  # fmt: skip
    """What the contract with this payer says; its own name goes before its kind."""
    if kind == "medicare":
        return None
    return contract_price(practice_id, [word for word in (name, kind) if word], units, on, place)


@functools.lru_cache(maxsize=65536)
def _by_medicare(allowed_usd: Decimal, on: date, is_qmb: bool) -> Expected:
    return expected(allowed_usd, on, qmb=is_qmb)
