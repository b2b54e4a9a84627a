"""Fee-schedule extracts (RVU, GPCI, conversion factor, ZIP) as dated rows."""

from __future__ import annotations

import re
from pathlib import Path

from tools.dated import Record, cited, day_before, rows_of

QUARTER_STARTS = {"1": "01-01", "2": "04-01", "3": "07-01", "4": "10-01"}
# A release that took effect inside its quarter: the 2024 conversion factor changed by law.
STARTS = {"RVU24AR": "2024-03-09"}
# Releases on file without status and NA columns, and the release that lends them.
LENDERS = {"RVU19D": "RVU20A", "RVU24D": "RVU24C"}
VALUES = {
    "work_rvu": "work_rvu",
    "nonfacility_pe_rvu": "pe_rvu_nonfacility",
    "facility_pe_rvu": "pe_rvu_facility",
    "mp_rvu": "mp_rvu",
}
BASES = {"all": "all", "nonqualifying_apm": "nonqualifying", "qualifying_apm": "qualifying"}


def rvu(extracts: Path) -> list[Record]:
    """One row per code and interval of equal values inside a calendar year."""
    lines = rows_of(extracts / "rvu.csv")
    by_release: dict[str, dict[str, Record]] = {}
    for line in lines:
        by_release.setdefault(line["release"].split()[0], {})[line["code"]] = line
    starts = _release_starts(by_release)
    found: list[Record] = []
    for code in sorted({line["code"] for line in lines}):
        for year in sorted({start[:4] for start in starts.values()}):
            releases = [name for name in starts if starts[name][:4] == year]
            found += _year_of_code(code, releases, starts, by_release)
    return found


def _release_starts(by_release: dict[str, dict[str, Record]]) -> dict[str, str]:
    """First day of each release, in order; the only release of a year covers all of it."""
    starts = {}
    for name, codes in by_release.items():
        line = next(iter(codes.values()))
        starts[name] = STARTS.get(name, f"{line['year']}-{QUARTER_STARTS[line['quarter']]}")
    years = [start[:4] for start in starts.values()]
    for name, start in starts.items():
        if years.count(start[:4]) == 1:
            starts[name] = f"{start[:4]}-01-01"
    return dict(sorted(starts.items(), key=lambda item: item[1]))


def _year_of_code(
    code: str, releases: list[str], starts: dict[str, str], by_release: dict[str, dict[str, Record]]
) -> list[Record]:
    spans: list[tuple[Record, list[str], int]] = []
    for place, name in enumerate(releases):
        line = by_release[name].get(code)
        if line is None:
            continue
        values = _values(line, by_release.get(LENDERS.get(name, ""), {}).get(code, line))
        if spans and spans[-1][0] == values and spans[-1][2] == place - 1:
            spans[-1] = (values, [*spans[-1][1], name], place)
        else:
            spans.append((values, [name], place))
    return [_span(span, releases, starts) for span in spans]


def _span(
    span: tuple[Record, list[str], int], releases: list[str], starts: dict[str, str]
) -> Record:
    values, names, last = span
    year = starts[names[0]][:4]
    ends = f"{year}-12-31" if last + 1 == len(releases) else day_before(starts[releases[last + 1]])
    pinpoint = names[0] if len(names) == 1 else f"{names[0]} to {names[-1]}"
    if names == ["RVU19D"]:
        pinpoint = f"{pinpoint}, status from {LENDERS['RVU19D']}"
    return {**values, **cited(starts[names[0]], ends, f"cms-pfs-{year}", pinpoint)}


def _values(line: Record, flags: Record) -> Record:
    values = {name: line[column] for name, column in VALUES.items()}
    return {
        "code": line["code"],
        "status": flags["status_code"],
        **values,
        "nonfacility_na": "1" if flags["nonfac_na"] else "0",
        "facility_na": "1" if flags["fac_na"] else "0",
    }


def gpci(extracts: Path) -> list[Record]:
    """One row per locality and calendar year; 2026 says which rows are carried."""
    lines = [line for line in rows_of(extracts / "gpci.csv") if line["year"] != "2026"]
    merged = _merges(lines, rows_of(extracts / "county_locality.csv"))
    carried = rows_of(extracts / "gpci_2026_provisional.csv")
    return [_locality(line, merged) for line in (*lines, *carried)]


def _locality(line: Record, merged: dict[str, str]) -> Record:
    year, key = line["year"], _key(line)
    is_carried = line.get("basis", "").startswith("carried")
    source = "cms-gpci-2026" if year == "2026" and not is_carried else f"cms-pfs-{year}"
    pinpoint = f"GPCI{year}"
    if is_carried:
        source, pinpoint = "cms-pfs-2025", "GPCI2025, carried into 2026"
    return {
        "locality": key,
        "state": line["state"],
        "name": line["locality_name"].strip("* "),
        "work_gpci": line["work_gpci"],
        "pe_gpci": line["pe_gpci"],
        "mp_gpci": line["mp_gpci"],
        "basis": "carried_from_2025" if is_carried else f"cy{year}_value",
        "merged_into": merged.get(key, ""),
        **cited(f"{year}-01-01", f"{year}-12-31", source, pinpoint),
    }


def _key(line: Record) -> str:
    return f"{line['mac']}-{line['locality_number']}"


def _merges(lines: list[Record], counties: list[Record]) -> dict[str, str]:
    """Localities that ended, and the one whose counties of 2025 took them in."""
    last_year = max(line["year"] for line in lines)
    living = {_key(line) for line in lines if line["year"] == last_year}
    found = {}
    for line in lines:
        inside = re.search(r"\((.*?) CNTY\)", line["locality_name"])
        if _key(line) in living or not inside:
            continue
        for area in counties:
            if area["mac"] == line["mac"] and inside[1].split("/")[0] in _counties(area):
                found[_key(line)] = _key(area)
    return found


def _counties(area: Record) -> str:
    return area["counties"].replace("ORAGNGE", "ORANGE")  # so spelled in 25LOCCO


def conversion_factors(extracts: Path) -> list[Record]:
    """Final factors only: a proposed one must never price a claim."""
    return [
        {
            "basis": BASES[line["payment_basis"]],
            "conversion_factor": line["conversion_factor"],
            **cited(line["effective_from"], line["effective_to"], *_factor_source(line)),
        }
        for line in rows_of(extracts / "conversion_factors.csv")
        if line["rule_status"] == "final"
    ]


def _factor_source(line: Record) -> tuple[str, str]:
    if line["payment_basis"] == "qualifying_apm":
        return "cms-1832-f", "conversion factor, qualifying APM"
    return f"cms-pfs-{line['effective_from'][:4]}", "PPRRVU, conversion factor column"


def zip_localities(extracts: Path) -> list[Record]:
    """ZIP5 to locality as of the fourth quarter of 2025, unchanged in a 2026 snapshot."""
    return [
        {
            "zip5": line["zip5"],
            "locality": f"{line['carrier']}-{line['locality_number']}",
            "state": line["state"],
            "is_split": line["plus4_flag"],
            **cited("2025-01-01", _zip_end(line), "cms-zip-2025q4", "ZIP5"),
        }
        for line in rows_of(extracts / "zip_locality.csv")
    ]


def _zip_end(line: Record) -> str:
    return "2026-12-31" if line["in_2026_snapshot"] == "same" else "2025-12-31"
