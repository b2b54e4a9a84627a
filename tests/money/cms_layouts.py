"""Small files in the layouts that CMS publishes, with real numbers and no descriptor text."""

HEADING = (
    ("", "", "", "", "NOT USED"),
    ("", "", "", "", "FOR", "", "", "NON-FAC", "", "FACILITY "),
    ("", "", "", "STATUS", "MEDICARE ", "WORK", "NON-FAC", "NA", "FACILITY", "NA", "MP",
     "NON-FACILITY", "FACILITY", "PCTC", "GLOB", "PRE", "INTRA", "POST", "MULT", "BILAT", "ASST",
     "CO-", "TEAM", "ENDO", "CONV", "DIAGNOSTIC", "CALCULATION"),
    ("HCPCS", "MOD", "DESCRIPTION", "CODE", "PAYMENT", "RVU", "PE RVU", "INDICATOR", "PE RVU",
     "INDICATOR", "RVU", "TOTAL", "TOTAL", "IND", "DAYS", "OP", "OP", "OP", "PROC", "SURG", "SURG",
     "SURG", "SURG", "BASE", "FACTOR", "PROCEDURES", "FLAG"),
)  # fmt: skip
# code, status, work, PE non-facility, NA, PE facility, NA, MP
OF_2022 = (
    ("99490", "A", "1.00", "0.78", "", "0.42", "", "0.07"),
    ("99439", "A", "0.70", "0.65", "", "0.30", "", "0.05"),
    ("99454", "A", "0.00", "1.60", "", "1.60", "NA", "0.01"),
    ("G0511", "X", "1.23", "0.98", "", "0.00", "NA", "0.08"),
    ("90952", "C", "0.00", "0.00", "", "0.00", "", "0.00"),
)
OF_2025 = (("99490", "A", "1.00", "0.81", "", "0.42", "", "0.06"),)
OF_2026 = (("99490", "A", "1.00", "0.91", "", "0.24", "", "0.07"),)


def total(*parts):
    return f"{sum(round(float(part) * 100) for part in parts) / 100:.2f}"


def pprrvu(year, month, rows, factor, released="12/15/2021", extra_column=False):
    """A PPRRVU file; 2026 has a column more before the conversion factor."""
    heading = [list(row) for row in HEADING]
    for row, text in zip(heading, ("", "", "PRIC", "IND"), strict=True):
        if extra_column and len(row) > 23:
            row.insert(23, text)
    width = len(heading[-1])
    lines = [
        f",,{year} National Physician Fee Schedule Relative Value File {month} Release",
        f",,RELEASED {released}",
        *(",".join(row + [""] * (width - len(row))) for row in heading),
    ]
    for code, status, work, pe, na, fac_pe, fac_na, mp in rows:
        sums = (total(work, pe, mp), total(work, fac_pe, mp))
        cells = [code, "", "", status, "", work, pe, na, fac_pe, fac_na, mp, *sums]
        cells += [
            "0",
            "XXX",
            "0.00",
            "0.00",
            "0.00",
            *"00000",
            *(["9"] if extra_column else []),
            "",
        ]
        lines.append(",".join([*cells, factor, "09", "0"]))
    return "\r\n".join(lines).encode()


def gpci(year, rows, pad=True):
    lines = [
        f"ADDENDUM E. FINAL CY {year} GEOGRAPHIC PRACTICE COST INDICES (GPCIs),,,,,,",
        ",,,,,,",
        "Medicare Administrative Contractor (MAC),State,Locality Number,Locality Name,"
        f"{year} PW GPCI (with 1.0 Floor),{year} PE GPCI,{year} MP GPCI",
    ]
    for carrier, state, number, *rest in rows:
        shown = (carrier, state, number) if pad else (str(int(carrier)), state, str(int(number)))
        lines.append(",".join((*shown, *rest)))
    lines += [
        ",,,,,,",
        '"MAC Assignments as of October 27, 2020",,,,,,',
        "*Work floor of 1.5.,,,,,,",
    ]
    return "\n".join(lines).encode()


ALABAMA = ("10112", "AL", "00", "ALABAMA", "1", "0.888", "0.921")
ALASKA = ("02102", "AK", "01", "ALASKA*", "1.5", "1.118", "0.614")


def counties(*rows):
    head = ["COUNTIES INCLUDED IN 2025 LOCALITIES.,,,,", ",,,,"]
    names = "Medicare Adminstrative Contractor,Locality Number,State ,Fee Schedule Area ,Counties"
    return "\n".join(
        [*head, names, ",,,,", *rows, ",,,,", "*  Serviced by two carriers.,,,,"]
    ).encode()


def zip5(*records, stamp="20254"):
    return "".join(f"{record:<75}{stamp}\n" for record in records).encode()


def amounts(*rows):
    body = [",".join(f'"{cell}"' for cell in row) for row in rows]
    return "\n".join([*body, '"TRL- A TRAILER LINE."']).encode()
