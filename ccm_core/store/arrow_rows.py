"""A practice's rows as Arrow columns: for engines that read and write by the million.

SQLAlchemy is right for screens; here it would cost more than the audit. Statements run in
one transaction; no message of a driver is passed on, since it may hold a record or a password.
"""

from __future__ import annotations

import json
from collections.abc import Collection, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from sqlalchemy.engine import URL, make_url
from sqlalchemy.exc import ArgumentError
from sqlmodel import Session

from ccm_core import records
from ccm_core.errors import CcmError, StoreTrouble, UsageError
from ccm_core.store import db
from ccm_core.store.schema import record_table
from ccm_core.store.writing import fields_of


def plain(url: str) -> str:
    """The address of a database as people may read it: no password, no parameters."""
    parts = _parts(url)
    if parts.get_backend_name() == "sqlite":
        return f"sqlite:///{parts.database}"
    return f"{parts.get_backend_name()}://{parts.host or 'localhost'}/{parts.database}"


def _parts(url: str) -> URL:
    try:
        found = make_url(db.database_url(url))
        backend = found.get_backend_name()
    except (ArgumentError, ValueError):  # not repeated: it may hold a password
        backend = ""
    if backend not in ("sqlite", "postgresql"):
        raise UsageError(
            "A database was named whose address is not understood; "
            "use sqlite:///PATH or postgresql://USER@HOST/NAME."
        )
    if backend == "sqlite" and found.database in (None, "", ":memory:"):
        raise UsageError("A database in memory was named; name a file: sqlite:///PATH.")
    return found


def require_current(url: str) -> None:
    """Refuse a database that is missing or of another form than this program's.

    Raises: UsageError.
    """
    parts = _parts(url)
    is_missing = parts.get_backend_name() == "sqlite" and not Path(str(parts.database)).is_file()
    state = "missing" if is_missing else state_of(url)
    if state != "current":
        raise UsageError(_NOT_OURS[state].format(plain(url)))


def state_of(url: str) -> str:
    """The form of a database, as ``db.schema_state`` says it. Raises: UsageError, StoreTrouble."""
    with told_plainly(plain(url)):
        return db.schema_state(url)


def kept_state(session: Session) -> str:
    """The state of a PostgreSQL database while this transaction lasts, for others to read.

    Empty on SQLite: there each connection reads what stands when it begins.
    """
    if db.dialect_of(session) == "sqlite":
        return ""
    return str(session.connection().exec_driver_sql("SELECT pg_export_snapshot()").scalar_one())


_NOT_OURS = {
    "missing": "{} was to be read; there is no such file. Name the file of a database.",
    "empty": "{} was to be read; it holds no tables of this program. Import an export into it: "
    "ccm import.",
    "older": "{} was to be read; it has an older form. Run 'ccm migrate --db' with its address.",
    "newer": "{} was written by a newer version of this program. Install that version.",
}


@contextmanager
def connected(url: str, practice_id: str = "", snapshot: str = "") -> Iterator[Rows]:
    """One transaction: committed at the end, taken back on any error.

    ``snapshot``: the state of a PostgreSQL database that another transaction has exported.
    Raises: UsageError, StoreTrouble.
    """
    where = plain(url)
    kind: type[Rows] = Postgres if _parts(url).get_backend_name() == "postgresql" else Sqlite
    with told_plainly(where):
        connection = kind.connection(url)
    try:
        rows = kind(connection, where)
        rows.begin(snapshot)
        rows.work_for(practice_id)
        yield rows
        with told_plainly(where):
            connection.commit()
    except BaseException:
        connection.rollback()
        raise
    finally:
        connection.close()


@contextmanager
def told_plainly(where: str) -> Iterator[None]:
    """A driver's errors as their class and SQLSTATE, never their words. Raises: StoreTrouble."""
    try:
        yield
    except CcmError:
        raise
    except Exception as failed:
        state = getattr(failed, "sqlstate", None)
        code = f" (SQLSTATE {state})" if state else ""
        raise StoreTrouble(
            f"{where} was to be reached; its driver answered with {type(failed).__name__}{code}. "
            "Check that it runs, its address, the role's rights and the room on its disk."
        ) from None


