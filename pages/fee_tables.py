"""Fee tables: which amount holds where and when, and what it is made from."""

from __future__ import annotations

import csv
import io
from datetime import date

import pandas as pd
import streamlit as st

from ccm_core import fees
from ccm_core.errors import CcmError, NotInForce
from ccm_core.fees import compare
from ccm_core.sources import source
from ccm_core.tables import load, tables_version
from pages.parts import charts, downloads, fee_versions, filters, payer_contracts, words
from pages.parts.guard import guard, may

who = guard("fee_tables")
SETTINGS = {"nonfacility": "Non-facility", "facility": "Facility"}
MOST_LETTERS = 26
MOST_CODES = 1_000
LABELS = {row["code"]: row["label"] for row in load("codes", "code").rows}
VIEWS = {"": "Amounts", "imports": "Imported files", "contracts": "Contracts"}


def code_names(on: date) -> dict[str, str]:
    """Codes with a fee on that day; of a whole imported schedule, those of this program."""
    codes = compare.priced_codes(on)
    shown = codes if len(codes) <= MOST_CODES else [c for c in codes if c in LABELS]
    return {c: f"{c} {LABELS.get(c, '')}".strip() for c in shown}


def place_of(on: date) -> str:
    """The locality: by ZIP code when one is typed, else as chosen."""
    names = {fees.NATIONAL: "National amount"}
    try:
        places = fees.localities(on.year)
    except NotInForce:
        st.caption(f"No geographic indices of {on.year} are on record: national amounts only.")
        places = ()
    names |= {p.locality: f"{p.state} {words.place(p.name)} ({p.locality})" for p in places}
    chosen = filters.choice("locality", "Locality", names, fees.NATIONAL, width=320)
    typed = st.text_input("or ZIP code", key="fee_zip", max_chars=5, width=110)
    if not typed:
        return chosen
    found = fees.place_of_zip(typed.strip(), on)
    for note in found.notes:
        st.caption(words.plain(note))
    return found.locality


def made_from(fee: fees.Fee) -> None:
    """The parts of one amount, and who says so."""
    rows = [
        {
            "Part": name,
            "Relative value": f"{fee.rvu[part]}",
            "Geographic index": f"{fee.gpci[part]}",
        }
        for part, name in (("work", "Work"), ("pe", "Practice expense"), ("mp", "Malpractice"))
    ]
    st.table(rows)
    st.caption(
        f"Sum of value x index, times the conversion factor {fee.conversion_factor}, rounded once."
    )
    for cite in fee.cites:
        found = source(cite)
        st.caption(words.plain(f"{found.authority}: {found.title}, {found.pinpoint}"))


def amount(fee: fees.Fee | None) -> str:
    """Dollars, or that there are none."""
    return words.usd(fee.allowed_usd, is_estimate=fee.estimate) if fee else "no amount"


def trend(code: str, place: str) -> None:
    """The amount at every first day of a conversion factor, in both settings."""
    points = {word: compare.trend(code, place, word) for word in SETTINGS}
    rows = [
        {"from": p.on.isoformat(), "usd": float(p.fee.allowed_usd), "of": SETTINGS[word]}
        for word, some in points.items()
        for p in some
        if p.fee
    ]
    st.header("Over the years, in both settings")
    if rows:
        names = [name for name in SETTINGS.values() if any(row["of"] == name for row in rows)]
        charts.trend(
            rows, "from", "usd", "of", names, f"Allowed amount of {code} over the years",
            title="Dollars", form=("%Y", "$,.2f"),
        )  # fmt: skip
    st.table([
        {"From": words.day(each[0].on)}
        | {SETTINGS[word]: amount(p.fee) for word, p in zip(SETTINGS, each, strict=True)}
        for each in zip(*points.values(), strict=True)
    ])  # fmt: skip


def short(place: compare.Ranked) -> str:
    """A name that fits beside a bar: of several places as many as there is room for."""
    name = words.place(place.name.partition(" (")[0])
    while len(name) > MOST_LETTERS and "-" in name:
        name = name.rpartition("-")[0]
    return f"{name} ({place.locality})"


