"""Write docs/rules.md from the rules themselves.

python tools/make_docs.py           writes the file
python tools/make_docs.py --check   fails when it is out of date
"""

from __future__ import annotations

import sys
from pathlib import Path

from ccm_core import rule_book, tables
from ccm_core.months import Month
from ccm_core.readings import all_readings
from ccm_core.sources import source

OUT = Path(__file__).resolve().parents[1] / "docs" / "rules.md"
MONTH = Month(2026, 11)


def text() -> str:
    """The whole document."""
    parts = [
        "# Rules\n",
        "Made by `python tools/make_docs.py` from the rule functions; do not edit by hand.",
        f"Levels as of {MONTH}. Confidence: VP primary text, VM a contractor, VS secondary",
        "source, MEM not re-read, CONTRA sources differ, DER derived. Not billing advice.\n",
        *readings(),
        *requirements(),
        "\n## Every rule\n",
    ]
    for entry in rule_book.entries(MONTH):
        parts += rule(entry)
    return "\n".join(parts).rstrip() + "\n"


def readings() -> list[str]:
    """Where guides and Medicare differ, both readings."""
    lines = [
        "## Where the program guides and Medicare differ\n",
        "| question | program guide | Medicare | rules | sources |",
        "|---|---|---|---|---|",
    ]
    for reading in all_readings():
        cited = f"{reading.guide.title}; {reading.medicare.authority}: {reading.medicare.title}"
        lines.append(
            f"| {reading.topic} | {reading.guide_says} | {reading.medicare_says} | "
            f"{', '.join(reading.rules)} | {cited} |"
        )
    return lines


def requirements() -> list[str]:
    """What the sources ask, and what holds it."""
    lines = [
        "\n## What the sources ask, and what holds it\n",
        "Rules by number, tables under data/, or the count of minutes.\n",
        "| requirement | held by | source |",
        "|---|---|---|",
    ]
    for row in tables.load("requirements", "requirement").rows:
        held = row["held_by"] or f"not judged: {row['not_judged']}"
        cited = source(row.cite)
        lines.append(
            f"| {row['requirement']} | {held} | {cited.authority}: {cited.title} "
            f"({cited.confidence}) |"
        )
    return lines


def rule(entry: rule_book.Entry) -> list[str]:
    """One rule as a section."""
    shown = entry.rule
    lines = [f"### {shown.id} {shown.title}\n"]
    lines.append(f"**Baseline {entry.baseline}, program guide {entry.strict}.** ")
    lines += [" ".join(shown.text.split()), "", f"What to do: {shown.fix}\n"]
    lines += [f"- {line}" for line in (*entry.screen, *entry.overlays)]
    for cite in shown.cites:
        found = source(cite)
        lines.append(f"- {found.authority}: {found.title}, {found.pinpoint} ({found.confidence})")
    return [*lines, ""]


def main() -> int:
    wanted = text()
    if "--check" in sys.argv:
        current = OUT.read_text(encoding="utf-8") if OUT.is_file() else ""
        if current != wanted:
            print("docs/rules.md is out of date: run python tools/make_docs.py")
            return 1
        return 0
    OUT.write_text(wanted, encoding="utf-8")
    return 0


if __name__ == "__main__":
    sys.exit(main())
