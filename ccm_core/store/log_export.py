"""The access log as a file that can be verified without this program.

One JSON object a line: first what the file is, then every entry of an unbroken run
of numbers with its mark. ``tools/verify_log.py`` recomputes the marks. The last mark
of one file is the ``prev_hash`` of the next, so that archives join without a gap.
"""

from __future__ import annotations

import io
import json
from collections.abc import Iterator

from sqlalchemy import select
from sqlmodel import Session

from ccm_core.exchange.safe_cells import Rows, guarded
from ccm_core.store import access_log, log_report
from ccm_core.store.queries.common import MOST_ROWS
from ccm_core.store.schema import AccessLog, table_of
from ccm_core.store.types import moment_to_seconds

FORMAT = "ccm-access-log-1"
MOST_CSV_ROWS = 100_000


def lines(session: Session, first: int, last: int) -> Iterator[str]:
    """The file, line by line."""
    table = table_of(AccessLog)
    before = session.connection().scalar(select(table.c.hash).where(table.c.seq == first - 1))
    fields = list(access_log.FIELDS)
    yield _json(
        {"format": FORMAT, "fields": fields, "prev_hash": before or access_log.FIRST,
         "first_seq": first, "last_seq": last}
    )  # fmt: skip
    rows = session.connection().execute(
        select(table).where(table.c.seq.between(first, last)).order_by(table.c.seq),
        execution_options={"yield_per": 5000},
    )
    for row in rows.mappings():
        told = {name: row[name] for name in [*fields, "hash"]}
        told["at"] = moment_to_seconds(row["at"])
        yield _json(told)


def as_bytes(session: Session, first: int, last: int) -> bytes:
    """The whole file."""
    return "".join(lines(session, first, last)).encode("ascii")


def as_csv(session: Session, wanted: log_report.Wanted, sort: str) -> bytes:
    """The report as a table for a spreadsheet, at most 100,000 rows."""
    target = io.StringIO()
    writer = Rows(target)
    writer.writerow([*log_report.FIELDS, "username"])
    for offset in range(0, MOST_CSV_ROWS, MOST_ROWS):
        page = log_report.page(session, wanted, sort, offset=offset)
        for row in page.rows:
            cells = [getattr(row, name) for name in log_report.FIELDS]
            writer.writerow(
                [guarded(cell) if isinstance(cell, str) else cell for cell in cells]
                + [row.username or ""]
            )
        if offset + MOST_ROWS >= page.total:
            break
    return target.getvalue().encode("utf-8-sig")


def _json(told: object) -> str:
    return json.dumps(told, ensure_ascii=True) + "\n"
