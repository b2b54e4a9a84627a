"""Lists of up to a hundred rows: a real table, sorted and paged on the server, each row opens.

The browser gets the words that are shown and a key for each row, nothing else. A
click on a heading asks the server for another order.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any, TypeVar
from urllib.parse import urlencode

import streamlit as st

from ccm_core.access.identity import Identity
from ccm_core.access.patient_keys import KEYS
from pages.parts import filters, links, words

R = TypeVar("R")

ROWS = 100
"""Rows of one page; the core gives no more at once."""

_HERE = Path(__file__).parent
_DRAWN = st.components.v2.component(
    "ccm_listing",
    html='<div class="listing"></div>',
    css=(_HERE / "listing.css").read_text(encoding="utf-8"),
    js=(_HERE / "listing.js").read_text(encoding="utf-8"),
)


@dataclass(frozen=True, slots=True)
class Column:
    """One column: the field of each row, its heading, and the core's name to sort by."""

    field: str
    title: str
    sort: str = ""
    is_right: bool = False
    is_link: bool = False


@dataclass(frozen=True, slots=True)
class Asked:
    """What the address asks a list for."""

    sort: str
    offset: int
    default: str
    prefix: str = ""
    limit: int = ROWS


def asked(columns: Sequence[Column], default: str, prefix: str = "") -> Asked:
    """Order and page of a list as the address has them; ``prefix`` when a page has two lists."""
    sorts = {way + c.sort for c in columns if c.sort for way in ("", "-")} | {default}
    sort = filters.wanted(f"{prefix}sort", sorts, default)
    place = st.query_params.get(prefix_of(prefix), "1")
    number = int(place) if place.isdecimal() and len(place) < 7 else 1
    return Asked(sort, max(0, number - 1) * ROWS, default, prefix)


def prefix_of(prefix: str) -> str:
    return f"{filters.PLACE}{prefix}"


def listing(
    name: str, columns: Sequence[Column], rows: Sequence[Mapping[str, Any]], total: int,
    at: Asked, *, alt: str, opens: tuple[str, str] = ("patient", "patient"),
) -> None:  # fmt: skip
    """Draw one page of a list.

    A cell is a text, a status (``status.cell``) or a bar (``bar``). A row with a
    ``key`` opens the page ``opens[0]`` with that key as the parameter ``opens[1]``;
    with an empty page it sets that filter here.
    """
    key, (page, parameter) = _key(name), opens

    def sort() -> None:
        wished = str(st.session_state[key].sort or "")
        filters.put(f"{at.prefix}sort", wished, at.default)

    def open_row() -> None:
        wished = str(st.session_state[key].open or "")
        found = links.entry(page)
        if wished and not page:
            filters.put(parameter, wished)
        elif wished and found is not None:
            st.switch_page(found.file, query_params=_carried() | {parameter: wished})

    _DRAWN(
        key=key,
        data={
            # Tuples: in lists Streamlit looks for data frames, and imports pandas for that.
            "columns": tuple(asdict(c) | ({} if at.sort else {"sort": ""}) for c in columns),
            "rows": tuple({"key": "", **row} for row in rows),
            "sort": at.sort,
            "href": f"/{page}?{_query(_carried())}{parameter}="
            if page
            else f"?{_query(_others(parameter))}{parameter}=",
            "alt": alt,
        },
        on_sort_change=sort,
        on_open_change=open_row,
    )
    _pages(name, len(rows), total, at)


def _key(name: str) -> str:
    """The key of a list. Streamlit refuses two underscores in one, and names may hold them."""
    key = f"listing_{name}"
    return key.replace("_", "-") if "__" in key else key


def whole(
    name: str, columns: Sequence[Column], rows: Sequence[Mapping[str, Any]], *, alt: str,
    opens: tuple[str, str] = ("patient", "patient"),
) -> None:  # fmt: skip
    """Draw a short list that is neither sorted nor paged."""
    listing(name, columns, rows, 0, Asked("", 0, ""), alt=alt, opens=opens)


def in_pages(
    name: str, columns: Sequence[Column], of: Sequence[R], row: Callable[[R], Mapping[str, Any]],
    *, alt: str, opens: tuple[str, str],
) -> None:  # fmt: skip
    """Draw a list that is at hand whole and in its order, a page of rows at a time."""
    if len(of) <= ROWS:
        whole(name, columns, [row(one) for one in of], alt=alt, opens=opens)
        return
    at = asked(columns, "", f"{name}_")
    rows = [row(one) for one in of[at.offset : at.offset + at.limit]]
    listing(name, columns, rows, len(of), at, alt=alt, opens=opens)


def _carried() -> dict[str, str]:
    """What goes along to another page: the month that was looked at."""
    return {name: st.query_params[name] for name in ("month",) if name in st.query_params}


def _others(parameter: str) -> dict[str, str]:
    """The address as it is, without one parameter."""
    return {name: value for name, value in st.query_params.items() if name != parameter}


def _query(kept: Mapping[str, str]) -> str:
    return urlencode(kept) + "&" if kept else ""


def _pages(name: str, shown: int, total: int, at: Asked) -> None:
    """How much of the list this is, and the way to the rest; nothing for a list that is whole."""
    if not total:
        return
    count = -(-total // ROWS)
    with st.container(horizontal=True, vertical_alignment="center"):
        first, last = at.offset + 1, at.offset + shown
        st.caption(
            f"{first:,} to {last:,} of {total:,}"
            if shown
            else f"The list ends before this place; it has {words.many(total, 'row')}."
        )
        if count < 2:
            return
        here = min(count, at.offset // ROWS + 1)
        # A key for each place: the address decides where the list stands, not the control.
        key, parameter = f"pages_{name}_{here}", prefix_of(at.prefix)

        def turn() -> None:
            st.query_params[parameter] = str(st.session_state[key])

        st.pagination(count, default=here, key=key, on_change=turn)


def patient_key(who: Identity, patient_id: str) -> str:
    """What stands for the patient in a row and in addresses."""
    return KEYS.key_for(who.session_hash, patient_id)


def patient_cells(who: Identity, row: Any) -> dict[str, str]:
    """The cells with which every list of patients begins: key, name and record number."""
    return {
        "key": patient_key(who, row.patient_id),
        "name": words.name(row.family_name, row.given_name),
        "mrn": row.mrn or words.NOTHING,
    }


def patient_name(row: Any) -> str:
    """Name and record number in one cell, for lists with many columns."""
    mrn = f" · {row.mrn}" if row.mrn else ""
    return f"{words.name(row.family_name, row.given_name)}{mrn}"


PATIENT = (Column("name", "Patient", "name", is_link=True), Column("mrn", "MRN"))
"""The columns with which every list of patients begins."""


def share_bar(part: int, whole: int, text: str, color: str) -> dict[str, Any]:
    """A bar of a part of a whole, as a cell."""
    return {"bar": part, "marks": [], "most": max(whole, 1), "color": color, "text": text}


def bar(seconds: int, marks: Sequence[int], color: str) -> dict[str, Any]:
    """A bar of minutes with the thresholds marked on it, as a cell."""
    return {
        "bar": seconds // 60,
        "marks": list(marks),
        "most": max([*marks, 1]) * 1.15,
        "color": color,
        "text": words.minutes(seconds),
    }
