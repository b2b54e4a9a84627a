"""Published figures as text and back: JSON with amounts as decimal text."""

from __future__ import annotations

import json
from dataclasses import asdict
from datetime import date, datetime
from decimal import Decimal
from typing import Any

from ccm_core.money.backtest import BackTest, Held
from ccm_core.money.scenario import from_text
from ccm_core.months import Month
from ccm_core.program.health import Health, Measure
from ccm_core.program.home_told import HomeTold
from ccm_core.program.revenue_view import History, PastRow
from ccm_core.records import Practice


def _text(found: dict[str, Any]) -> str:
    return json.dumps(found, default=str, sort_keys=True)


def _usd(text: str | None) -> Decimal | None:
    return None if text is None else Decimal(text)


def of_home(told: HomeTold) -> str:
    """The home page's figures as text."""
    audits = [(at.isoformat(), str(month)) for at, month in told.audits]
    return _text({**asdict(told), "month": str(told.month), "audits": audits})


def home_of(text: str) -> HomeTold:
    """The home page's figures from their text."""
    kept = json.loads(text)
    audits = ((datetime.fromisoformat(at), Month.parse(month)) for at, month in kept["audits"])
    return HomeTold(**{
        **kept, "month": Month.parse(kept["month"]), "allowed_usd": _usd(kept["allowed_usd"]),
        "audits": tuple(audits),
    })  # fmt: skip


def of_health(told: Health) -> str:
    """The health of the program as text."""
    measures = [asdict(one) for one in told.measures]
    return _text({"on": told.on, "measures": measures, "week": told.week, "steps": told.steps})


def health_of(text: str, practice: Practice) -> Health:
    """The health of the program from its text."""
    kept = json.loads(text)
    measures = (
        Measure(**{**one, **{name: _usd(one[name]) for name in ("value", "target", "alarm")}})
        for one in kept["measures"]
    )
    return Health(
        practice, date.fromisoformat(kept["on"]), tuple(measures), _pairs(kept["week"]),
        _pairs(kept["steps"]), is_aggregate=True,
    )  # fmt: skip


def _pairs(rows: list[list[str]]) -> tuple[tuple[str, str], ...]:
    return tuple((what, many) for what, many in rows)


def of_history(told: History | None) -> str:
    """The own history as text."""
    if told is None:
        return _text({})
    return _text({
        "rows": [{**asdict(row), "month": str(row.month)} for row in told.rows],
        "backtest": _of_backtest(told.backtest),
        "codes": dict(told.codes),
        "scenario": None if told.scenario is None else told.scenario.to_text(),
        "notes": dict(told.notes),
    })  # fmt: skip


def _of_backtest(found: BackTest | None) -> dict[str, Any] | None:
    if found is None:
        return None
    rows = [{**asdict(row), "month": str(row.month)} for row in found.rows]
    return {**asdict(found), "rows": rows}


def history_of(text: str, practice: Practice) -> History | None:
    """The own history from its text; None when there was none."""
    kept = json.loads(text)
    if not kept:
        return None
    rows = (
        PastRow(**{
            **row, "month": Month.parse(row["month"]), "allowed_usd": _usd(row["allowed_usd"]),
            "paid_usd": _usd(row["paid_usd"]),
        })
        for row in kept["rows"]
    )  # fmt: skip
    found = kept["scenario"]
    return History(
        practice, tuple(rows), (), kept["codes"],
        None if found is None else from_text(found), kept["notes"], _backtest(kept.get("backtest")),
    )  # fmt: skip


def is_history_of_this_form(text: str) -> bool:
    """Whether a text has the finished back-test; older ones have the months behind it."""
    kept = json.loads(text)
    return not kept or "backtest" in kept


def _backtest(kept: dict[str, Any] | None) -> BackTest | None:
    if kept is None:
        return None
    rows = (Held(**{**row, "month": Month.parse(row["month"])}) for row in kept["rows"])
    return BackTest(**{**kept, "rows": tuple(rows)})
