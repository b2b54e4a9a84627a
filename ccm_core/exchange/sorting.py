"""What kind of file this is, told from its first bytes rather than from its name."""

from __future__ import annotations

import re

from ccm_core.errors import ImportRefused
from ccm_core.exchange import archives
from ccm_core.exchange.x12.kinds import looks_like_x12

FHIR, TABLE, WORKBOOK, X12, UNUSED = "fhir", "table", "workbook", "x12", "unused"

_TABLES = re.compile(r"\.(csv|tsv|tab|psv|txt)\Z", re.IGNORECASE)
_X12_NAME = re.compile(r"\.(x12|edi|837p?|835)\Z", re.IGNORECASE)
_FHIR_NAME = re.compile(r"\.(ndjson|jsonl|json)\Z", re.IGNORECASE)
_SHEETS = re.compile(r"\.(xls|xlt|xlsx|xlsm|xlsb|ods|fods|numbers)\Z", re.IGNORECASE)
_MARKS = re.compile(rb"[,;\t|]")
_OLE = b"\xd0\xcf\x11\xe0"
_OTHERS = (
    (b"%PDF-", "a PDF"), (b"{\\rtf", "a text document (RTF)"), (b"MZ\x90", "a program"),
    (b"\x89PNG", "a picture"), (b"\xff\xd8\xff", "a picture"), (b"GIF8", "a picture"),
    (b"II*\0", "a picture"), (b"MM\0*", "a picture"),
)  # fmt: skip
"""First bytes of files that are sent under the name of a table, and what they are."""
_WEB = (b"<!doctype html", b"<html")


def family(name: str, content: bytes, *, is_named: bool) -> str:
    """How a file is read. Files of a folder that are no data are ``unused``.

    Raises: ImportRefused (rule I04) for a file that a person named and that is no data.
    """
    head = content[:4096].removeprefix(b"\xef\xbb\xbf")
    if not content.strip():
        return UNUSED
    if archives.is_zip(content):
        return _of_document(name, content, is_named=is_named)
    if is_named or _TABLES.search(name) or _SHEETS.search(name):
        _require_records(name, head)
    if looks_like_x12(content[:4096]) or _X12_NAME.search(name):
        return X12
    if head.lstrip()[:1] in (b"{", b"[") or _FHIR_NAME.search(name):
        return FHIR
    if foreign := archives.foreign_kind(content):
        raise ImportRefused(
            f"I05: this is an archive of the kind {foreign}, which is not opened here. "
            "Unpack it and import its folder, or pack the files as .zip."
        )
    if content.startswith(_OLE) and (is_named or _SHEETS.search(name)):
        raise ImportRefused(
            "I04: this is a workbook of the old kind (.xls) or one with a password. "
            "Open it, take the password away, and save it as .xlsx or CSV."
        )
    if _TABLES.search(name) and (is_named or not _is_prose(name, content)):
        return TABLE
    if is_named:
        raise ImportRefused(
            "I04: this is none of the files that are read here: FHIR (.ndjson, .json), "
            "tables (.csv, .tsv, .txt, .xlsx), X12 (.837, .835), or a .zip of them."
        )
    return UNUSED


def _require_records(name: str, head: bytes) -> None:
    """Raises: ImportRefused (rule I04) for what only has the name of an export."""
    for mark, what in _OTHERS:
        if head.startswith(mark):
            raise ImportRefused(
                f"I04: this is {what}, whatever its name says. "
                "Export the records themselves, as CSV, XLSX, FHIR or X12."
            )
    text = head.lstrip().lower()
    if _SHEETS.search(name) and text.startswith(b"<"):
        raise ImportRefused(
            "I04: this is a web page or XML under the name of a workbook. "
            "Open it in a spreadsheet program and save it as .xlsx or CSV."
        )
    if text.startswith(_WEB):
        raise ImportRefused(
            "I04: this is a web page, no export: perhaps the sign-in to the record system had "
            "ended. Sign in there, and export again as CSV or XLSX."
        )


def why_unused(content: bytes) -> str:
    """Why a file of a folder was left out, in a sentence."""
    if not content.strip():
        return "The file is empty."
    if content[:4096].removeprefix(b"\xef\xbb\xbf").lstrip()[:1] == b"<":
        return (
            "XML and web pages (a C-CDA document, FHIR as XML) are not read here. "
            "Export FHIR as JSON, or tables."
        )
    return "No such file is read here. A table needs the ending .csv, .tsv, .txt or .xlsx."


def _of_document(name: str, content: bytes, *, is_named: bool) -> str:
    """A workbook; another office document of a folder is ``unused``. Raises: ImportRefused."""
    if archives.is_workbook(content) or not archives.is_document(content):
        return WORKBOOK
    if is_named or _SHEETS.search(name):
        raise ImportRefused(
            "I04: this is an office document, but no .xlsx workbook. "
            "Open it and save it as .xlsx, or each sheet as CSV."
        )
    return UNUSED


def _is_prose(name: str, content: bytes) -> bool:
    """Whether a text of a folder (a read-me file) has no separator where a header would stand."""
    first = content.strip().split(b"\n", 1)[0]
    return name.lower().endswith(".txt") and not _MARKS.search(first)
