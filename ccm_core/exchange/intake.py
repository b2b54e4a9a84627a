"""Import in two steps: `stage` reads everything and reports, `commit` writes it once.

Nothing is written while staging. Committing decides anew against the store as it
then is, inside one transaction, so that nothing is ever half imported.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import date
from typing import Any

from ccm_core.errors import ImportRefused
from ccm_core.exchange import (
    diagnosis_tables,
    fhir_in,
    gather,
    outcome,
    rows_in,
    settle,
    sorting,
    tables_in,
    whose,
    withdrawn,
    x12_rows,
)
from ccm_core.exchange import mapping as mappings
from ccm_core.exchange.dates import Calendar
from ccm_core.exchange.drafts import Draft
from ccm_core.exchange.fhir_refs import Directory
from ccm_core.exchange.gather import Source
from ccm_core.exchange.layout import UNUSED, AskError
from ccm_core.exchange.mapping import Mappings
from ccm_core.exchange.report import Item, Question, Report, StagedFile
from ccm_core.months import time_zone, utc_now
from ccm_core.records import Practice

Progress = Callable[[float, str], None]
"""Told the part that is done (0 to 1) and what is being read."""

ROWS_BETWEEN_NEWS = 5_000
"""Rows of a large file between two signs of life."""

REFUSED = "refused"
"""Kind of a file that could not be read."""


@dataclass
class Staged:
    """An import that has been read and not yet written."""

    practice: Practice
    files: list[StagedFile] = field(default_factory=list)
    mappings: Mappings = field(default_factory=Mappings)
    report: Report = field(default_factory=lambda: Report((), ()))


def stage(
    what: Iterable[Any],
    practice: Practice,
    mapping: Mappings | Mapping[str, Any] | None = None,
    progress: Progress | None = None,
    known: whose.Known | None = None,
) -> Staged:
    """Read every file and tell what would become of each row.

    ``what``: paths, uploads or ``(name, bytes)``. ``mapping``: what a person said about
    foreign headers, read (`mapping.load`) or as plain dictionaries. ``known``: what is stored (see
    `ccm_core.exchange.known.Stored`); without it the store counts as empty.
    Raises: UsageError for a path that does not exist, ImportRefused beyond the limits.
    """
    said = mapping if isinstance(mapping, Mappings) else mappings.of(mapping or {})
    staged = Staged(practice, mappings=said)
    reading = _Reading(staged, gather.sources(what), progress or _silent)
    reading.look_up()
    staged.files = [one for source in reading.sources for one in reading.read(source)]
    reading.progress(1.0, "comparing with what is stored")
    known = known or whose.Nothing()
    withdrawn.tell(staged.files, known)
    withdrawn.tell_merged(staged.files, reading.directory.merged_ids(), known)
    staged.report = outcome.report(staged.files, settle.settle(staged.files, known))
    return staged


def _silent(_: float, __: str) -> None:
    return None


@dataclass
class _Reading:
    """One pass over the files of an import."""

    staged: Staged
    sources: list[Source]
    progress: Progress
    directory: Directory = field(default_factory=Directory)
    names: dict[str, str] = field(default_factory=dict)
    families: dict[str, str] = field(default_factory=dict)
    done: int = 0

    @property
    def total(self) -> int:
        """Bytes of all files."""
        return sum(one.size for one in self.sources) or 1

    def calendar(self) -> Calendar:
        zone = time_zone(self.staged.practice.time_zone)
        return Calendar(zone, _today(self.staged.practice))

    def look_up(self) -> None:
        """Learn what files call each other's rows, whatever their order."""
        has_plans = False
        for source in self.sources:
            with suppress(ImportRefused):  # told when the file is read
                content = source.content()
                found = sorting.family(source.name, content, is_named=source.is_named)
                self.families[source.name] = found
                if found == sorting.FHIR:
                    has_plans |= fhir_in.FhirFile(content).holds("CarePlan")
                elif found == sorting.TABLE:
                    self.names |= tables_in.payer_names(source.name, content)
        for source in self.sources:
            if self.families.get(source.name) == sorting.FHIR:
                with suppress(ImportRefused):
                    file = fhir_in.FhirFile(source.content(), source.name)
                    fhir_in.collect(file, self.directory, with_conditions=has_plans)
        self.directory.close()

    def read(self, source: Source) -> Iterator[StagedFile]:
        """The files within a source: a workbook has one for each sheet."""
        self.progress(self.done / self.total, source.name)
        self.done += source.size
        file = StagedFile(source.name, size=source.size)
        try:
            content = source.content()
            file.sha256 = gather.sha256(content)
            family = self.families.get(source.name) or sorting.family(
                source.name, content, is_named=source.is_named
            )
            yield from self._of_family(family, file, content)
        except ImportRefused as refused:
            yield _refuse(file, refused)
        self.progress(self.done / self.total, source.name)

    def _of_family(self, family: str, file: StagedFile, content: bytes) -> Iterator[StagedFile]:
        if family == sorting.UNUSED:
            file.kind = UNUSED
            file.notes[sorting.why_unused(content)] += 1
            yield file
        elif family == sorting.FHIR:
            yield self._fhir(file, content)
        elif family == sorting.X12:
            yield self._x12(file, content)
        else:
            for table in tables_in.tables(file, content, family):
                yield from self._tables(table)

    def _fhir(self, file: StagedFile, content: bytes) -> StagedFile:
        calendar = self.calendar()
        found = fhir_in.FhirFile(content, file.name)
        self._take(file, fhir_in.read(found, self.directory, calendar), calendar)
        if not (file.items or file.rejects or file.unused):
            file.notes["The file holds no resource."] += 1
        file.encoding = "utf-8"
        file.kind = _fhir_kind(file)
        return file

    def _x12(self, file: StagedFile, content: bytes) -> StagedFile:
        calendar = self.calendar()
        self._take(file, x12_rows.read(content, file, calendar), calendar)
        return file

    def _tables(self, table: tables_in.Table) -> Iterator[StagedFile]:
        """The files that a table is reported as: patients and, behind them, their diagnoses."""
        try:
            found = list(
                diagnosis_tables.spread(table, self.staged.mappings, self.calendar().today)
            )
        except AskError:
            found = [table]
        for one in found:
            yield self._table(one)

    def _table(self, table: tables_in.Table) -> StagedFile:
        file = table.file
        try:
            layout = table.layout(self.staged.mappings)
            file.kind, file.unknown_columns = layout.kind, layout.ignored
            if layout.kind in (UNUSED, tables_in.NAMES):
                tables_in.set_aside(file, table, layout.kind)
                return file
            calendar = self.calendar()
            rows = rows_in.read(table.sheet, layout, calendar, self.names)
            self._take(file, rows, calendar, table.sheet.last_line)
        except AskError as asked:
            _refuse(file, asked)
            text = str(asked).split(": ", 1)[1]
            file.question = Question(
                file.name, asked.rule, text, asked.about, asked.choices, table.sheet.header
            )
        except ImportRefused as refused:
            _refuse(file, refused)
        return file

    def _take(
        self, file: StagedFile, found: Iterable[rows_in.Taken], calendar: Calendar, last: int = 0
    ) -> None:
        """Put every row into the file; tell now and then how far it is read."""
        for number, taken in enumerate(found, 1):
            _put(file, taken)
            if number % ROWS_BETWEEN_NEWS == 0:
                read = file.size * (taken.line / last if last else 0)
                part = min(1.0, (self.done - file.size + read) / self.total)
                self.progress(part, f"{file.name}, row {number:,}")
        file.notes += calendar.notes


