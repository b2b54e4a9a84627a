"""Whatever a case file says, the answer is a judgement or a sentence, never a traceback."""

from __future__ import annotations

import json

from hypothesis import given, settings
from hypothesis import strategies as st

from ccm_core.audit import audit_case
from ccm_core.case_defaults import CASE_FIELDS, TIME_FIELDS
from ccm_core.casefile import read_case
from ccm_core.errors import CcmError
from ccm_core.outcome_json import outcome_json

SCALARS = st.one_of(
    st.none(), st.booleans(), st.integers(-5, 10**7), st.floats(allow_nan=False),
    st.text(max_size=9),
    st.sampled_from([
        "2025-03", "2025-03-31", "2025-02-30", "strict", "same", "other", "99490", "10:00",
        "moderate",
        "written", "hospice", "medicaid", "facility", "national", "10112-00", "0001-01", "9999-12",
    ]),
)  # fmt: skip
ENTRIES = st.dictionaries(
    st.sampled_from((*TIME_FIELDS, "from", "to", "kind", "code", "npi")), SCALARS
)
VALUES = st.one_of(SCALARS, st.lists(st.one_of(SCALARS, ENTRIES), max_size=3), ENTRIES)


@settings(max_examples=400, deadline=None)
@given(st.dictionaries(st.sampled_from((*CASE_FIELDS, "unknown")), VALUES, max_size=6))
def test_any_case_file_is_judged_or_refused_with_a_sentence(said):
    said = {"month": "2025-03", **said}
    try:
        case, policy = read_case(said)
        out = outcome_json(audit_case(case, policy))
    except CcmError:
        return
    assert out["status"] in ("clean", "review", "blocked")
    json.dumps(out)
