"""The service of imported fee files: look at them, store them as versions, take one back.

Nothing is stored before ``commit``. A version is never deleted: going back only
takes it out of force, and what was in force before is in force again.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import asdict, dataclass
from datetime import date, datetime
from decimal import Decimal
from typing import TYPE_CHECKING, Any

from ccm_core import fees, overlay
from ccm_core.access.identity import Identity
from ccm_core.access.permissions import require
from ccm_core.errors import CcmError, Conflict, ImportRefused, UsageError
from ccm_core.money.cms_files import read_package
from ccm_core.money.fee_checks import Stored, checked, clashes, odd_indices, our_codes
from ccm_core.money.fee_file import KINDS, AmountRow, FeeFile, Problem
from ccm_core.money.fee_overlay import PRICING, as_stored, overlay_of
from ccm_core.months import utc_now
from ccm_core.overlay import Overlay
from ccm_core.store import access_log, fee_rows, fees_in_force, numbered_rows
from ccm_core.store.schema import FeeVersion

if TYPE_CHECKING:
    from sqlmodel import Session

PAGE = "fee_tables"
_MOST_DIFFERENCES = 5


@dataclass(frozen=True, slots=True)
class Moved:
    """A national amount before and after an import; None where there is none."""

    code: str
    on: date
    setting: str
    before_usd: Decimal | None
    after_usd: Decimal | None


@dataclass(frozen=True, slots=True)
class Staged:
    """Files as read and checked; nothing of them is stored."""

    files: tuple[FeeFile, ...]
    skipped: tuple[str, ...]
    """Why members of a package were left out."""
    moved: tuple[Moved, ...]

    @property
    def is_storable(self) -> bool:
        return bool(self.files) and all(file.is_storable for file in self.files)


@dataclass(frozen=True, slots=True)
class Version:
    """One stored version as a page or a script shows it."""

    id: int
    kind: str
    number: int
    file_name: str
    title: str
    sha256: str
    valid_from: date
    valid_to: date
    is_qp: bool | None
    row_count: int
    imported_by: str
    imported_at: datetime
    is_active: bool
    reverted_by: str
    reverted_at: datetime | None

    @property
    def label(self) -> str:
        """``rvu 3``: how a person names it."""
        return f"{self.kind} {self.number}"


def stage(
    session: Session, who: Identity, uploads: Iterable[tuple[str, bytes]],
    first_day: date | None = None,
) -> Staged:  # fmt: skip
    """Read and check files; nothing changes. Raises: PermissionDenied, ImportRefused."""
    require(who, PAGE, "import")
    return stage_as(session, uploads, first_day)


def commit(session: Session, who: Identity, staged: Staged) -> list[Version]:
    """Store all files as new versions, or none. Raises: PermissionDenied, ImportRefused."""
    require(who, PAGE, "import")
    return commit_as(session, who, who.name or who.username, staged)


def revert(session: Session, who: Identity, version_id: int, reason: str = "") -> Version:
    """Take a version out of force. Raises: PermissionDenied, UsageError, Conflict."""
    require(who, PAGE, "import")
    return revert_as(session, who, who.name or who.username, version_id, reason)


def listed(session: Session, who: Identity) -> list[Version]:
    """Every version, the newest first. Raises: PermissionDenied."""
    require(who, PAGE, "view")
    return listed_as(session)


def listed_as(session: Session) -> list[Version]:
    """The same for the command line, whose user holds the database anyway."""
    return [Version(**row) for row in fee_rows.listed(session)]


def stage_as(
    session: Session, uploads: Iterable[tuple[str, bytes]], first_day: date | None = None
) -> Staged:
    """Read and check files; nothing changes. Raises: ImportRefused."""
    read: dict[str, FeeFile] = {}
    skipped: list[str] = []
    for name, data in uploads:
        found, left_out = read_package(name, data)
        skipped += left_out
        for file in found:
            dated = file.dated(first_day, file.valid_to) if first_day else file
            read.setdefault(file.sha256, dated)
    known = _known(session)
    files = clashes([_odd(checked(file, known)) for file in read.values()])
    before, after = fees_in_force.of_store(session), _candidate(session, files)
    return Staged(
        tuple(_published(file, after) for file in files), tuple(skipped),
        tuple(_moved(files, before, after)),
    )  # fmt: skip


def _known(session: Session) -> list[Stored]:
    return [
        Stored(v.kind, v.sha256, v.valid_from, v.valid_to, v.is_qp, v.number)
        for v in listed_as(session)
        if v.is_active
    ]


def _candidate(session: Session, files: Sequence[FeeFile]) -> Overlay:
    """The fees as they would be with these files."""
    stored = fees_in_force.files(session)
    highest = max((file.number for file in stored), default=0)
    new = [
        as_stored(file, highest + i, "preview", utc_now())
        for i, file in enumerate(files, start=1)
        if file.is_storable
    ]
    return overlay_of([*stored, *new], fees_in_force.contracts(session))


def _odd(file: FeeFile) -> FeeFile:
    odd = odd_indices(file)
    if not odd:
        return file
    said = f"Indices far from all others: {', '.join(odd[:5])}. Check that no column is shifted."
    return file.with_problems([Problem("warning", 0, "GPCI", said)])


def _published(file: FeeFile, after: Overlay) -> FeeFile:
    """Hold an amount file's dollars against what the formula gives; neither changes a price."""
    if file.kind != "amounts":
        return file
    rows = [row for row in file.rows if isinstance(row, AmountRow) and not row.modifier]
    with overlay.pinned(after):
        held = [pair for row in rows for pair in _pairs(row, file.valid_from)]
    wrong = [said for said, is_same in held if not is_same]
    told = (
        f"{len(held) - len(wrong)} of {len(held)} published amounts that can be worked out here "
        "agree to the cent. Files of this kind are a check; they change no price."
    )
    more = f" Differing: {'; '.join(wrong[:_MOST_DIFFERENCES])}." if wrong else ""
    level = "warning" if wrong else "notice"
    return file.with_problems([Problem(level, 0, "amount", told + more)])


