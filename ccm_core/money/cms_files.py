"""CMS fee files as published: which file it is, its rows, and what is wrong with it.

Pure functions over bytes. Nothing is stored here, and no descriptor text is
kept: those belong to the AMA.
"""

from __future__ import annotations

import io
import zipfile
import zlib
from collections.abc import Sequence
from dataclasses import replace
from pathlib import PurePosixPath

from ccm_core.errors import ImportRefused
from ccm_core.exchange import archives
from ccm_core.money import cms_places, cms_sheets, cms_zip
from ccm_core.money.cms_rvu import is_rvu, read_rvu
from ccm_core.money.cms_text import MOST_BYTES, csv_rows, text_of
from ccm_core.money.fee_file import KINDS, FeeFile, fingerprint

MOST_MEMBERS = 200
_READERS = {
    "rvu": read_rvu,
    "gpci": cms_places.read_gpci,
    "counties": cms_places.read_counties,
    "zip": cms_zip.read_zip,
    "amounts": cms_places.read_amounts,
}
_SNIFFED_CHARACTERS = 20_000


def kind_of(name: str, text: str) -> str:
    """Which of CMS's files this is, by its contents. Raises: ImportRefused."""
    if cms_zip.is_zip(text):
        return "zip"
    rows = csv_rows(text[:_SNIFFED_CHARACTERS].rsplit("\n", 1)[0])
    tests = {
        "rvu": is_rvu,
        "gpci": cms_places.is_gpci,
        "counties": cms_places.is_counties,
        "amounts": cms_places.is_amounts,
    }
    for kind, fits in tests.items():
        if fits(rows):
            return kind
    known = "; ".join(KINDS.values())
    raise ImportRefused(
        f"{name} is none of the CMS fee files that are read: {known}. Import the CSV or XLSX file "
        "of the package with its heading lines, or the whole package as a ZIP file."
    )


def read(name: str, data: bytes) -> FeeFile:
    """One file. Raises: ImportRefused when it cannot be read at all."""
    if not archives.is_workbook(data):
        text = text_of(name, data)
        return _READERS[kind_of(name, text)](name, data, text)
    sheets = _recognized(name, cms_sheets.texts(name, data))
    if len(sheets) != 1:
        raise ImportRefused(
            f"{name} has {len(sheets)} sheets with fees; one file may have one. Save each as CSV."
        )
    kind, text = sheets[0]
    return _READERS[kind](name, data, text)


def _recognized(name: str, texts: Sequence[str]) -> list[tuple[str, str]]:
    found, refused = [], None
    for text in texts:
        try:
            found.append((kind_of(name, text), text))
        except ImportRefused as error:
            refused = error
    if not found:
        raise refused or ImportRefused(f"{name} is an empty workbook.")
    return found


def read_package(name: str, data: bytes) -> tuple[list[FeeFile], list[str]]:
    """The files of a CMS ZIP package (or the one file), and the names of what was left out.

    Packages hold each table several times: text goes before workbooks, and what
    is not recognized is left out. Raises: ImportRefused.
    """
    if archives.is_workbook(data) or not archives.is_zip(data):
        return [read(name, data)], []
    found: list[FeeFile] = []
    skipped: list[str] = []
    read_stems: set[str] = set()
    for member, content in _members(name, data, skipped):
        path = PurePosixPath(member)
        is_copy = path.suffix.lower() == ".xlsx" and path.stem.lower() in read_stems
        if is_copy or any(fingerprint(content) == file.sha256 for file in found):
            skipped.append(f"{path.name} was read already, as another file of this package.")
            continue
        try:
            made = read(path.name, content)
        except ImportRefused as refused:
            skipped.append(str(refused))
            continue
        read_stems.add(path.stem.lower())
        if any(_says_the_same(made, file) for file in found):
            skipped.append(f"{path.name} says the same as another file of this package.")
        else:
            found.append(made)
    if not found:
        raise ImportRefused(f"{name} holds no fee file that is read. {' '.join(skipped[:3])}")
    return found, skipped


def _says_the_same(one: FeeFile, other: FeeFile) -> bool:
    if (one.kind, one.is_qp, one.valid_from) != (other.kind, other.is_qp, other.valid_from):
        return False
    return {replace(row, line=0) for row in one.rows} == {
        replace(row, line=0) for row in other.rows
    }


def _members(name: str, data: bytes, skipped: list[str]) -> list[tuple[str, bytes]]:
    """The members that may hold fees, text before workbooks; others are named in ``skipped``."""
    found, size = [], 0
    with _opened(name, data) as package:
        members = [m for m in package.infolist() if not m.is_dir()]
        if len(members) > MOST_MEMBERS:
            raise ImportRefused(f"{name} holds {len(members)} files; at most {MOST_MEMBERS}.")
        for member in sorted(members, key=lambda m: m.filename.lower().endswith(".xlsx")):
            kind = PurePosixPath(member.filename).suffix.lower()
            if kind == ".zip":
                skipped.append(f"{member.filename} is a package inside; import it on its own.")
            if kind not in (".csv", ".txt", ".xlsx") or "__MACOSX" in member.filename:
                continue
            text = _inflated(name, package, member, MOST_BYTES - size + 1)
            size += len(text)
            if size > MOST_BYTES:
                raise ImportRefused(f"{name} unpacks to more than {MOST_BYTES:,} bytes.")
            found.append((member.filename, text))
    return found


def _opened(name: str, data: bytes) -> zipfile.ZipFile:
    try:
        return zipfile.ZipFile(io.BytesIO(data))
    except (zipfile.BadZipFile, ValueError) as bad:
        raise ImportRefused(f"{name} is a damaged package. Fetch it again.") from bad


def _inflated(name: str, package: zipfile.ZipFile, member: zipfile.ZipInfo, most: int) -> bytes:
    try:
        with package.open(member) as content:
            return content.read(most)
    except (zipfile.BadZipFile, zlib.error, RuntimeError, OSError, EOFError, ValueError) as bad:
        raise ImportRefused(
            f"{name}: {member.filename} is damaged or needs a password. Unpack it, and import "
            "its files."
        ) from bad
