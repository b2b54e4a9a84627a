"""A claim that asks for just what the audit chose: does its form alone raise an objection?

Such a claim brings nothing into its case but its own form: place, diagnoses, the day it
was made. The rules that read the request are asked about that; all others have spoken.
"""

from __future__ import annotations

from ccm_core.audit import policy_of
from ccm_core.cases import Case, Work
from ccm_core.chronic import is_incomplete
from ccm_core.minutes import Counted
from ccm_core.rules.asking import asked_of

_NO_TIME = Counted(0, 0, 0, (), ())


def is_plain(case: Case) -> bool:
    """Whether nothing speaks against the form of this case's request.

    The case needs practice, patient, month, practitioner, coverage and request. Its chart
    may be left out: of the rules that depend on a request only L05 reads it, to object less
    (tests/core/test_as_claimed.py).
    """
    request = case.request
    if request is None or request.service_on is None or request.modifiers or request.billed_to:
        return False
    if any(map(is_incomplete, request.diagnoses or ())):
        # Whether the chart holds the same heading is not known here.
        return False
    policy = policy_of(case)
    case.work = Work(_NO_TIME, (), None, request.units, request.service_on, None)
    return all(check(case, policy) is None for check in asked_of(policy).of_request)
