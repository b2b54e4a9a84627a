"""How safe the practice's data is if this machine fails: newest backup, newest drill."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

import streamlit as st
from sqlmodel import Session

from ccm_core import months
from ccm_core.store import backup
from pages.parts import words

TOO_OLD = {"backup": timedelta(days=2), "drill": timedelta(days=95)}
"""After these times the card is red: a daily backup, a drill each quarter."""


def show(session: Session, zone: str) -> None:
    """Draw both facts; red when one is missing, old, or the newest backup was never drilled."""
    made, drilled = backup.last_backup(session), backup.last_drill(session)
    left, right = st.columns(2)
    with left:
        _fact("Last backup", made, zone, TOO_OLD["backup"], "Run 'ccm backup' every day.")
    with right:
        _fact(
            "Last successful restore drill", drilled, zone, TOO_OLD["drill"],
            "A backup that was never restored is a hope. Run 'ccm drill'.",
        )  # fmt: skip
    if drilled:
        st.caption(
            f"The drill restored {drilled['rows']:,} rows in {drilled['rto_seconds']} seconds "
            f"from a backup that was {_age(drilled['rpo_seconds'])} old: that much work would "
            "have been lost."
        )


def _fact(title: str, found: dict[str, Any], zone: str, most: timedelta, advice: str) -> None:
    if not found:
        st.error(f"**{title}**: never. {advice}", icon=":material/error:")
        return
    at = datetime.fromisoformat(found["at"])
    said = f"**{title}**: {words.moment(at, zone)}"
    if months.utc_now() - at > most:
        st.error(f"{said}. {advice}", icon=":material/error:")
    else:
        st.success(said, icon=":material/check_circle:")


def _age(seconds: int) -> str:
    hours = seconds // 3600
    return words.many(hours, "hour") if hours else words.many(seconds // 60, "minute")
