"""One cell of a table to one value of a record: text stays text, nothing is coerced."""

from __future__ import annotations

import functools
import re
import unicodedata
from collections.abc import Callable, Mapping

from ccm_core import records, tables
from ccm_core.errors import UsageError
from ccm_core.exchange import amounts, dates, durations, limits
from ccm_core.exchange.dates import Calendar
from ccm_core.exchange.rejects import RowProblem
from ccm_core.months import Month
from ccm_core.procedure_codes import code_and_modifiers

WORDS: Mapping[str, tuple[str, ...]] = {
    "sex": ("F", "M", "O", "U"),
    "flag": ("yes", "no"),
    "mark": ("yes", "no"),
    "deceased": ("yes", "no"),
    "patient_active": ("yes", "no", "deceased"),
    "patient_status": records.PATIENT_STATUSES,
    "code_system": ("icd10cm", "snomed"),
    "consent_mode": records.CONSENT_MODES,
    "consent_element": records.CONSENT_ELEMENTS,
    "actor": records.ACTORS,
    "stay_kind": records.STAY_KINDS,
    "practice": ("same", "other"),
    "payer_kind": records.PAYER_KINDS,
    "claim_status": records.CLAIM_STATUSES,
    "condition_status": ("active", "ended", "wrong"),
    "met_status": ("met", "over", "wrong"),
    "consent_status": ("active", "ended", "wrong"),
    "plan_status": ("active", "ended", "wrong"),
    "time_status": ("active", "wrong"),
    "other_program": ("RPM", "RTM", "BHI", "CoCM", "TCM", "AWV"),
    "coverage_status": ("active", "ended", "wrong"),
    "mdm": records.MDM_LEVELS,
}
"""The words that each kind of cell may hold."""

_GUARD = re.compile(r"'(?=\s*[=+\-@\t\r\n\uff1d\uff0b\uff0d\uff20])")
_MBI = re.compile(r"[1-9][A-Z][0-9A-Z]\d[A-Z][0-9A-Z]\d[A-Z]{2}\d{2}\Z", re.ASCII)
_ICD10 = re.compile(r"[A-Z]\d[0-9A-Z](?:\.?[0-9A-Z]{1,4})?\Z", re.ASCII)
_ICD9 = re.compile(r"(?:\d{3}|V\d{2}|E\d{3})(?:\.\d{1,2})?\Z", re.ASCII)
_SNOMED = re.compile(r"[1-9]\d{5,17}\Z", re.ASCII)
_SHORTENED = re.compile(r"\d(?:[.,]\d+)?E\+\d+\Z", re.ASCII)
_UUID = re.compile(r"[0-9a-fA-F]{8}(?:-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12}\Z", re.ASCII)
_HIDDEN = frozenset({"Cc", "Cf", "Cs", "Co", "Zl", "Zp"})


def read_text(text: str, _: Calendar) -> str:
    """Text of one line, as it stands, without a spreadsheet's formula guard."""
    return read_note(text, _)


def read_note(text: str, _: Calendar) -> str:
    """Free text; line ends are kept. Raises: RowProblem (rule I23)."""
    if len(text) > limits.MAX_FIELD_CHARS:
        raise RowProblem("I23", f"Longer than {limits.MAX_FIELD_CHARS:,} characters.", value=text)
    plain = unicodedata.normalize("NFC", text.strip())
    return plain[1:] if _GUARD.match(plain) else plain


def read_id(text: str, _: Calendar) -> str:
    """An identifier, kept to the letter. Raises: RowProblem (rules I23, I24, I42)."""
    plain = read_note(text, _)
    if len(plain) > limits.MAX_ID_CHARS:
        raise RowProblem("I23", f"Longer than {limits.MAX_ID_CHARS} characters.", value=text)
    if _SHORTENED.match(plain):
        said = "A spreadsheet has shortened this number and lost digits. Store it as text."
        raise RowProblem("I42", said, value=text)
    if not plain.isascii() or not plain.isprintable():
        hidden = [sign for sign in plain if unicodedata.category(sign) in _HIDDEN]
        if hidden:
            raise RowProblem(
                "I24", f"An invisible character (U+{ord(hidden[0]):04X}) stands in it.", value=text
            )
    return plain


