"""The rule book as a document: every rule with its levels, sources and golden cases.

Shapes: ``entries(month) -> tuple[Entry, ...]``; ``as_html`` is the printable book.
"""

from __future__ import annotations

import functools
import tomllib
from dataclasses import dataclass
from html import escape
from pathlib import Path

from ccm_core import screens, tables
from ccm_core.findings import Level
from ccm_core.months import Month, utc_now
from ccm_core.policy import Policy
from ccm_core.rule import Rule
from ccm_core.rules import ALL_RULES
from ccm_core.sources import source

GOLDEN = Path(__file__).resolve().parents[1] / "tests" / "golden"


@dataclass(frozen=True, slots=True)
class Entry:
    """One rule with what its card does not say: levels per policy and overlays."""

    rule: Rule
    baseline: Level
    strict: Level
    overlays: tuple[str, ...]
    golden: tuple[str, ...]
    screen: tuple[str, ...]
    """Statistic, threshold and chance, where the rule is a screen of the time log."""

    def has(self, search: str) -> bool:
        """Whether every word of a search stands in the rule."""
        text = " ".join((self.rule.id, self.rule.title, self.rule.text, *self.rule.codes)).lower()
        return all(word in text for word in search.lower().split())


def entries(month: Month | None = None) -> tuple[Entry, ...]:
    """Every rule as it stands in a month (default: this one)."""
    on = month or Month.of(utc_now().date())
    base, strict = Policy.on(on), Policy.on(on, "strict")
    return tuple(
        Entry(
            rule,
            base.level(rule)[0],
            strict.level(rule)[0],
            _overlays(rule),
            _golden(rule.id),
            screens.lines(rule.id, on),
        )
        for rule in ALL_RULES
    )


def _overlays(rule: Rule) -> tuple[str, ...]:
    """State and payer rows that change the rule's level."""
    rows = tables.load("rule_levels", "rule", "policy", "state", "payer").rows
    return tuple(
        f"{row['level']} for {row['state'] or row['payer']} under "
        f"{row['policy'] or 'both policies'} ({row.cite})"
        for row in rows
        if row["rule"] == rule.id and (row["state"] or row["payer"])
    )


@functools.cache
def _books() -> dict[str, tuple[str, ...]]:
    """Rule id to the names of the golden cases in which it fires or stays silent."""
    found: dict[str, list[str]] = {}
    for path in sorted(GOLDEN.glob("*.toml")) if GOLDEN.is_dir() else ():
        book = tomllib.loads(path.read_text(encoding="utf-8"))
        for case in book.get("case", ()):
            expect = case.get("expect", {})
            ids = {book.get("rule"), *expect.get("fires", ()), *expect.get("silent", ())}
            for rule_id in ids - {None}:
                found.setdefault(rule_id, []).append(case["name"])
    return {rule_id: tuple(names) for rule_id, names in found.items()}


def _golden(rule_id: str) -> tuple[str, ...]:
    return _books().get(rule_id, ())


def version() -> str:
    """The version of the tables that the rules read."""
    return tables.tables_version()


def as_html(month: Month | None = None) -> str:
    """The printable book: one page of HTML without scripts, with the version on it."""
    on = month or Month.of(utc_now().date())
    body = "".join(_html(entry) for entry in entries(on))
    title = f"Rule book, {on}, tables {version()}"
    return (
        '<!doctype html><html lang="en"><head><meta charset="utf-8">'
        f"<title>{escape(title)}</title><style>{_STYLE}</style></head><body>"
        f"<h1>{escape(title)}</h1><p>{_INTRODUCTION}</p>{body}</body></html>"
    )


def _html(entry: Entry) -> str:
    rule = entry.rule
    paragraphs = "".join(f"<p>{escape(p)}</p>" for p in rule.text.split("\n\n"))
    cited = "".join(f"<li>{_source(cite)}</li>" for cite in rule.cites)
    more = "".join(f"<p>{escape(text)}</p>" for text in (*entry.screen, *entry.overlays))
    return (
        f"<section><h2>{rule.id} {escape(rule.title)}</h2>"
        f"<p><b>Baseline: {entry.baseline}. Program guide: {entry.strict}.</b></p>"
        f"{paragraphs}{more}<p>What to do: {escape(rule.fix)}</p><ul>{cited}</ul></section>"
    )


def _source(cite: str) -> str:
    found = source(cite)
    name = escape(f"{found.authority}: {found.title}")
    linked = f'<a href="{escape(found.url)}">{name}</a>' if found.url else name
    return f"{linked}, {escape(found.pinpoint)} ({found.confidence}, read {escape(found.read_on)})"


_STYLE = (
    "body{font:11pt/1.45 sans-serif;max-width:50rem;margin:2rem auto;color:#111}"
    "section{break-inside:avoid;border-top:1px solid #bbb}h2{font-size:1.1rem}"
)
_INTRODUCTION = (
    "BLOCK: a stated requirement is broken. REVIEW: best practice, contested or payer-specific; "
    "a person acknowledges it before the claim leaves. NOTE: good to know. Confidence: VP primary "
    "text, VM a Medicare contractor, VS secondary source, MEM not re-read, CONTRA sources differ, "
    "DER derived. This is not billing advice."
)
