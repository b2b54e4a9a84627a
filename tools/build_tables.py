"""Rebuild the CMS and AHRQ tables under data/ from a folder of tidy extracts.

Usage: ``python tools/build_tables.py EXTRACTS [DATA]``. No amount, unit limit or
code pair is ever typed by hand: this is the only writer of the files that it
names. A second run with the same extracts writes the same bytes.
"""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterable
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from tools import extract_coding, extract_fees
from tools.dated import Record, write_table

# File name, columns before the five that date and cite a row, builder.
TABLES: tuple[tuple[str, str, Callable[[Path], Iterable[Record]]], ...] = (
    (
        "rvu",
        "code,status,work_rvu,nonfacility_pe_rvu,facility_pe_rvu,mp_rvu,nonfacility_na,facility_na",
        extract_fees.rvu,
    ),
    (
        "gpci",
        "locality,state,name,work_gpci,pe_gpci,mp_gpci,basis,merged_into",
        extract_fees.gpci,
    ),
    ("conversion_factors", "basis,conversion_factor", extract_fees.conversion_factors),
    ("zip_localities", "zip5,locality,state,is_split", extract_fees.zip_localities),
    ("unit_limits", "code,max_units,mai,rationale", extract_coding.unit_limits),
    ("addons", "addon_code,primary_code", extract_coding.addons),
    ("ncci_pairs", "column1,column2,modifier_indicator", extract_coding.ncci_pairs),
    ("chronic_icd10", "icd10cm,ccir,label", extract_coding.chronic_icd10),
)


def build(extracts: Path, data: Path) -> dict[str, int]:
    """Write every table; the number of rows per file."""
    return {
        name: write_table(data / f"{name}.csv", columns.split(","), rows(extracts))
        for name, columns, rows in TABLES
    }


def main(arguments: list[str]) -> int:
    """Run from the command line; the exit status."""
    if not 1 <= len(arguments) <= 2 or not Path(arguments[0]).is_dir():
        print("usage: build_tables.py EXTRACTS [DATA]", file=sys.stderr)
        return 2
    default = Path(__file__).resolve().parents[1] / "data"
    written = build(Path(arguments[0]), Path(arguments[1]) if arguments[1:] else default)
    for name, rows in written.items():
        print(f"{name}.csv: {rows} rows")
    return 0


if __name__ == "__main__":
    raise SystemExit(main(sys.argv[1:]))
