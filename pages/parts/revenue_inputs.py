"""Which scenario is shown: a preset, what the address changes in it, and the form of all inputs."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

import streamlit as st

from ccm_core import fees
from ccm_core.errors import CcmError
from ccm_core.money.assumptions import Assumption, assumptions
from ccm_core.money.input_sources import CHANGED
from ccm_core.money.rates import last_schedule_on
from ccm_core.money.scenario import CHOICES, FIELDS, Scenario, from_link
from ccm_core.months import Month
from ccm_core.program import revenue_presets
from ccm_core.program.revenue_view import History
from pages.parts import filters, words

LINK = "s"
OVER = ("months", "program", "delivery", "locality", "setting")
WORDS = {
    "ccm": "CCM", "apcm": "APCM", "in_house": "In-house", "outsourced": "Outsourced",
    "baseline": "Medicare baseline", "strict": "Program guide (strict)", "office": "Office",
    "facility": "Facility", "rhc": "RHC", "fqhc": "FQHC", "rn": "Registered nurse",
    "lpn": "Licensed practical nurse", "ma": "Medical assistant",
}  # fmt: skip
OUR_OWN = "Our own assumption, no source found: replace it"
GROUPS = {
    "horizon": "Horizon", "program": "Program", "fees": "Fees", "panel": "Patients",
    "mix": "Minutes and codes", "payers": "Payers and cost share", "claims": "Denials and lag",
    "costs": "Staff and costs", "vendor": "Outsourcing", "apcm": "APCM",
}  # fmt: skip


def chosen_preset(history: History | None) -> str:
    """The switch of presets; another preset drops what was typed into the one before."""
    names = dict(revenue_presets.NAMES)
    if history is None or history.scenario is None:
        del names["own"]
    default = next(iter(names))
    key = "revenue_preset"
    chosen = filters.wanted("preset", names, default)
    st.session_state[key] = chosen

    def change() -> None:
        for name in (LINK, *OVER):
            st.query_params.pop(name, None)
        filters.put("preset", st.session_state[key] or default, default)

    st.segmented_control(
        "Scenario", list(names), format_func=names.get, key=key, required=True, on_change=change
    )
    return chosen


def base_scenario(preset: str, history: History | None) -> Scenario:
    """The preset, or what was typed into it as the address has it."""
    linked = st.query_params.get(LINK)
    if linked:
        try:
            return from_link(linked)
        except CcmError as refused:
            st.info(words.refused(f"{refused} The page shows the preset instead."))
    if preset == "own" and history is not None and history.scenario is not None:
        return history.scenario
    return revenue_presets.preset(preset)


def overlaid(base: Scenario) -> Scenario:
    """The scenario with the row of filters applied. Raises: UsageError, UnknownLocality."""
    horizons = {str(n): f"{n} months" for n in sorted({12, 24, 36, base.months})}
    months = filters.choice("months", "Horizon", horizons, str(base.months), width=130)
    program = _pick("program", "Program", base, 110)
    delivery = _pick("delivery", "Who does the work", base, 150)
    setting = _pick("setting", "Setting", base, 120)
    locality = _locality(base)
    return base.changed(
        months=months, program=program, delivery=delivery, setting=setting, locality=locality
    )


def _pick(name: str, label: str, base: Scenario, width: int) -> str:
    options = {word: WORDS[word] for word in CHOICES[name]}
    return filters.choice(name, label, options, getattr(base, name), width=width)


def _locality(base: Scenario) -> str:
    on = last_schedule_on()
    names = {fees.NATIONAL: "National amount"} | {
        p.locality: f"{p.state} {words.place(p.name)} ({p.locality})"
        for p in fees.localities(on.year)
    }
    chosen = filters.choice("locality", "Locality", names, base.locality, width=280)

    def look_up() -> None:
        typed = str(st.session_state["revenue_zip"] or "").strip()
        if not typed:
            return
        try:
            found = fees.place_of_zip(typed, on)
        except CcmError as refused:
            st.session_state["revenue_zip_said"] = str(refused)
            return
        st.session_state["revenue_zip_said"] = " ".join(found.notes)
        filters.put("locality", found.locality, base.locality)

    st.text_input(
        "or ZIP code", key="revenue_zip", max_chars=5, width=100, on_change=look_up,
        placeholder="97201",
    )  # fmt: skip
    return chosen


def zip_said() -> None:
    """What the look-up of a ZIP code has to say, below the row."""
    if said := st.session_state.pop("revenue_zip_said", ""):
        st.caption(words.plain(said))


def form(now: Scenario, notes: dict[str, str]) -> None:
    """Every input with its source; what is typed goes into the address."""
    st.write(
        "Every input of this projection. Change what you know better; the source of each default "
        "stands under its question mark."
    )
    with st.form("revenue_inputs"):
        typed: dict[str, Any] = {}
        for group, title in GROUPS.items():
            some = [one for one in assumptions().values() if one.group == group]
            with st.expander(title, expanded=group == "panel"):
                places = st.columns(3)
                for place, one in enumerate(some):
                    with places[place % 3]:
                        typed[one.name] = _field(one, now, notes.get(one.name, ""))
        if st.form_submit_button("Use these assumptions", type="primary"):
            _take(now, typed)


def _take(now: Scenario, typed: dict[str, Any]) -> None:
    try:
        made = now.changed(**{name: typed[name] for name in FIELDS if name in typed})
    except CcmError as refused:
        st.error(words.refused(_in_words(str(refused))))
        return
    for name in OVER:
        st.query_params.pop(name, None)
    st.query_params[LINK] = made.to_link()
    st.rerun()


def _in_words(said: str) -> str:
    """A refusal with the label that stands at the field, in place of the input's name."""
    name, _, rest = said.partition(" ")
    return f"{assumptions()[name].label} {rest}" if name in assumptions() else said


