"""The month of one patient: who works there, what they do at the pages, what has to agree."""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Callable
from datetime import date
from decimal import Decimal
from pathlib import Path

from playwright.sync_api import expect

from ccm_core.months import Month
from ccm_core.store import access_log
from pages.parts import words
from tests.browser.desk import Person, Practice

OCTOBER = Month(2026, 10)
NPI = "1999999984"
PREPARE = """
from datetime import date
from ccm_core import records as r
from ccm_core.access import sessions, users
from ccm_core.store import db
from ccm_core.store.access_log import System
from ccm_core.store.writing import save

NPI = "1999999984"
TEAM = [
    ("noor", "Noor Haddad", "care_manager", "S1"), ("jun", "Jun Silva", "practice_manager", "S2"),
    ("lind", "Dr. Amara Lind", "practitioner", NPI), ("ada", "Ada Brook", "administrator", ""),
    ("bea", "Bea Stone", "billing_lead", ""),
]
db.require_current()
with db.session(write=True) as opened:
    save(opened, "p1", [
        r.Practice("p1", "Cedar Hill", state="OH", npi="1234567893",
                   access_proof_on=date(2026, 9, 15)),
        r.Practitioner(NPI, "Dr. Amara Lind", "MD"),
        r.Staff("S1", "Noor Haddad", "RN"), r.Staff("S2", "Jun Silva", "LPN"),
        r.Patient("mary", "MRN-7", "1S00A00AA00", "Quill", "Mary", date(1949, 3, 4), state="OH",
                  zip5="43215", practitioner_npi=NPI, care_manager_id="S1", location="Main",
                  status="eligible", is_new=False, risk_documented_on=date(2026, 9, 1)),
        r.StatusChange("mary", "eligible", date(2026, 9, 1)),
        r.Payer("m1", "mary", "medicare", "Medicare Part B", "1S00A00AA00",
                from_on=date(2020, 1, 1)),
        r.Condition("c1", "mary", "E11.9", label="Diabetes", onset_on=date(2019, 1, 1),
                    is_chronic=True, group="diabetes", confirmed_by=NPI,
                    confirmed_on=date(2026, 9, 1)),
        r.Condition("c2", "mary", "I10", label="Hypertension", onset_on=date(2018, 1, 1),
                    is_chronic=True, group="hypertension"),
        r.Visit("v1", "mary", date(2026, 9, 1), "99214", NPI, "same"),
    ])
    for username, name, role, staff_id in TEAM:
        users.add(opened, users.NewAccount(username, name, role, staff_id),
                  "four unrelated green words", now=sessions.clock(), actor=System("test"))
"""
NOTES = (
    "Reviewed home blood pressure logs with the patient and agreed on a laboratory visit.",
    "Talked through the new metformin dose with patient and daughter, side effects explained.",
    "Arranged the eye examination with the clinic and told the patient the appointment.",
    "Answered the patient's questions about salt intake and sent the diet sheet.",
    "Foot check at the front desk, wound measured and photographed for the record.",
    "Reconciled the medicine list with the pharmacy after the refill of lisinopril.",
)


def minutes_agree(practice: Practice, who: Person, expected: int) -> None:
    """The core, the list Minutes, the patient's own page and its tab Minutes say the same."""
    outcome = practice.outcome("mary", OCTOBER)
    assert outcome.total_seconds == expected * 60
    who.go("minutes?month=2026-10")
    row = who.row("Quill")
    assert f"{expected} min" in row, row
    if outcome.minutes_to_next:
        wanted = f"{outcome.minutes_to_next} min to {outcome.next_threshold_minutes}"
        assert wanted in row, row
    who.patient("Quill", "Minutes", "minutes?month=2026-10")
    month = who.row("October 2026")
    assert f"{expected} min" in month, month
    codes = ", ".join(f"{code} x {n}" for code, n in sorted(outcome.planned_units.items()))
    assert (codes or words.NOTHING) in month, month
    cells = who.tab.locator(".listing table", has_text="Not counted because").locator("tbody tr")
    counted = [row.locator("td").nth(4).inner_text() for row in cells.all()]
    assert sum(seconds_of(cell) for cell in counted) == expected * 60, counted


def seconds_of(cell: str) -> int:
    """What "3 min 30 s" says."""
    found = {unit: int(n) for n, unit in re.findall(r"(\d+) (min|s)\b", cell)}
    return found.get("min", 0) * 60 + found.get("s", 0)


def by_hand(
    who: Person, on: date, at: str, minutes: int, note: str, *, face: bool = False, late: str = ""
) -> None:
    """Log time that was worked without the timer."""
    who.go("log_time?way=hand")
    who.pick("Patient", "Quill, Mary")
    who.day("Day", on)
    who.at("Began at", at)
    who.write("Minutes", str(minutes))
    who.pick("Activity", "Call with patient")
    who.write("Note", note)
    who.tick("Spoke or wrote with the patient")
    if face:
        who.tick("Face to face")
    if late:
        who.tab.get_by_label("Why is this recorded only now?").fill(late)
        who.tab.keyboard.press("Tab")
        who.rest()
    who.press("Log this time")


