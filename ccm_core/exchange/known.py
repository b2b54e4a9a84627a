"""What the store already knows, asked in bulk."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from ccm_core import records
from ccm_core.claims.posted import SentClaim
from ccm_core.exchange.drafts import Key, key_of
from ccm_core.exchange.x12.remit_records import Remittance
from ccm_core.record_ids import SAME_BY
from ccm_core.store.claiming import answers, sent
from ccm_core.store.reading.rows import columns_of, load
from ccm_core.store.schema import record_table
from ccm_core.store.statements import among, chunks

_CHUNK = 10_000


@dataclass(frozen=True)
class Stored:
    """The records of one practice."""

    session: Any
    practice_id: str

    def patient_ids(self, ids: Iterable[str]) -> set[str]:
        """Which of these patients are stored."""
        return {one.patient_id for one in self._where(records.Patient, "patient_id", ids)}

    def by_number(self, numbers: Iterable[str]) -> dict[str, str]:
        """Patient id of each record, Medicare or member number that one stored patient has."""
        wanted = {one for one in numbers if one}
        found: dict[str, set[str]] = {}
        columns = ((records.Patient, "mrn"), (records.Patient, "mbi"), (records.Payer, "member_id"))
        for kind, column in columns:
            for one in self._where(kind, column, wanted):
                found.setdefault(getattr(one, column), set()).add(one.patient_id)
        for one in self._where(records.Patient, "patient_id", wanted):
            if not one.mrn:  # a panel that knows its patients by record number alone
                found.setdefault(one.patient_id, set()).add(one.patient_id)
        return {number: ids.pop() for number, ids in found.items() if len(ids) == 1}

    def versions(self, kind: type[Any], ids: Iterable[Any]) -> Mapping[Key, list[Any]]:
        """Stored records of a kind by natural identifier, the current one last."""
        found: dict[Key, list[Any]] = {}
        for one in self._where(kind, SAME_BY[kind][0], ids):
            found.setdefault(key_of(one), []).append(one)
        return found

    def sent_for(self, payments: Iterable[Remittance]) -> tuple[list[SentClaim], Mapping[str, str]]:
        """Claims that these payments may answer, and ours by the payers' numbers."""
        return sent.sent_for(self.session, self.practice_id, payments)

    def by_payer_number(self, numbers: Collection[str]) -> Mapping[str, str]:
        """Our claims by the numbers that payers gave them, as posted remittances told."""
        return answers.payer_numbers(self.session, self.practice_id, numbers) if numbers else {}

    def posted(self, keys: Collection[str]) -> set[str]:
        """Ids of the answers of these payments that were posted before."""
        return answers.known_ids(self.session, self.practice_id, keys)

    def _where(self, kind: type[Any], column: str, values: Iterable[Any]) -> list[Any]:
        table = record_table(kind)
        found: list[Any] = []
        for some in chunks(sorted(values), _CHUNK):
            # All versions of a time entry, not only the one that stands now.
            statement = (
                table.select()
                .with_only_columns(*columns_of(kind))
                .where(
                    table.c.practice_id == self.practice_id,
                    among(self.session, table.c[column], some),
                )
                .order_by(table.c.version)
            )
            found += load(self.session, kind, statement)
        return found
