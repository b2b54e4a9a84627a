"""Outcomes of the audit in the store: refreshed, kept, acknowledged."""

from __future__ import annotations

from ccm_core.store.results.acknowledging import acknowledge, withdraw
from ccm_core.store.results.claimed import keep_claimed
from ccm_core.store.results.crossing import signals_mark, signals_of_month
from ccm_core.store.results.keeping import finding_fingerprint, store_outcomes
from ccm_core.store.results.marking import case_fingerprint, common_mark
from ccm_core.store.results.refreshing import AuditCancelled, AuditRun, refresh

__all__ = [
    "AuditCancelled", "AuditRun", "acknowledge", "case_fingerprint", "common_mark",
    "finding_fingerprint", "keep_claimed", "refresh", "signals_mark", "signals_of_month",
    "store_outcomes", "withdraw",
]  # fmt: skip
