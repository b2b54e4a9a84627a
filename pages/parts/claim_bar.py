"""A month's claims as one bar of clean, review and blocked, in claims and in dollars."""

from __future__ import annotations

from collections.abc import Callable
from decimal import Decimal
from html import escape

import streamlit as st

from ccm_core.store.queries import Preflight
from pages.parts import status, words

KINDS = ("clean", "review", "blocked")

INK = "#10161b"
"""Dark words on each of the three colours: white ones are too faint on two of them."""


def show(found: Preflight) -> None:
    """Two bars of one width; parts are named by mark, word and number."""
    claims = {kind: Decimal(getattr(found, kind).claims) for kind in KINDS}
    dollars = {kind: getattr(found, kind).allowed_usd for kind in KINDS}
    bars = _bar("Claims", claims, lambda n: f"{int(n):,}") + _bar(
        "Dollars allowed", dollars, words.usd
    )
    if bars:  # a month in which nothing can be billed has no bar
        st.html(bars)


def _bar(label: str, parts: dict[str, Decimal], text: Callable[[Decimal], str]) -> str:
    total = sum(parts.values(), Decimal(0))
    if not total:
        return ""
    said = ", ".join(f"{kind} {text(part)}" for kind, part in parts.items())
    pieces = "".join(_piece(kind, part, total, text) for kind, part in parts.items() if part)
    return (
        f'<div style="display:flex;flex-wrap:wrap;align-items:center;gap:0 .75rem;margin:.35rem 0">'
        f'<span style="flex:0 0 8.5rem;font-size:.875rem">{escape(label)}</span>'
        f'<div role="img" aria-label="{escape(label)}: {escape(said)}" '
        'style="flex:1 1 16rem;display:flex;height:1.9rem;border-radius:6px;overflow:hidden">'
        f"{pieces}</div>"
        "</div>"
    )


def _piece(kind: str, part: Decimal, total: Decimal, text: Callable[[Decimal], str]) -> str:
    share = part / total * 100
    look = status.look(kind)
    # A part too narrow for its words keeps its colour, and the cards below name it: words that
    # find no room beside the empty mark move to a second line, which is out of sight.
    label = f"{look.mark} {text(part)}"
    return (
        f'<span title="{escape(look.word)}: {escape(str(text(part)))}" style="width:{share:.2f}%;'
        f"background:{look.color};color:{INK};font-size:.85rem;font-weight:600;display:flex;"
        f"flex-wrap:wrap;overflow:hidden;height:1.9rem;line-height:1.9rem;"
        f'justify-content:center;white-space:nowrap"><i style="height:1.9rem"></i>'
        f"<span>{escape(label)}</span></span>"
    )
