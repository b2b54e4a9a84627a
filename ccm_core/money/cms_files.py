"""CMS fee files as published: which file it is, its rows, and what is wrong with it.

Pure functions over bytes. Nothing is stored here, and no descriptor text is
kept: those belong to the AMA.
"""

from __future__ import annotations

import io
import zipfile
from pathlib import PurePosixPath

from ccm_core.errors import ImportRefused
from ccm_core.money import cms_places
from ccm_core.money.cms_rvu import is_rvu, read_rvu
from ccm_core.money.cms_text import MOST_BYTES, csv_rows, text_of
from ccm_core.money.fee_file import KINDS, FeeFile

MOST_MEMBERS = 200
_READERS = {
    "rvu": read_rvu,
    "gpci": cms_places.read_gpci,
    "counties": cms_places.read_counties,
    "zip": cms_places.read_zip,
    "amounts": cms_places.read_amounts,
}
_SNIFFED_CHARACTERS = 20_000


def kind_of(name: str, text: str) -> str:
    """Which of CMS's files this is, by its contents. Raises: ImportRefused."""
    if cms_places.is_zip(text):
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
    raise ImportRefused(f"{name} is none of the CMS fee files that are read: {known}.")


def read(name: str, data: bytes) -> FeeFile:
    """One file. Raises: ImportRefused when it cannot be read at all."""
    text = text_of(name, data)
    return _READERS[kind_of(name, text)](name, data, text)


def read_package(name: str, data: bytes) -> tuple[list[FeeFile], list[str]]:
    """The files of a CMS ZIP package (or the one file), and the names of what was left out.

    Packages hold each table several times; only CSV and TXT are read, and of
    those only what is recognized. Raises: ImportRefused.
    """
    if not zipfile.is_zipfile(io.BytesIO(data)):
        return [read(name, data)], []
    found, skipped, seen = [], [], set()
    for member, content in _members(name, data):
        try:
            made = read(member, content)
        except ImportRefused as refused:
            skipped.append(str(refused))
            continue
        if made.sha256 not in seen:
            found.append(made)
        seen.add(made.sha256)
    if not found:
        raise ImportRefused(f"{name} holds no fee file that is read. {' '.join(skipped[:3])}")
    return found, skipped


def _members(name: str, data: bytes) -> list[tuple[str, bytes]]:
    found, size = [], 0
    with zipfile.ZipFile(io.BytesIO(data)) as package:
        members = [m for m in package.infolist() if not m.is_dir()]
        if len(members) > MOST_MEMBERS:
            raise ImportRefused(f"{name} holds {len(members)} files; at most {MOST_MEMBERS}.")
        for member in members:
            if PurePosixPath(member.filename).suffix.lower() not in (".csv", ".txt"):
                continue
            with package.open(member) as content:
                text = content.read(MOST_BYTES - size + 1)
            size += len(text)
            if size > MOST_BYTES:
                raise ImportRefused(f"{name} unpacks to more than {MOST_BYTES:,} bytes.")
            found.append((PurePosixPath(member.filename).name, text))
    return found