def _pairs(row: AmountRow, on: date) -> Iterator[tuple[str, bool]]:
    for setting, usd in (("nonfacility", row.nonfacility_usd), ("facility", row.facility_usd)):
        ours = _amount(row.code, on, setting, row.locality)
        if ours is not None and usd:
            yield f"{row.code} {row.locality} {setting} {usd}, here {ours}", ours == usd


def _amount(code: str, on: date, setting: str, place: str = fees.NATIONAL) -> Decimal | None:
    try:
        return fees.allowed(code, on, place, setting).allowed_usd
    except CcmError:
        return None


def _moved(files: Sequence[FeeFile], before: Overlay, after: Overlay) -> Iterator[Moved]:
    days = sorted({file.valid_from for file in files if file.kind == "rvu"})
    for on in days:
        for code in our_codes(on):
            for setting in fees.SETTINGS:
                with overlay.pinned(before):
                    old = _amount(code, on, setting)
                with overlay.pinned(after):
                    new = _amount(code, on, setting)
                if old != new:
                    yield Moved(code, on, setting, old, new)


def commit_as(session: Session, actor: Identity | None, name: str, staged: Staged) -> list[Version]:
    """Store all files as new versions, or none. Raises: ImportRefused."""
    _refuse(staged)
    fee_rows.lock(session)
    # What was checked when the files were read may have changed since.
    known = _known(session)
    again = [file.name for file in staged.files for old in known if old.sha256 == file.sha256]
    if again:
        raise ImportRefused(f"{', '.join(again)} was stored by somebody else meanwhile.")
    made = [Version(**fee_rows.add(session, file, name)) for file in staged.files]
    for version in made:
        access_log.record(
            session, actor, "import", "fee_version", version.label, "ok",
            f"{name}: {version.file_name} {version.sha256[:12]}",
        )  # fmt: skip
    return made


def _refuse(staged: Staged) -> None:
    if not staged.files:
        raise ImportRefused("No fee file was given; nothing was stored.")
    for file in staged.files:
        bad = [p for p in file.problems if p.level == "error"]
        if bad or not file.rows:
            said = f"line {bad[0].line}, {bad[0].column}: {bad[0].reason}" if bad else "no rows."
            raise ImportRefused(
                f"{file.name} has {len(bad)} errors, first {said} Nothing was stored."
            )


def revert_as(
    session: Session, actor: Identity | None, name: str, version_id: int, reason: str
) -> Version:
    """Take a version out of force. Raises: UsageError, Conflict."""
    fee_rows.lock(session)
    found = next((v for v in listed_as(session) if v.id == version_id), None)
    if found is None:
        raise UsageError(f"Version {version_id} was asked; the list of versions has no such one.")
    if not found.is_active:
        raise Conflict(f"{found.label} was taken back already, by {found.reverted_by}.")
    numbered_rows.take_back(session, FeeVersion, version_id, name)
    access_log.record(session, actor, "revert", "fee_version", found.label, "ok", reason or name)
    return next(v for v in listed_as(session) if v.id == version_id)


def find(session: Session, wanted: str) -> int:
    """The version that a person names: its id, or kind and number as ``rvu-3``.

    Raises: UsageError.
    """
    for version in listed_as(session):
        if wanted in (str(version.id), version.label.replace(" ", "-")):
            return version.id
    raise UsageError(f"Version {wanted!r} was asked; `ccm fees list` shows what there is.")


def report(staged: Staged) -> dict[str, Any]:
    """What was read and what is wrong with it, as plain JSON."""
    return {
        "files": [
            {
                "name": f.name, "kind": f.kind, "what": KINDS[f.kind], "title": f.title,
                "layout": f.layout, "rows": len(f.rows), "valid_from": f.valid_from.isoformat(),
                "valid_to": f.valid_to.isoformat(), "qp": f.is_qp, "sha256": f.sha256,
                "prices": f.kind in PRICING, "storable": f.is_storable,
                "problems": [asdict(problem) for problem in f.problems],
            }
            for f in staged.files
        ],
        "skipped": list(staged.skipped),
        "changes": [
            {
                "code": m.code, "on": m.on.isoformat(), "setting": m.setting,
                "before_usd": None if m.before_usd is None else str(m.before_usd),
                "after_usd": None if m.after_usd is None else str(m.after_usd),
            }
            for m in staged.moved
        ],
    }  # fmt: skip


def as_plain(version: Version) -> dict[str, Any]:
    """One version as plain JSON."""
    found = asdict(version)
    return {
        name: value.isoformat() if isinstance(value, date) else value
        for name, value in found.items()
    }
