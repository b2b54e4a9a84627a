"""Before a fee file is stored: does it cover our codes, does it clash with what is stored."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal

from ccm_core import tables
from ccm_core.money.fee_file import FeeFile, GpciRow, Problem, RvuRow


@dataclass(frozen=True, slots=True)
class Stored:
    """What is known of a stored version of a fee file."""

    kind: str
    sha256: str
    valid_from: date
    valid_to: date
    is_qp: bool | None
    version: int


def checked(file: FeeFile, stored: Iterable[Stored] = ()) -> FeeFile:
    """The file with what its contents alone cannot show: coverage and overlap."""
    return file.with_problems((*_coverage(file), *_overlap(file, stored)))


def our_codes(on: date) -> list[str]:
    """Codes that this product prices or checks on that day."""
    return sorted({row["code"] for row in tables.load("codes", "code").in_force(on)})


def _coverage(file: FeeFile) -> Iterator[Problem]:
    if file.kind != "rvu":
        return
    listed = {row.code for row in file.rows if isinstance(row, RvuRow)}
    missing = [code for code in our_codes(file.valid_from) if code not in listed]
    if missing:
        yield Problem(
            "warning", 0, "HCPCS",
            f"{len(missing)} of our codes in force on {file.valid_from} are not listed: "
            f"{', '.join(missing[:12])}{' and more' if len(missing) > 12 else ''}. They keep the "
            "amounts of the tables before.",
        )  # fmt: skip


def _overlap(file: FeeFile, stored: Iterable[Stored]) -> Iterator[Problem]:
    for old in stored:
        if old.kind != file.kind or old.is_qp != file.is_qp:
            continue
        if old.sha256 == file.sha256:
            yield Problem("error", 0, "file", f"This very file is stored as version {old.version}.")
        elif old.valid_from == file.valid_from:
            yield Problem(
                "warning", 0, "dates",
                f"Version {old.version} starts on {old.valid_from}, too: this file replaces it. "
                "The older version is kept and can be brought back.",
            )  # fmt: skip
        elif old.valid_from < file.valid_from <= old.valid_to:
            yield Problem(
                "notice", 0, "dates",
                f"Version {old.version} runs to {old.valid_to}; from {file.valid_from} this file "
                "takes its place.",
            )  # fmt: skip
        elif file.valid_from < old.valid_from <= file.valid_to:
            yield Problem(
                "notice", 0, "dates",
                f"Version {old.version} starts on {old.valid_from}; this file is in force before.",
            )  # fmt: skip


def clashes(files: Sequence[FeeFile]) -> list[FeeFile]:
    """Files of one import, each with the others that are for the same days: one must go."""
    return [
        file.with_problems(
            Problem(
                "error", 0, "dates",
                f"{other.name} is of the same kind and starts on {file.valid_from}, too. "
                "Import one of them.",
            )
            for other in files
            if other is not file and _place(other) == _place(file)
        )
        for file in files
    ]  # fmt: skip


def _place(file: FeeFile) -> tuple[str, bool | None, date]:
    return file.kind, file.is_qp, file.valid_from


def odd_indices(file: FeeFile) -> list[str]:
    """Localities whose indices lie far from all others: a shifted column looks like this."""
    rows = [row for row in file.rows if isinstance(row, GpciRow)]
    bounds = {"work_gpci": ("0.9", "1.6"), "pe_gpci": ("0.7", "1.6"), "mp_gpci": ("0.2", "3")}
    return [
        row.locality
        for row in rows
        if any(
            not Decimal(a) <= getattr(row, name) <= Decimal(b) for name, (a, b) in bounds.items()
        )
    ]
