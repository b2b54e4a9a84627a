"""Archives, checked before anything in them is inflated.

Python's zip reader never gives out more bytes than a member declares, and fails
when there are fewer, so sums of the declared sizes bound what will be inflated.
"""

from __future__ import annotations

import gzip
import io
import re
import stat
import zipfile
import zlib

from ccm_core.errors import ImportRefused
from ccm_core.exchange import limits

ZIP_MAGIC = b"PK\x03\x04"
GZIP_MAGIC = b"\x1f\x8b"
_LONGEST_END = 22 + 65_535
"""The record at the end of an archive, and the longest remark behind it."""
_NESTED = re.compile(r"\.(zip|tar\.gz|tgz|tar|bz2|xz|7z|rar)\Z", re.IGNORECASE)
_SKIPPED = re.compile(
    r"(^|[/\\])(__MACOSX[/\\]|\.DS_Store\Z|Thumbs\.db\Z|desktop\.ini\Z|\._)", re.I
)
_OTHERS = {
    b"7z\xbc\xaf\x27\x1c": "7z",
    b"Rar!\x1a\x07": "RAR",
    b"BZh": "bzip2",
    b"\xfd7zXZ\x00": "xz",
    b"\x28\xb5\x2f\xfd": "Zstandard",
}
"""How archives begin that are not opened here."""


def is_zip(content: bytes) -> bool:
    """Whether the bytes begin like a zip archive (a workbook is one too)."""
    return content.startswith(ZIP_MAGIC)


def foreign_kind(content: bytes) -> str:
    """The kind of an archive that is not opened here (``tar``, ``7z``), or an empty text."""
    if content[257:262] == b"ustar":
        return "tar"
    return next((kind for mark, kind in _OTHERS.items() if content.startswith(mark)), "")


def is_workbook(content: bytes) -> bool:
    """Whether a zip archive has the parts of an XLSX workbook."""
    try:
        with _opened(content) as archive:
            return "xl/workbook.xml" in archive.namelist()
    except ImportRefused:
        return False


def is_document(content: bytes) -> bool:
    """Whether a zip archive is one document of an office program, to be read whole or not at all.

    Microsoft's have a list of content types, OpenDocument's a member with their type.
    """
    try:
        with _opened(content) as archive:
            return not {"[Content_Types].xml", "mimetype"}.isdisjoint(archive.namelist())
    except ImportRefused:
        return False


def gunzipped(content: bytes) -> bytes:
    """The bytes of a file packed by gzip. Raises: ImportRefused (rules I03, I04)."""
    most = min(limits.MAX_FILE_BYTES, max(limits.MIB, len(content) * limits.MAX_ZIP_RATIO))
    try:
        with gzip.GzipFile(fileobj=io.BytesIO(content)) as file:
            found = file.read(most + 1)
    except (OSError, EOFError, zlib.error):
        raise ImportRefused(
            "I04: the packed file is damaged or cut off. Pack the export again."
        ) from None
    limits.require(len(found), most, "the unpacked size in bytes")
    return found


def members(content: bytes) -> dict[str, int]:
    """Name and size of each file in an archive. Raises: ImportRefused (rules I03, I04, I05)."""
    with _opened(content) as archive:
        found = [info for info in archive.infolist() if not info.is_dir()]
        found = [info for info in found if not _SKIPPED.search(info.filename)]
        limits.require(len(found), limits.MAX_ZIP_MEMBERS, "the number of files in the archive")
        for info in found:
            _require_plain(info)
        names = [info.filename for info in found]
        if len(set(names)) != len(names):
            raise ImportRefused("I05: two files in the archive have one name. Pack it again.")
        _require_modest(found, len(content), limits.MAX_TOTAL_BYTES)
        for info in found:
            limits.require(info.file_size, limits.MAX_FILE_BYTES, "a file in the archive")
    return {info.filename: info.file_size for info in found}


def member(content: bytes, name: str) -> bytes:
    """The bytes of one file of an archive. Raises: ImportRefused (rule I04)."""
    try:
        with _opened(content) as archive:
            info = archive.getinfo(name)
            with archive.open(info) as file:
                # No more than its list of files says: read() would inflate all there is.
                return file.read(info.file_size + 1)
    except (zipfile.BadZipFile, zlib.error, RuntimeError, OSError, EOFError, ValueError):
        raise ImportRefused(
            "I04: a file in the archive is damaged, encrypted, or packed by an unknown method. "
            "Pack the export again as a plain zip."
        ) from None


def require_modest_workbook(content: bytes) -> None:
    """Refuse a workbook that inflates beyond the limits. Raises: ImportRefused (I03, I04)."""
    with _opened(content) as archive:
        found = archive.infolist()
        limits.require(len(found), limits.MAX_XLSX_MEMBERS, "the number of parts in the workbook")
        _require_modest(found, len(content), limits.MAX_XLSX_BYTES)


def _opened(content: bytes) -> zipfile.ZipFile:
    limits.require(
        _directory_bytes(content), limits.MAX_ZIP_DIRECTORY_BYTES, "the archive's list of files"
    )
    try:
        return zipfile.ZipFile(io.BytesIO(content))
    except (zipfile.BadZipFile, ValueError, OSError, NotImplementedError):
        raise ImportRefused(
            "I04: the archive is damaged or cut off. Pack the export again."
        ) from None


def _directory_bytes(content: bytes) -> int:
    """The size of the list of files, as the end of the archive says; 0 when it has no end."""
    at = content.rfind(b"PK\x05\x06", -_LONGEST_END)
    if at < 0 or at + 16 > len(content):
        return 0
    small = int.from_bytes(content[at + 12 : at + 16], "little")
    wide = content.rfind(b"PK\x06\x06", 0, at)
    large = int.from_bytes(content[wide + 40 : wide + 48], "little") if wide >= 0 else 0
    return large if small == 0xFFFFFFFF else small


def _require_plain(info: zipfile.ZipInfo) -> None:
    """Refuse names that leave the archive, links, encryption and archives within."""
    name = info.filename.replace("\\", "/")  # as some programs of Windows write folders
    leaves = name.startswith("/") or ".." in name.split("/") or re.match(r"[A-Za-z]:", name)
    if leaves or "\0" in name:
        raise ImportRefused("I05: a file in the archive has a path that leads outside of it.")
    if stat.S_ISLNK(info.external_attr >> 16):
        raise ImportRefused("I05: the archive holds a link. Pack the files themselves.")
    if info.flag_bits & 0x1:
        raise ImportRefused("I05: the archive is encrypted. Unpack it and import the folder.")
    if _NESTED.search(name):
        raise ImportRefused("I05: the archive holds another archive. Unpack the inner one.")


def _require_modest(found: list[zipfile.ZipInfo], stored: int, most: int) -> None:
    inflated = sum(info.file_size for info in found)
    limits.require(inflated, most, "the inflated size in bytes")
    if inflated > limits.MIB and inflated > stored * limits.MAX_ZIP_RATIO:
        raise ImportRefused(
            f"I03: the archive would inflate more than {limits.MAX_ZIP_RATIO} times. "
            "Text does not shrink that well; pack the export again."
        )