class Rows:
    """Statements within one such transaction; parameters are written ``$1``, ``$2``."""

    def __init__(self, connection: Any, where: str) -> None:
        self.cursor, self.where, self.practice_id = connection.cursor(), where, ""

    @staticmethod
    def connection(url: str) -> Any:
        """A connection of the driver, in a transaction."""
        raise NotImplementedError

    def begin(self, snapshot: str) -> None:
        """Begin, as of a state that was kept."""
        raise NotImplementedError

    def work_for(self, practice_id: str) -> None:
        """From now on the transaction reaches the rows of this practice."""
        self.practice_id = practice_id

    def ask(self, statement: str, *values: Any) -> Any:
        """The rows of a statement as an Arrow table. Raises: StoreTrouble."""
        raise NotImplementedError

    def put(self, table: str, columns: Any) -> None:
        """Add the rows of an Arrow table to a table in bulk. Raises: StoreTrouble."""
        raise NotImplementedError

    def among(self, name: str, place: int) -> str:
        """A condition: the column is a text of the JSON list that is that parameter."""
        raise NotImplementedError

    def of(self, kind: type[Any], where: str = "", *values: Any, names: Sequence[str] = ()) -> Any:
        """Rows of a kind of record with their number, as the database keeps them.

        ``where`` counts its parameters from ``$2``.
        """
        table = record_table(kind)
        listed = ", ".join(f'"{table.c[name].name}"' for name in names or ("id", *fields_of(kind)))
        current = " AND is_current" if kind is records.TimeEntry else ""
        asked = f'SELECT {listed} FROM "{table.name}" WHERE practice_id = $1{current}{where}'
        return self.ask(asked, self.practice_id, *values)


class Postgres(Rows):
    """By ADBC: rows come and go as columns of Arrow, in bulk by COPY."""

    @staticmethod
    def connection(url: str) -> Any:
        """A connection that autocommits nothing. Raises: UsageError."""
        try:
            from adbc_driver_postgresql import dbapi
        except ImportError as missing:
            raise UsageError(
                "PostgreSQL was to be read or written in columns; the driver for it is not "
                "installed. Install adbc-driver-postgresql (requirements.txt)."
            ) from missing
        address = _parts(url).set(drivername="postgresql").render_as_string(hide_password=False)
        return dbapi.connect(address, autocommit=False)

    def begin(self, snapshot: str) -> None:
        """The driver begins by itself; only the state to read is to be said."""
        if snapshot:
            self._run("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ READ ONLY")
            self._run(f"SET TRANSACTION SNAPSHOT '{snapshot}'")

    def work_for(self, practice_id: str) -> None:
        """Row-level security binds the transaction to this practice."""
        super().work_for(practice_id)
        if practice_id:
            self.ask("SELECT set_config('app.practice', $1, true)", practice_id)

    def _run(self, statement: str) -> None:
        with told_plainly(self.where):
            self.cursor.execute(statement)

    def ask(self, statement: str, *values: Any) -> Any:
        """The rows of a statement as an Arrow table. Raises: StoreTrouble."""
        with told_plainly(self.where):
            self.cursor.execute(statement, values)
            return self.cursor.fetch_arrow_table()

    def put(self, table: str, columns: Any) -> None:
        """COPY into a temporary table, then one INSERT: row-level security refuses COPY itself."""
        with told_plainly(self.where):
            self.cursor.adbc_ingest("put_in", columns, mode="create", temporary=True)
        names = ", ".join(columns.column_names)
        self._run(f"INSERT INTO {table} ({names}) SELECT {names} FROM put_in")
        self._run("DROP TABLE put_in")

    def among(self, name: str, place: int) -> str:
        """A condition: the column is a text of the JSON list that is that parameter."""
        listed = f"jsonb_array_elements_text(CAST(${place} AS jsonb))"
        return f'"{name}" = ANY(ARRAY(SELECT {listed}))'


class Sqlite(Rows):
    """By the program's own SQLite library, never by ADBC's.

    Two libraries in one process drop each other's locks on a file: a database was damaged so.
    """

    @staticmethod
    def connection(url: str) -> Any:
        """A connection with every pragma that the store wants."""
        return db.engine(url).raw_connection()

    def begin(self, snapshot: str) -> None:
        """Begin as a reader."""
        with told_plainly(self.where):
            self.cursor.execute("BEGIN")

    def ask(self, statement: str, *values: Any) -> Any:
        """The rows of a statement as an Arrow table. Raises: StoreTrouble."""
        import pyarrow as pa

        with told_plainly(self.where):
            self.cursor.execute(statement.replace("$", "?"), values)
            names = [column[0] for column in self.cursor.description]
            rows = self.cursor.fetchall()
        columns = zip(*rows, strict=True) if rows else [()] * len(names)
        return pa.table([pa.array(list(column)) for column in columns], names=names)

    def put(self, table: str, columns: Any) -> None:
        """One INSERT for all of them; days are texts, as everywhere in this database."""
        import pyarrow as pa

        days = [one.name for one in columns.schema if pa.types.is_date(one.type)]
        for name in days:
            place = columns.column_names.index(name)
            columns = columns.set_column(place, name, columns[name].cast("string"))
        names = columns.column_names
        said = f"INSERT INTO {table} ({', '.join(names)}) VALUES ({', '.join('?' * len(names))})"
        with told_plainly(self.where):
            for batch in columns.to_batches():
                values = (column.to_pylist() for column in batch.columns)
                self.cursor.executemany(said, zip(*values, strict=True))

    def among(self, name: str, place: int) -> str:
        """A condition: the column is a text of the JSON list that is that parameter."""
        return f'"{name}" IN (SELECT value FROM json_each(${place}))'


def listed(texts: Collection[str]) -> str:
    """Texts as the parameter of ``among``."""
    return json.dumps(list(texts))