def _field(one: Assumption, now: Scenario, note: str) -> Any:
    value = getattr(now, one.name)
    said = f"Default {one.value} ({one.unit})."
    if one.low is not None:
        said += f" Likely {one.low} to {one.high}."
    said += f" Source: {one.source.authority}, {one.source.title}; {one.source.pinpoint}."
    text = words.plain(f"{note}. {said}" if note else said)
    key = f"revenue_input_{one.name}"
    if one.name in CHOICES:
        options = CHOICES[one.name]
        return st.selectbox(
            one.label, options, index=options.index(value), format_func=WORDS.get, help=text,
            key=key,
        )  # fmt: skip
    if isinstance(value, bool):
        return st.checkbox(one.label, value=value, help=text, key=key)
    unit = "YYYY-MM" if one.unit == "month" else one.unit
    return st.text_input(f"{one.label} ({unit})", value=_written(value), help=text, key=key)


def table(now: Scenario, notes: dict[str, str]) -> list[dict[str, str]]:
    """Every input with its value and who says so, as rows of text."""
    rows = []
    for one in assumptions().values():
        if one.name not in FIELDS:
            continue
        found = getattr(now, one.name)
        value = ("yes" if found else "no") if isinstance(found, bool) else _written(found)
        by = OUR_OWN if one.is_own else (
            f"{one.source.authority}: {one.source.title} ({one.source.confidence})"
        )  # fmt: skip
        rows.append({
            "input": one.label,
            "value": _shown(one, value),
            "unit": "" if one.unit.startswith("share") or one.unit == "month"
            or one.name in CHOICES else one.unit,
            "range": f"{_shown(one, str(one.low))} to {_shown(one, str(one.high))}"
            if one.low is not None else words.NOTHING,
            "source": notes.get(one.name) or (by if value == one.value else CHANGED),
        })  # fmt: skip
    return rows


def _written(value: object) -> str:
    """A value as its field takes it: 140, never 1.4E+2."""
    return f"{value:f}" if isinstance(value, Decimal) else str(value)


def _shown(one: Assumption, value: str) -> str:
    """A value as people read it: shares as per cent."""
    if one.unit.startswith("share"):
        by = one.unit.removeprefix("share")
        return f"{(Decimal(value) * 100).normalize():f}%{by}"
    if one.unit == "month":
        return words.month(Month.parse(value))
    return WORDS.get(value, value) or words.NOTHING
