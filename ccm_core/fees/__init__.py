"""What Medicare's physician fee schedule allows: code, day, locality and setting to dollars."""

from ccm_core.fees.contract import ContractPrice, contract_price
from ccm_core.fees.geography import (
    NATIONAL,
    Locality,
    ZipPlace,
    localities,
    locality_of_zip,
    place_of_zip,
)
from ccm_core.fees.plan_price import PlanPrice, price_plan
from ccm_core.fees.schedule import SETTINGS, Fee, allowed, denied_as, is_outside_schedule

__all__ = [
    "NATIONAL",
    "SETTINGS",
    "ContractPrice",
    "Fee",
    "Locality",
    "PlanPrice",
    "ZipPlace",
    "allowed",
    "contract_price",
    "denied_as",
    "is_outside_schedule",
    "localities",
    "locality_of_zip",
    "place_of_zip",
    "price_plan",
]
