"""The claims at a glance: what waits, what was paid, what came back, and the rates with targets."""

from __future__ import annotations

from decimal import Decimal

import streamlit as st

from ccm_core.program import claims_view
from ccm_core.program.claims_view import Overview, Target
from ccm_core.rules import find_rule
from ccm_core.sources import source
from pages.parts import charts, empty, links, status, tables, words

_LOOKS = {
    "good": ("●", "within the target", status.GOOD),
    "between": ("◆", "near the target", status.WARN),
    "alarm": ("■", "beyond the warning", status.BAD),
    "": ("○", "nothing to rate yet", status.QUIET),
}


def numbers(found: Overview, kept: dict[str, str]) -> None:
    """Three amounts with their lists, and three rates with their targets."""
    s = found.standing
    cards = (
        ("submitted", "Waiting for an answer", s.waiting_usd, s.waiting, "charged"),
        ("paid", "Paid", s.paid_usd, s.paid, "paid by payers"),
        ("denied", "Denied, still open", s.denied_usd, s.denied, "charged"),
    )
    for place, (name, title, usd, claims, what) in zip(st.columns(3), cards, strict=True):
        with place:
            links.number(
                f"{status.look(name).mark} {title}", words.usd(usd), "claims", "Show the lines",
                f"{words.many(claims, 'claim')}, {what}.", **{**kept, "status": name},
            )  # fmt: skip
    rates = (
        ("Clean-claim rate", "clean_claim_rate", s.clean_share,
         f"{words.many(s.touched, 'claim')} of {s.sent:,} sent had to be touched again."),
        ("Denial rate", "denial_rate", s.denied_share,
         f"{words.many(s.refused, 'claim')} of {s.sent - s.waiting:,} answered were denied first."),
        ("Days in A/R", "ar_days", found.days_in_receivables,
         f"Open charges over the daily charges of the last {found.period_days} days."),
    )  # fmt: skip
    for place, (title, name, value, note) in zip(st.columns(3), rates, strict=True):
        with place.container(border=True, height="stretch"):
            _rate(title, claims_view.target(name), value, note)


def _rate(title: str, target: Target, value: Decimal | None, note: str) -> None:
    is_days = target.good.unit == "days"
    shown = words.NOTHING if value is None else f"{value} days" if is_days else _percent(value)
    st.metric(title, shown)
    mark, said, color = _LOOKS[target.judge(value)]
    st.html(
        f'<span aria-hidden="true" style="color:{color}">{mark}</span> '
        f'<span style="font-weight:600">{said}</span>'
    )
    ends = [f"{one.value} days" if is_days else _percent(one.value)
            for one in (target.good, target.alarm)]  # fmt: skip
    by = " and ".join(dict.fromkeys(_by(one.cite) for one in (target.good, target.alarm)))
    st.caption(words.plain(f"{note} Target {ends[0]}, warning {ends[1]} ({by})."))


def _by(cite: str) -> str:
    return source(cite).authority


def _percent(value: Decimal) -> str:
    return f"{value * 100:.1f}%"


REASONS = (
    tables.Column("code", "Reason", is_link=True),
    tables.Column("meaning", "Meaning"),
    tables.Column("lines", "Lines", is_right=True),
    tables.Column("open", "Still open", is_right=True),
    tables.Column("charge", "Charged", is_right=True),
    tables.Column("rules", "Rule behind it"),
    tables.Column("fix", "First thing to do"),
)


def pareto(found: Overview) -> None:
    """Why claims came back: dollars by reason, and the rule that should have seen it."""
    st.header("Why claims came back")
    if not found.reasons:
        empty.nothing("No claim of these months was denied.")
        return
    charts.bars(
        [
            {"reason": f"{one.code} {one.cause or one.meaning}", "usd": float(one.charge_usd),
             "text": f"{words.usd(one.charge_usd)} · {one.cumulative:.0%}"}
            for one in found.reasons[:10]
        ],
        "reason", "usd", "Denied charges by reason, the running share beside each bar",
        title="Dollars charged", text="text", color=status.BAD,
    )  # fmt: skip
    st.caption("The share beside each bar is of all denied dollars: this reason and those above.")
    rows = [
        {
            "key": one.code, "code": one.code, "meaning": one.cause or one.meaning,
            "lines": words.number(one.lines), "open": words.number(one.open_lines),
            "charge": words.usd(one.charge_usd),
            "rules": ", ".join(one.rules) or "no rule yet", "fix": one.fix,
        }
        for one in found.reasons
    ]  # fmt: skip
    tables.listing(
        "reasons", REASONS, rows, 0, tables.Asked("", 0, ""), alt="Reasons for denial",
        opens=("", "reason"),
    )  # fmt: skip
    with st.expander("The rules behind them, in words"):
        known = dict.fromkeys(rule for one in found.reasons for rule in one.rules)
        st.markdown(
            "\n".join(f"- **{rule}** {words.plain(find_rule(rule).title)}" for rule in known)
        )
        links.to("rule_book", "Open the rule book", ":material/menu_book:")


AGES = (
    tables.Column("age", "Days since sent", is_link=True),
    tables.Column("waiting", "Waiting", is_right=True),
    tables.Column("denied", "Denied", is_right=True),
    tables.Column("charge", "Charged", is_right=True),
)


def aging(found: Overview) -> None:
    """Open lines by age; each age opens its lines."""
    st.header("What is open, by age")
    if not any(age.waiting or age.denied for age in found.ages):
        empty.nothing("Nothing is open.")
        return
    rows = [
        {
            "key": age.label if age.waiting or age.denied else "",
            "age": age.label, "waiting": words.number(age.waiting),
            "denied": words.number(age.denied), "charge": words.usd(age.charge_usd),
        }
        for age in found.ages
    ]  # fmt: skip
    total = sum((age.charge_usd for age in found.ages), Decimal(0))
    rows.append({
        "key": "", "age": "Total", "waiting": words.number(sum(a.waiting for a in found.ages)),
        "denied": words.number(sum(a.denied for a in found.ages)), "charge": words.usd(total),
    })  # fmt: skip
    tables.listing(
        "ages", AGES, rows, 0, tables.Asked("", 0, ""), alt="Open lines by age",
        opens=("", "age"),
    )  # fmt: skip