def ranked(code: str, on: date, setting: str) -> None:
    st.header(f"Localities in {on.year}, highest first")
    rows = compare.ranking(code, on, setting)
    top, bottom = rows[:12], rows[12:][-8:]
    ends = top + bottom
    st.caption(words.plain(
        f"{code}, {SETTINGS[setting].lower()}, {words.day(on)}: the {len(top)} highest"
        + (f" and the {len(bottom)} lowest" if bottom else "") + f" of {len(rows)}. "
        "An amount with an index carried over from 2025 is an estimate."
    ))  # fmt: skip
    charts.bars(
        [{"place": short(r), "usd": float(r.allowed_usd),
          "text": f"{words.usd(r.allowed_usd)}{' est.' if r.estimate else ''}"} for r in ends],
        "place", "usd", f"Allowed amount of {code} by locality", title="Dollars", text="text",
    )  # fmt: skip
    with st.expander(f"All {len(rows)} localities"):
        st.dataframe(
            pd.DataFrame([
                {"Locality": r.locality, "State": r.state, "Name": words.place(r.name),
                 "Allowed": words.usd(r.allowed_usd, is_estimate=r.estimate)} for r in rows
            ]), hide_index=True, alt=f"Allowed amount of {code} in every locality",
        )  # fmt: skip
    if may(who, "fee_tables", "export"):
        downloads.offer(
            "All localities as CSV", f"fees-{code}-{on.year}.csv",
            lambda: as_csv(code, on, setting), "text/csv; charset=utf-8", "fee_tables",
        )  # fmt: skip


def as_csv(code: str, on: date, setting: str) -> bytes:
    """Every locality's amount with what a reader needs to trust it."""
    text = io.StringIO()
    writer = csv.writer(text)
    writer.writerow(
        ("code", "on", "setting", "locality", "state", "name", "allowed_usd", "estimate", "tables")
    )
    for r in compare.ranking(code, on, setting):
        writer.writerow((
            code, on, setting, r.locality, r.state, r.name, r.allowed_usd,
            "estimate" if r.estimate else "", tables_version(),
        ))  # fmt: skip
    return text.getvalue().encode("utf-8-sig")


st.title("Fee tables")
st.write("What Medicare allows for a code, by year, place and setting, and what it is made from.")
if not may(who, "fee_tables", "import"):
    del VIEWS["contracts"]
view = filters.switch("view", "Look at", VIEWS)
if view == "imports":
    filters.refused()
    fee_versions.show(who)
    st.stop()
if view == "contracts":
    filters.refused()
    payer_contracts.show(who)
    st.stop()
today = filters.today_here()
years = {str(on.year): str(on.year) for on in reversed(compare.starts())}
with filters.row():
    year = filters.choice("year", "Year", years, str(today.year), width=110)
    on = min(max(today, date(int(year), 1, 1)), date(int(year), 12, 31))
    code = filters.choice("code", "Code", code_names(on), "99490", width=300)
    setting = filters.choice("setting", "Setting", SETTINGS, "nonfacility", width=150)
try:
    with filters.row():
        place = place_of(on)
        qp = st.checkbox("Qualifying APM participant") if compare.has_qp(on) else False
    filters.refused()
    fee = fees.allowed(code, on, place, setting, qp)
except CcmError as refused:
    st.error(words.refused(refused))
    st.stop()
st.metric(f"{code} on {words.day(on)}", words.usd(fee.allowed_usd, is_estimate=fee.estimate))
if fee.estimate:
    st.warning("Estimate: part of this amount was not published for that day; see the note.")
for note in fee.notes:
    st.caption(words.plain(note))
left, right = st.columns(2, gap="large")
with left:
    made_from(fee)
    trend(code, place)
with right:
    try:
        ranked(code, on, setting)
    except CcmError as refused:
        st.info(words.refused(refused))
