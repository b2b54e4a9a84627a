"""The practice's own settings: each checked, saved whole, and the touched months judged anew."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import asdict, fields, replace
from datetime import date
from typing import TYPE_CHECKING, Any

from ccm_core import records, tables
from ccm_core.access.identity import Identity
from ccm_core.access.permissions import require
from ccm_core.errors import CcmError, Conflict, UsageError
from ccm_core.exchange.running import practice_of
from ccm_core.fees import localities, locality_of_zip
from ccm_core.months import time_zone
from ccm_core.npi import is_npi
from ccm_core.policy import POLICIES, PREFERENCES
from ccm_core.program.following_up import Touched, audit_again
from ccm_core.store import editing, reading, writing
from ccm_core.store.access_log import record
from ccm_core.store.db import begin_write
from ccm_core.store.queries import months_with_results

if TYPE_CHECKING:
    from sqlmodel import Session

PAGE = "settings"
FIELDS = (
    "name", "npi", "tin", "time_zone", "setting", "locality", "state", "policy", "preference",
    "access_proof_on",
)  # fmt: skip
JUDGING = frozenset({"setting", "locality", "state", "policy", "preference", "time_zone", "npi",
                     "access_proof_on"})  # fmt: skip
"""Fields that an audit looks at: with another value, months have to be judged anew."""
NEWEST = 2
MOST_LETTERS = 120


ZONES = (
    "America/New_York", "America/Chicago", "America/Denver", "America/Phoenix",
    "America/Los_Angeles", "America/Anchorage", "Pacific/Honolulu", "America/Puerto_Rico",
    "America/Detroit", "America/Indiana/Indianapolis", "America/Boise", "Pacific/Guam",
    "Pacific/Pago_Pago",
)  # fmt: skip
"""Time zones of the United States and its territories."""


def shown(session: Session, who: Identity) -> tuple[records.Practice, int]:
    """The practice and the version that travels with the form.

    Raises: PermissionDenied, UsageError.
    """
    require(who, PAGE, "view")
    practice = reading.practice(session)
    if practice is None:
        raise UsageError("Settings were asked for; the database holds no practice yet.")
    row = editing.shown(session, records.Practice, practice.practice_id,
                        practice_id=practice.practice_id)  # fmt: skip
    return practice, row.version


def begin(session: Session, who: Identity, values: Mapping[str, Any], today: date) -> None:
    """Write down the practice of a database that has none yet; the form is the same.

    Raises: PermissionDenied, UsageError with every sentence, Conflict when somebody
    else did it meanwhile.
    """
    require(who, PAGE, "edit")
    begin_write(session)
    if reading.practice(session) is not None:
        raise Conflict("Somebody else has set up the practice meanwhile. Look at its settings.")
    wanted = {name: _plain(values.get(name)) for name in FIELDS}
    if problems := list(check(wanted, today).values()):
        raise UsageError(" ".join(problems))
    practice = replace(practice_of(session), **wanted)
    writing.save(session, practice.practice_id, [practice])
    record(session, who, "settings", "practice", practice.practice_id, reason="set up")


def save(
    session: Session, who: Identity, values: Mapping[str, Any], version: int, today: date
) -> Touched:
    """Write all settings at once; gives the months judged anew and those that wait.

    Raises: PermissionDenied, UsageError with every sentence, Conflict.
    """
    require(who, PAGE, "edit")
    begin_write(session)
    practice, _ = shown(session, who)
    wanted = {name: _plain(values.get(name)) for name in FIELDS}
    before = asdict(practice)
    if problems := list(check(wanted, today, before).values()):
        raise UsageError(" ".join(problems))
    changed = {name: value for name, value in wanted.items() if before[name] != value}
    row = editing.shown(session, records.Practice, practice.practice_id,
                        practice_id=practice.practice_id)  # fmt: skip
    editing.update_checked(session, records.Practice, row.id, version, changed)
    record(session, who, "settings", "practice", practice.practice_id,
           reason=", ".join(sorted(changed)) or "nothing changed")  # fmt: skip
    if not JUDGING & changed.keys():
        return Touched()
    known = months_with_results(session, practice.practice_id)
    if not known:
        return Touched()
    return audit_again(session, practice.practice_id, known[0], newest=NEWEST,
                       user_id=who.user_id)  # fmt: skip


def _plain(value: Any) -> Any:
    if value is None or isinstance(value, date):
        return value
    return " ".join(str(value).split())


def check(
    values: Mapping[str, Any], today: date, before: Mapping[str, Any] | None = None
) -> dict[str, str]:
    """One sentence for each field that cannot be saved: what was given, what is wanted.

    A field that stays as it is in ``before`` is not asked about: the made-up numbers of
    the demo practice, for example, fail their check digits on purpose.
    """
    known = before or {}
    return {
        name: said
        for name, said in _problems(values, today)
        if name not in known or known[name] != values[name]
    }


def _problems(values: Mapping[str, Any], today: date) -> Iterator[tuple[str, str]]:
    if not 1 <= len(values["name"] or "") <= MOST_LETTERS:
        yield "name", f"The practice needs a name of 1 to {MOST_LETTERS} characters."
    if values["npi"] and not is_npi(values["npi"]):
        yield "npi", "The NPI has ten digits, and this one's last digit does not fit; compare it."
    if values["tin"] and not re.fullmatch(r"\d{2}-?\d{7}", values["tin"]):
        yield "tin", "The tax number (TIN) has nine digits, for example 12-3456789."
    if not _is_zone(values["time_zone"] or ""):
        yield "time_zone", "The time zone is not known; choose one, for example America/Chicago."
    yield from _choices(values)
    yield from _places(values, today)
    proof = values["access_proof_on"]
    if proof is not None and (not isinstance(proof, date) or proof > today):
        yield "access_proof_on", "The proof of 24/7 access cannot be dated in the future."


def _choices(values: Mapping[str, Any]) -> Iterator[tuple[str, str]]:
    known = {"setting": records.SETTINGS, "policy": tuple(POLICIES), "preference": PREFERENCES}
    for name, options in known.items():
        if values[name] not in options:
            yield name, f"The {name} can be {', '.join(options)}; choose one."


def _places(values: Mapping[str, Any], today: date) -> Iterator[tuple[str, str]]:
    states = {row["state"] for row in tables.load("states", "state").rows}
    if values["state"] and values["state"] not in states:
        yield "state", "The state is two capital letters, for example OH."
    if values["locality"] not in {"national", *(one.locality for one in localities(today.year))}:
        yield (
            "locality",
            (
                "The locality is MAC-NN, for example 10112-00, or 'national'; the ZIP code "
                "below finds it."
            ),
        )


def _is_zone(name: str) -> bool:
    try:
        time_zone(name)
    except (CcmError, ValueError, OSError):
        return False
    return bool(name)


def locality_by_zip(zip5: str, today: date) -> str:
    """The locality of a ZIP code. Raises: UsageError, UnknownLocality, NotInForce."""
    if not re.fullmatch(r"\d{5}", zip5.strip()):
        raise UsageError("A ZIP code has five digits; type the practice's one.")
    return locality_of_zip(zip5.strip(), today)


assert set(FIELDS) < {part.name for part in fields(records.Practice)}