def read_npi(text: str, calendar: Calendar) -> str:
    """Ten digits, or the identifier that a synthetic export uses instead.

    Raises: RowProblem (rule I37).
    """
    plain = read_id(text, calendar).removesuffix(".0")
    if plain.isdigit() and plain.isascii() and len(plain) == 10:
        return plain
    if _UUID.match(plain):
        return plain
    raise RowProblem("I37", "Not an NPI: ten digits are needed.", value=text)


def read_mbi(text: str, calendar: Calendar) -> str:
    """A Medicare beneficiary identifier without dashes. Raises: RowProblem (rule I37)."""
    plain = plain_mbi(read_id(text, calendar))
    if not plain:
        raise RowProblem("I37", "Not a Medicare beneficiary identifier.", value=text)
    return plain


def plain_mbi(text: str) -> str:
    """A Medicare beneficiary identifier without dashes; an empty text for anything else."""
    plain = text.replace("-", "").replace(" ", "").upper()
    return plain if _MBI.match(plain) else ""


def read_zip(text: str, _: Calendar) -> str:
    """Five digits of a ZIP code; ``0.0`` and ``00000`` mean none. Raises: RowProblem (I37)."""
    plain = text.strip()
    as_number = plain.endswith(".0")
    plain = plain[:-2] if as_number else plain
    found = re.fullmatch(r"(\d{5})(?:-?\d{4})?", plain, re.ASCII)
    if found:
        return "" if found[1] == "00000" else found[1]
    if plain == "0" or (re.fullmatch(r"\d{3,4}", plain, re.ASCII) is not None):
        return "" if plain == "0" else plain.zfill(5)
    raise RowProblem("I37", "Not a ZIP code of five digits.", value=text)


def read_state(text: str, _: Calendar) -> str:
    """The two letters of a state. Raises: RowProblem (rule I37)."""
    found = _states().get(_plain(text))
    if found is None:
        raise RowProblem("I37", "Not a state of the United States.", value=text)
    return found


@functools.cache
def _states() -> Mapping[str, str]:
    rows = tables.load("states", "state").rows
    return {_plain(row[column]): row["state"] for row in rows for column in ("state", "name")}


def read_hcpcs(text: str, calendar: Calendar) -> str:
    """A CPT or HCPCS code in capitals, perhaps with modifiers behind it as ``99213-25``.

    Raises: RowProblem (rule I37).
    """
    found = code_and_modifiers(read_id(text, calendar))
    if found is None:
        raise RowProblem("I37", "Not a CPT or HCPCS code of five characters.", value=text)
    code, modifiers = found
    return "-".join((code, *modifiers))


def read_diagnosis(text: str, calendar: Calendar) -> str:
    """An ICD-10-CM or SNOMED CT code in capitals. Raises: RowProblem (rule I37)."""
    plain = read_id(text, calendar).upper().removesuffix(".")  # some systems store ``I10.``
    if not code_system(plain):
        said = "Neither an ICD-10-CM nor a SNOMED CT code."
        if _ICD9.match(plain):
            said += " It looks like ICD-9-CM, which ended in September 2015."
        raise RowProblem("I37", said, value=text)
    return plain


def code_system(code: str) -> str:
    """The system that a code has the shape of, or an empty text."""
    return "snomed" if _SNOMED.match(code) else "icd10cm" if _ICD10.match(code) else ""


def read_list(text: str, calendar: Calendar) -> tuple[str, ...]:
    """Parts between semicolons, bars or commas, without empty ones."""
    parts = re.split(r"[;|,]", read_note(text, calendar))
    return tuple(part.strip() for part in parts if part.strip())


def read_modifiers(text: str, calendar: Calendar) -> tuple[str, ...]:
    """Modifiers of two characters. Raises: RowProblem (rule I37)."""
    parts = tuple(re.split(r"[;|, ]+", read_note(text, calendar).upper()))
    if any(not re.fullmatch(r"[0-9A-Z]{2}", part, re.ASCII) for part in parts):
        raise RowProblem("I37", "A modifier has two characters.", value=text)
    return parts


def read_month(text: str, calendar: Calendar) -> Month:
    """A calendar month, or the month of a day. Raises: RowProblem (rule I25)."""
    plain = text.strip()
    try:
        return Month.parse(plain)
    except UsageError:
        return Month.of(dates.read_day(plain, calendar))