def with_timer(practice: Practice, who: Person, seconds: int, note: str, second: str = "") -> None:
    """Start, pause, go on, stop: two stretches and a quarter of an hour that is not counted."""
    who.go("log_time")
    who.pick("Patient", "Quill, Mary")
    who.press("Start the timer")
    practice.move(seconds // 2)
    who.press("Pause")
    practice.move(900)
    who.press("Go on")
    practice.move(seconds - seconds // 2)
    who.pick("Activity", "Call with patient")
    who.write("Note", note)
    who.tick("Spoke or wrote with the patient")
    if second:
        who.pick("Second person on this", second)
    who.press("Stop and log")
    expect(
        who.tab.get_by_text(f"00:{seconds // 60:02d}:{seconds % 60:02d} was logged")
    ).to_be_visible()


def corrected(
    who: Person, day: date, change: Callable[[], None], why: str, *, is_amendment: bool = False
) -> None:
    """Open the newest entry of a day, change it, say why."""
    who.go("log_time")
    who.day("Day shown", day)
    who.tab.locator(".listing a", has_text="Quill").first.click()
    who.tab.get_by_text("Entry with Quill, Mary").wait_for()
    who.rest()
    change()
    who.tab.get_by_label("Why is it corrected or withdrawn?").fill(why)
    if is_amendment:
        who.tick("Keep this as an amendment")
    who.press("Save the correction")


def days_agree(practice: Practice, who: Person) -> None:
    """The lists of the days add up to what the core counts and to what was logged."""
    counted = logged = 0
    for day in (5, 8, 12, 14, 21, 23):
        who.go("log_time")
        who.day("Day shown", date(2026, 10, day))
        found = re.search(r"(\d\d):(\d\d):00 logged, (\d\d):(\d\d):00 counted", who.text())
        assert found, who.text()
        logged += int(found[1]) * 60 + int(found[2])
        counted += int(found[3]) * 60 + int(found[4])
    outcome = practice.outcome("mary", OCTOBER)
    assert (counted * 60, logged * 60) == (outcome.total_seconds, outcome.logged_seconds)


def claim_agrees(practice: Practice, who: Person) -> None:
    """The opened claim, the list of claims and the sums say what the core says."""
    outcome = practice.outcome("mary", OCTOBER)
    shown = who.text()
    assert f"{outcome.total_seconds // 60} min" in shown
    assert f"{outcome.leftover_seconds // 60} min" in shown
    assert outcome.chosen is not None
    money = f"${outcome.chosen.allowed_usd:,.2f}"
    assert money in shown
    who.go("pre_flight?month=2026-10")
    row = who.row("Quill")
    codes = ", ".join(f"{code} x {n}" for code, n in sorted(outcome.planned_units.items()))
    for said in (f"{outcome.total_seconds // 60} min", codes, money, "clean"):
        assert said in row, (said, row)
    assert f"{money}" in who.tab.locator("[data-testid=stMain]").inner_text()


def acknowledged(who: Person) -> None:
    """Open the claim and answer each of its reviews."""
    who.go("pre_flight?month=2026-10")
    who.tab.locator(".listing a", has_text="Quill").first.click()
    who.tab.get_by_text("Checklist").first.wait_for()
    who.rest()
    button = who.tab.get_by_role("button", name="Acknowledge", exact=True)
    while waiting := button.count():
        who.tab.get_by_label("Why this claim may go").first.fill("Checked the chart with Noor.")
        button.first.click()
        expect(button).to_have_count(waiting - 1)
        who.rest()


def all_on_record(practice: Practice) -> None:
    """Each kind of change of this month stands in the access log."""
    with practice.store() as opened:
        actions = {row.action for row in access_log.newest(opened, 1_000)}
    assert actions >= {
        "outreach", "consent", "save_plan", "give_plan", "sign_plan", "timer_start", "timer_pause",
        "timer_resume", "timer_draft", "timer_stop", "log_time", "correct_time", "approve_time",
        "audit", "acknowledge", "close",
    }  # fmt: skip


def exported(practice: Practice, who: Person) -> dict[str, dict[str, str]]:
    """The clean claims as CSV, by code; held against the core."""
    with who.tab.expect_download() as got:
        who.tab.get_by_text("Clean claims as CSV").click()
    text = Path(got.value.path()).read_text(encoding="utf-8-sig")
    found = {row["code"]: row for row in csv.DictReader(io.StringIO(text))}
    outcome = practice.outcome("mary", OCTOBER)
    assert {code: int(row["units"]) for code, row in found.items()} == outcome.planned_units
    assert outcome.chosen is not None
    allowed = sum(Decimal(row["allowed_usd"]) for row in found.values())
    assert allowed == outcome.chosen.allowed_usd
    for row in found.values():
        assert int(row["staff_minutes"]) * 60 == outcome.staff_seconds // 60 * 60
        assert int(row["leftover_minutes"]) == outcome.leftover_seconds // 60
        assert row["date_of_service"] == str(outcome.service_on)
    return found