def _today(practice: Practice) -> date:
    """The later of today here and at the practice: no true record lies after it."""
    return utc_now().astimezone(time_zone(practice.time_zone)).date()


def _put(file: StagedFile, taken: rows_in.Taken) -> None:
    """Put one row that was read into the file, a problem with its place."""
    if taken.draft is not None:
        file.items.append(Item(taken.line, taken.record, taken.draft))
        for note in taken.draft.notes:
            file.notes[note] += 1
    elif taken.problem is not None:
        file.rejects.append(taken.problem.at(file.name, taken.line, taken.record))
    else:
        file.unused[taken.aside] += 1


def _refuse(file: StagedFile, refused: ImportRefused) -> StagedFile:
    """The file as one that could not be read: nothing of it counts."""
    file.kind, file.error = file.kind or REFUSED, str(refused)
    file.items.clear()
    file.remittance = None
    file.homes.clear()
    file.rejects.clear()
    file.unused.clear()
    return file


def _fhir_kind(file: StagedFile) -> str:
    """The resource type of the file, ``Bundle`` for several, ``look-up`` or ``unused``."""
    found = {type(item.draft.record).__name__ for item in file.items}
    types = {_FHIR_TYPES.get(name, name) for name in found}
    if types:
        return types.pop() if len(types) == 1 else "Bundle"
    if file.rejects:
        return sorting.FHIR
    is_lookup = any(reason.startswith("look-ups: ") for reason in file.unused)
    return tables_in.NAMES if is_lookup else UNUSED


_FHIR_TYPES: Mapping[str, str] = {"Stay": "Encounter", "Visit": "Encounter", "Payer": "Coverage"}


def commit(staged: Staged, session: Any, who: Any = None) -> Report:
    """Write a staged import in the session's transaction; see `committing.commit`."""
    from ccm_core.exchange import committing

    return committing.commit(staged, session, who)


def drafts(staged: Staged) -> Iterator[Draft]:
    """Every draft that was read, for those who want to look at records before a commit."""
    for file in staged.files:
        for item in file.items:
            yield item.draft