def _plain(text: str) -> str:
    return " ".join(text.lower().split())


@functools.cache
def _said(name: str) -> Mapping[str, str]:
    found = {word.lower(): word for word in WORDS[name]}
    found |= {word.replace("_", " "): word for word in WORDS[name] if "_" in word}
    rows = tables.load("import_words", "list", "said").rows
    return found | {row["said"]: row["means"] for row in rows if row["list"] == name}


def meaning(name: str, text: str) -> str:
    """The one of our words that a cell means, or nothing."""
    plain = _plain(text.replace("\ufe0f", ""))  # what makes a picture of a check mark
    return _said(name).get(_said("mark").get(plain, plain), "")


def read_word(name: str, text: str) -> str:
    """The one of our words that a cell means. Raises: RowProblem (rule I34)."""
    found = meaning(name, text)
    if not found:
        raise RowProblem("I34", f"Not one of: {', '.join(WORDS[name])}.", value=text)
    return found


def read_flag(text: str, _: Calendar) -> bool:
    """Yes or no. Raises: RowProblem (rule I34)."""
    return read_word("flag", text.removesuffix(".0")) == "yes"


def read_words(name: str, text: str, calendar: Calendar) -> frozenset[str]:
    """A set of our words. Raises: RowProblem (rule I34)."""
    return frozenset(read_word(name, part) for part in read_list(text, calendar))


_NULL = frozenset({"null", "\\n", "n/a", "na", "none", "nat", "(null)", "-", "--", "?"})
_NULL_ID = frozenset({"NULL", "\\N", "(null)", "N/A"})
_TEXTS = frozenset({"text", "note", "list", "modifiers"})


def is_null(reads: str, text: str) -> bool:
    """Whether a cell holds what databases and spreadsheets write for nothing.

    Only where no true value can look like that: a family may be named Null, a date may not.
    """
    plain = text.strip()
    if reads in _TEXTS or len(plain) > 6:
        return False
    if reads == "id":
        return plain in _NULL_ID
    family, _, name = reads.partition(":")
    words = _said(name or family) if (name or family) in WORDS else {}
    return plain.lower() in _NULL and plain.lower() not in words


Reader = Callable[[str, Calendar], object]

READERS: Mapping[str, Reader] = {
    "id": read_id,
    "text": read_text,
    "note": read_note,
    "npi": read_npi,
    "mbi": read_mbi,
    "zip": read_zip,
    "state": read_state,
    "hcpcs": read_hcpcs,
    "diagnosis": read_diagnosis,
    "list": read_list,
    "modifiers": read_modifiers,
    "amount": amounts.read_amount,
    "hours": amounts.read_hours,
    "count": amounts.read_count,
    "month": read_month,
    "flag": read_flag,
    "sex": lambda text, _: read_word("sex", text),
    "date": dates.read_day,
    "past_date": dates.read_past_day,
    "birth_date": dates.read_birth_day,
    "day_of_moment": dates.read_past_day,
    "moment": dates.read_moment,
    "day_with_time": dates.read_day_with_time,
    "bare_day": dates.read_bare_day,
    "moment_or_day": dates.read_start,
    "moment_or_clock": read_note,
    "clock": lambda text, _: dates.read_clock(text),
    "minutes": lambda text, _: durations.read_minutes(text),
    "minutes_in_doubt": lambda text, _: durations.read_minutes_in_doubt(text),
    "seconds": lambda text, _: durations.read_seconds(text),
    "hours_minutes": lambda text, _: durations.read_hours_minutes(text),
    "day_hours": lambda text, _: durations.read_day_hours(text),
    "minutes_beside_hours": lambda text, _: durations.read_minutes_beside_hours(text),
    "minutes_seconds": lambda text, _: durations.read_minutes_seconds(text),
}
DATE_READERS = frozenset(
    {
        "date", "past_date", "birth_date", "day_of_moment", "moment", "moment_or_day",
        "moment_or_clock", "day_with_time", "month",
    }
)  # fmt: skip


def reader(reads: str) -> Reader:
    """The function that reads cells of this kind, such as ``date`` or ``word:actor``."""
    family, _, name = reads.partition(":")
    if family == "word":
        return lambda text, _: read_word(name, text)
    if family == "words":
        return lambda text, calendar: read_words(name, text, calendar)
    return READERS[reads]
