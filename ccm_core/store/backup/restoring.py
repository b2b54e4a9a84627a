"""``ccm restore``: a backup to a new place, and only after it proved to be whole."""

from __future__ import annotations

import hashlib
import os
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from sqlalchemy import inspect
from sqlalchemy.engine import make_url

from ccm_core import working
from ccm_core.errors import UsageError
from ccm_core.store import access_log, db, stamping
from ccm_core.store.backup import sealed, snapshot
from ccm_core.store.backup.keys import read_key
from ccm_core.store.backup.manifest import Manifest
from ccm_core.store.scratching import scratch


@dataclass(frozen=True, slots=True)
class Restored:
    """A restored database that equals its manifest."""

    url: str
    manifest: Manifest
    seconds: float


def restore(backup: Path, to: str) -> Restored:
    """Restore to a new file, or to an empty PostgreSQL database named by its URL.

    Every check comes first: key and bytes, SHA-256, integrity, counts, the chain of the
    access log. Raises: UsageError; then nothing is left at the new place.
    """
    started = time.monotonic()
    url = db.database_url(to if "://" in to else f"sqlite:///{to}")
    parts = make_url(url)
    kind = parts.get_backend_name()
    _require_new(url)
    with scratch() as room:
        manifest = _unpacked(backup, room / "copy")
        if manifest.database != kind:
            raise UsageError(
                f"This is a backup of {manifest.database}; it cannot be restored to {kind}."
            )
        working.tell("Comparing what is restored with what was backed up")
        if kind == "sqlite":
            _place(room / "copy", Path(str(parts.database)), manifest)
        else:
            _load_postgres(room / "copy", url, manifest)
    return Restored(url, manifest, time.monotonic() - started)


def put_on_record(restored: Restored) -> None:
    """Note in the restored database's own log that it was restored."""
    with db.session(restored.url, write=True) as session:
        stamping.renew(session)
        access_log.record(session, None, "restore", "database", restored.manifest.created_at)
    db.dispose(restored.url)


def _require_new(url: str) -> None:
    parts = make_url(url)
    if parts.get_backend_name() == "sqlite":
        if Path(str(parts.database)).exists():
            raise UsageError(
                "There is a file at that place already. A backup is restored to a new place "
                "only; move the old file away yourself if it is not needed."
            )
        return
    with db.engine(url).connect() as connection:
        if inspect(connection).get_table_names():
            raise UsageError("That PostgreSQL database is not empty; name an empty one.")


def _unpacked(backup: Path, to: Path) -> Manifest:
    """Decrypt into a private file. Raises: UsageError when a byte is not what was written."""
    try:
        with backup.open("rb") as source, to.open("xb") as target:
            to.chmod(0o600)
            pieces = sealed.unseal(source, read_key())
            manifest, rest = _split(pieces)
            seen = hashlib.sha256()
            for piece in rest:
                seen.update(piece)
                target.write(piece)
                part = target.tell() / max(1, manifest.size_bytes)
                working.tell("Decrypting the backup", part, 1)
    except OSError as error:
        raise UsageError(f"The backup could not be unpacked: {error.strerror}.") from error
    if seen.hexdigest() != manifest.sha256:
        raise UsageError("The content of this backup is not what its list says.")
    return manifest


def _split(pieces: Iterator[bytes]) -> tuple[Manifest, Iterator[bytes]]:
    first = next(pieces)
    end = 4 + int.from_bytes(first[:4], "big")
    while len(first) < end:
        first += next(pieces)

    def rest() -> Iterator[bytes]:
        yield first[end:]
        yield from pieces

    return Manifest.parse(first[4:end]), rest()


def _place(copy: Path, to: Path, manifest: Manifest) -> None:
    _require_equal(manifest, snapshot.facts_of_file(copy))
    _require_chain(f"sqlite:///{copy}", manifest)
    to.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    part = to.with_name(to.name + ".part")
    try:
        with copy.open("rb") as source, part.open("xb") as target:
            part.chmod(0o600)
            while piece := source.read(sealed.CHUNK):
                target.write(piece)
            target.flush()
            os.fsync(target.fileno())
        part.rename(to)
    except OSError as error:
        raise UsageError(f"It could not be written there: {error.strerror}.") from error
    finally:
        part.unlink(missing_ok=True)


def _load_postgres(copy: Path, url: str, manifest: Manifest) -> None:
    program = snapshot.program_named("pg_restore")
    options = ["--exit-on-error", "--single-transaction", "--no-owner", "--no-privileges"]
    parts = make_url(url)
    snapshot.run([program, *options, f"--dbname={parts.database}", str(copy)], parts)
    with db.engine(url).connect() as connection:
        _require_equal(manifest, snapshot.facts_of(connection))
    _require_chain(url, manifest)


def _require_equal(manifest: Manifest, found: snapshot.Facts) -> None:
    said = manifest.differences(found)
    if said:
        raise UsageError("The backup does not hold what its list says. " + " ".join(said))


def _require_chain(url: str, manifest: Manifest) -> None:
    with db.session(url) as session:
        found = access_log.verify(session)
    db.dispose(url)
    if not found.is_intact or found.last_seq != manifest.log_seq:
        raise UsageError(
            f"The access log in this backup is broken at entry {found.first_bad_seq}, or this "
            "machine has another log key. Put back log.key (or CCM_LOG_KEY) and try again."
        )
