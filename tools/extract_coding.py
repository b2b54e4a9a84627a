"""NCCI and AHRQ extracts (unit limits, add-ons, code pairs, chronic flags) as dated rows."""

from __future__ import annotations

from pathlib import Path

from tools.dated import Record, cited, day_before, rows_of

SNAPSHOT_2024Q3 = "2024-07-01"
# Limits that the July 2024 practitioner file is known to hold with the value of 2026.
# A later value that differs stops the build: then the older one needs its own row.
CONFIRMED_2024Q3 = {
    "99490": "1", "99439": "2", "99487": "1", "99489": "10", "99491": "1", "99437": "2",
    "G0506": "1", "99424": "1", "99425": "2", "99426": "1", "99427": "2", "99453": "1",
    "99454": "1", "99457": "1", "99458": "3", "99091": "1", "99484": "1", "99495": "1",
    "99496": "1", "G0181": "1", "G0182": "1",
}  # fmt: skip
# Limits of codes that the newest file no longer lists: value, MAI, last day.
ENDED_SINCE = {"G0511": ("8", "3", "2024-01-01", "2025-09-30")}
# CCM is paid since 2015; a limit carried back that far only ever asks for a review.
FIRST_DAY = "2015-01-01"


def unit_limits(extracts: Path) -> list[Record]:
    """Practitioner MUE; the files carry no first day, so older rows say what they rest on."""
    found = []
    for line in rows_of(extracts / "mue.csv"):
        code, start = line["code"], line["effective_date"]
        values = {
            "code": code,
            "max_units": line["mue_value"],
            "mai": line["mai"],
            "rationale": line["rationale"],
        }
        pinpoint = f"mue-{code}"
        found.append({**values, **cited(start, "", "cms-mue-2026q2", pinpoint)})
        if code in CONFIRMED_2024Q3:
            _refuse_changed(line)
            span = cited(SNAPSHOT_2024Q3, day_before(start), "cms-ncci-2024q3", pinpoint)
            found.append({**values, **span})
            start = SNAPSHOT_2024Q3
        earlier = cited(FIRST_DAY, day_before(start), "mue-carried-back", pinpoint)
        found.append({**values, **earlier})
    return found + _ended_since()


def _ended_since() -> list[Record]:
    """Limits of July 2024 whose codes ended before the newest file."""
    found = []
    for code, (limit, mai, first, last) in ENDED_SINCE.items():
        values = {"code": code, "max_units": limit, "mai": mai, "rationale": "not on record"}
        pinpoint = f"mue-{code}"
        before = cited(first, day_before(SNAPSHOT_2024Q3), "mue-carried-back", pinpoint)
        found.append({**values, **cited(SNAPSHOT_2024Q3, last, "cms-ncci-2024q3", pinpoint)})
        found.append({**values, **before})
    return found


def _refuse_changed(line: Record) -> None:
    if CONFIRMED_2024Q3[line["code"]] != line["mue_value"]:
        raise SystemExit(f"mue.csv: {line['code']} no longer has its limit of July 2024.")


# Add-ons that the NCCI file does not list: they go with one month's APCM code.
APCM_ADDONS = ("G0568", "G0569", "G0570")
APCM_BASES = ("G0556", "G0557", "G0558")


def addons(extracts: Path) -> list[Record]:
    """Add-on codes and the codes that each may stand beside."""
    beside_apcm = [
        {
            "addon_code": addon,
            "primary_code": base,
            **cited("2026-01-01", "", "fairpath-apcm", f"add-ons: {addon}"),
        }
        for addon in APCM_ADDONS
        for base in APCM_BASES
    ]
    # The add-on file leaves it out; its own descriptor names its base.
    beside_pain_management = {
        "addon_code": "G3003",
        "primary_code": "G3002",
        **cited("2023-01-01", "", "aapc-cpm-2023", "add-on G3003"),
    }
    return [*beside_apcm, beside_pain_management] + [
        {
            "addon_code": line["addon_code"],
            "primary_code": line["primary_code"],
            **cited(
                line["effective_date"],
                line["deletion_date"],
                "cms-aoc-2026q3",
                f"aoc-{line['addon_code']}",
            ),
        }
        for line in rows_of(extracts / "addon_codes.csv")
    ]


def ncci_pairs(extracts: Path) -> list[Record]:
    """Pairs in force in July 2024; see ``_last_day`` for those that a later snapshot lacks."""
    return [
        {
            "column1": line["column1"],
            "column2": line["column2"],
            "modifier_indicator": line["modifier_indicator"],
            **cited(
                SNAPSHOT_2024Q3,
                line["deletion_date"] or _last_day(line),
                "cms-ncci-2024q3",
                f"ptp-{line['column1']}-{line['column2']}",
            ),
        }
        for line in rows_of(extracts / "ptp_core_active.csv")
    ]


def _last_day(line: Record) -> str:
    """The snapshot of 2026 has no date: a pair that it lacks may have ended on any day.

    One that would block is not carried on; one that only asks for a modifier is.
    """
    is_lacking = line["in_2026_undated_snapshot"] == "no"
    return "2024-09-30" if is_lacking and line["modifier_indicator"] == "0" else ""


def chronic_icd10(extracts: Path) -> list[Record]:
    """AHRQ's flag for every ICD-10-CM code; labels only where somebody will read them."""
    return [
        {
            "icd10cm": line["icd10cm"],
            "ccir": line["chronic_flag"],
            "label": "" if line["chronic_flag"] == "0" else line["condition_label"],
            **cited("2015-10-01", "", "ahrq-ccir-2026", "v2026-1"),
        }
        for line in rows_of(extracts / "chronic_icd10.csv")
        if line["source"].startswith("AHRQ")
    ]
