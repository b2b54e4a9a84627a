"""From paths and uploads to named bytes: folders walked, archives opened, names made harmless."""

from __future__ import annotations

import hashlib
import itertools
import unicodedata
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from ccm_core.errors import ImportRefused, UsageError
from ccm_core.exchange import archives, inflating, limits

_MAX_NAME = 120


@dataclass(frozen=True, slots=True)
class Source:
    """One file to import. ``name`` is for showing only, never a path to open."""

    name: str
    size: int
    open: Callable[[], bytes]
    is_named: bool = False
    """Whether a person named this very file, rather than its folder or archive."""
    refused: str = ""

    def content(self) -> bytes:
        """The bytes of the file. Raises: ImportRefused."""
        if self.refused:
            raise ImportRefused(self.refused)
        limits.require(self.size, limits.MAX_FILE_BYTES, "the size of the file in bytes")
        try:
            return self.open()
        except OSError as closed:
            raise ImportRefused(_not_opened(closed)) from None


def sha256(content: bytes) -> str:
    """The hash that tells whether two files are the same."""
    return hashlib.sha256(content).hexdigest()


def shown_name(name: str) -> str:
    r"""A name that can be shown and stored: no folders, no control or invisible characters.

    >>> shown_name("../../etc/pass\x00wd")
    'passwd'
    """
    base = name.replace("\\", "/").rsplit("/", 1)[-1]
    plain = unicodedata.normalize("NFC", base)
    kept = "".join(
        sign for sign in plain if unicodedata.category(sign)[0] not in "CZ" or sign == " "
    )
    return kept.strip()[:_MAX_NAME] or "file"


def sources(what: Iterable[Any]) -> list[Source]:
    """Every file behind paths, uploads (``name`` and ``read``) and ``(name, bytes)`` pairs.

    Raises: UsageError for a path that does not exist, ImportRefused beyond the limits.
    """
    found = [source for one in what for source in _sources_of(one)]
    limits.require(len(found), limits.MAX_FILES, "the number of files")
    limits.require(
        sum(one.size for one in found), limits.MAX_TOTAL_BYTES, "the size of all files in bytes"
    )
    return _distinct(found)


def _sources_of(one: Any) -> Iterator[Source]:
    if isinstance(one, str | Path):
        yield from _of_path(Path(one))
        return
    name, content = one if isinstance(one, tuple) else (one.name, _bytes_of(one))
    yield from _of_bytes(shown_name(str(name)), content)


def _bytes_of(upload: Any) -> bytes:
    if hasattr(upload, "seek"):
        upload.seek(0)
    content = upload.read()
    return content if isinstance(content, bytes) else bytes(content)


def _of_path(path: Path) -> Iterator[Source]:
    if path.is_dir():
        for file in sorted(path.rglob("*")):
            if file.is_file() and not file.name.startswith("."):
                yield from _of_file(file, is_named=False)
    elif path.is_file():
        yield from _of_file(path, is_named=True)
    else:
        raise UsageError(f"{path.name!r} was to be imported; there is no such file or folder.")


def _of_file(path: Path, *, is_named: bool) -> Iterator[Source]:
    try:
        size = path.stat().st_size
        with path.open("rb") as file:
            head = file.read(4)
    except OSError as closed:
        yield Source(shown_name(path.name), 0, lambda: b"", is_named, _not_opened(closed))
        return
    if head == archives.ZIP_MAGIC and size <= limits.MAX_FILE_BYTES:
        yield from _of_bytes(shown_name(path.name), path.read_bytes(), is_named=is_named)
    elif head.startswith(archives.GZIP_MAGIC) and size <= limits.MAX_FILE_BYTES:
        yield _gunzipped(shown_name(path.name), path.read_bytes(), is_named=is_named)
    else:
        yield Source(shown_name(path.name), size, path.read_bytes, is_named)


def _not_opened(closed: OSError) -> str:
    return (
        f"I04: the file cannot be opened ({closed.strerror or 'no reason given'}). "
        "Give this program the right to read it, or leave it out."
    )


def _gunzipped(name: str, content: bytes, *, is_named: bool = True) -> Source:
    """One file packed by gzip, as bulk exports often are."""
    plain = name[:-3] if name.lower().endswith(".gz") else name
    try:
        size = len(archives.gunzipped(content))
    except ImportRefused as refused:
        return Source(name, len(content), lambda: content, is_named, str(refused))
    return Source(plain, size, lambda: archives.gunzipped(content), is_named)


def _of_bytes(name: str, content: bytes, *, is_named: bool = True) -> Iterator[Source]:
    if content.startswith(archives.GZIP_MAGIC):
        yield _gunzipped(name, content, is_named=is_named)
        return
    if not archives.is_zip(content) or archives.is_document(content):
        yield Source(name, len(content), lambda: content, is_named)
        return
    try:
        limits.require(len(content), limits.MAX_FILE_BYTES, "the size of the archive in bytes")
        inside = archives.members(content)
    except ImportRefused as refused:
        yield Source(name, len(content), lambda: content, is_named=True, refused=str(refused))
        return
    archive = inflating.Archive(content)
    inflated = 0
    for member, size in inside.items():
        if member.lower().endswith(".gz"):
            found = _packed_member(archive, member)
            inflated += found.size  # only known once it is inflated: stop a bomb half-way
            limits.require(inflated, limits.MAX_TOTAL_BYTES, "the inflated size in bytes")
            yield found
        else:
            yield Source(shown_name(member), size, _opener(archive, member))


def _opener(archive: inflating.Archive, member: str) -> Callable[[], bytes]:
    return lambda: archive.member(member)


def _packed_member(archive: inflating.Archive, member: str) -> Source:
    """One file of an archive that is packed by gzip, as bulk exports often are."""
    name = shown_name(member)
    try:
        packed = archive.member(member)
    except ImportRefused as refused:
        return Source(name, 0, lambda: b"", refused=str(refused))
    if not packed.startswith(archives.GZIP_MAGIC):
        return Source(name[:-3], len(packed), _opener(archive, member))
    return _gunzipped(name, packed, is_named=False)


def _distinct(found: list[Source]) -> list[Source]:
    """The same files with a number in names that stand more than once.

    The ending stays at the end: it tells what some files are, and a mapping's ``*.csv`` fits.
    """
    taken = {one.name for one in found}
    seen: set[str] = set()
    result = []
    for one in found:
        name = one.name if one.name not in seen else _numbered(one.name, taken)
        seen.add(name)
        taken.add(name)
        result.append(replace(one, name=name))
    return result


def _numbered(name: str, taken: set[str]) -> str:
    stem, dot, ending = name.rpartition(".")
    named = (f"{stem or ending} ({number}){dot if stem else ''}{ending if stem else ''}"
             for number in itertools.count(2))  # fmt: skip
    return next(one for one in named if one not in taken)
