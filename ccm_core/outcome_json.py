"""An outcome as plain JSON, in the shape that scripts rely on. Money is a decimal text."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date
from decimal import Decimal
from typing import Any

from ccm_core.audit import Outcome, PricedPath
from ccm_core.cases import SECONDS_PER_MINUTE
from ccm_core.findings import Evidence, Judged
from ccm_core.sources import source


def outcome_json(outcome: Outcome) -> dict[str, Any]:
    """One judged case, as ``ccm case`` prints it."""
    return {
        "status": outcome.status,
        "month": outcome.month,
        "counted_minutes": {
            "staff": _minutes(outcome.staff_seconds),
            "practitioner": _minutes(outcome.practitioner_seconds),
            "total": _minutes(outcome.total_seconds),
        },
        "excluded": [
            {"minutes": _minutes(e.seconds), "seconds": e.seconds, "reason": e.reason}
            for e in outcome.excluded
        ],
        "leftover_minutes": _minutes(outcome.leftover_seconds),
        "paths": [_path(path) for path in outcome.paths],
        "chosen": _chosen(outcome),
        "planned_units": dict(outcome.planned_units),
        "date_of_service": plain(outcome.service_on),
        "findings": [finding_json(judged) for judged in outcome.findings],
        "policy": outcome.policy_name,
        "tables_version": outcome.tables_version,
    }


def _minutes(seconds: int) -> int:
    return seconds // SECONDS_PER_MINUTE


def _path(path: PricedPath) -> dict[str, Any]:
    return {
        "name": path.name,
        "units": dict(path.units),
        "allowed_usd": plain(path.allowed_usd),
        "estimate": path.estimate,
    }


def _chosen(outcome: Outcome) -> dict[str, Any] | None:
    if outcome.chosen is None:
        return None
    return {
        **_path(outcome.chosen),
        "expected_medicare_usd": plain(outcome.expected_medicare_usd),
        "expected_patient_usd": plain(outcome.expected_patient_usd),
        "expected_by": "contract"
        if outcome.expected and outcome.expected.is_contract
        else "fee schedule",
    }


def finding_json(judged: Judged) -> dict[str, Any]:
    """One finding with evidence and sources."""
    return {
        "rule": judged.rule,
        "level": judged.level.value,
        "summary": judged.summary,
        "evidence": [_evidence(e) for e in judged.evidence],
        "sources": sources_json(judged.cites),
        "fix": judged.fix,
        "layer": judged.layer,
    }


def _evidence(evidence: Evidence) -> dict[str, Any]:
    return {"name": evidence.name, "value": plain(evidence.value), "ids": list(evidence.ids)}


def sources_json(cites: Iterable[str]) -> list[dict[str, str]]:
    """Cited sources with their confidence."""
    return [
        {
            "id": s.source_id, "authority": s.authority, "title": s.title, "url": s.url,
            "pinpoint": s.pinpoint, "confidence": s.confidence,
        }
        for s in map(source, cites)
    ]  # fmt: skip


def plain(value: Any) -> Any:
    """A value as JSON holds it: dates ISO, money as decimal text."""
    if isinstance(value, date):
        return value.isoformat()
    return f"{value:.2f}" if isinstance(value, Decimal) else value
