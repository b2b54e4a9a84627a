"""Row-level security on PostgreSQL: a transaction reaches the rows of one practice.

The practice is the setting ``app.practice`` of the transaction. Without it no row is
there. FORCE binds the owner of the tables, too; superusers and roles with BYPASSRLS
are bound by nothing, so the program's role must be neither.
"""

from __future__ import annotations

from sqlalchemy import Connection

_OWN = "NULLIF(current_setting('app.practice', true), '')"
_RULE = f"practice_id = {_OWN}"
_THROUGH = {
    "timer_stretch": "EXISTS (SELECT 1 FROM running_timer t WHERE t.id = timer_stretch.timer_id)"
}
"""Tables whose rows belong to a practice by another row, which the policy there lets see."""
_UNPROTECTED = """
    SELECT c.relname FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
    WHERE n.nspname = current_schema() AND c.relkind IN ('r', 'p')
      AND NOT (c.relrowsecurity AND c.relforcerowsecurity)
      AND (EXISTS (SELECT 1 FROM pg_attribute a WHERE a.attrelid = c.oid
                   AND a.attname = 'practice_id' AND NOT a.attisdropped)
           OR c.relname = ANY (%(through)s))
    ORDER BY c.relname
"""


def unprotected(connection: Connection) -> list[str]:
    """Tables with rows of a practice that no policy guards yet."""
    found = connection.exec_driver_sql(_UNPROTECTED, {"through": list(_THROUGH)})
    return [str(row[0]) for row in found]


def protect(connection: Connection) -> None:
    """Guard every such table; tables of later migrations are found by their column."""
    if connection.dialect.name != "postgresql":
        return
    for table in unprotected(connection):
        rule = _THROUGH.get(table, _RULE)
        for statement in (
            f"DROP POLICY IF EXISTS one_practice ON {table}",
            f"CREATE POLICY one_practice ON {table} USING ({rule}) WITH CHECK ({rule})",
            f"ALTER TABLE {table} ENABLE ROW LEVEL SECURITY",
            f"ALTER TABLE {table} FORCE ROW LEVEL SECURITY",
        ):
            connection.exec_driver_sql(statement)


def release(connection: Connection) -> None:
    """Take the guards away again."""
    if connection.dialect.name != "postgresql":
        return
    found = connection.exec_driver_sql(
        "SELECT tablename FROM pg_policies WHERE policyname = 'one_practice' "
        "AND schemaname = current_schema()"
    )
    for (table,) in found.fetchall():
        connection.exec_driver_sql(f"DROP POLICY one_practice ON {table}")
        connection.exec_driver_sql(f"ALTER TABLE {table} NO FORCE ROW LEVEL SECURITY")
        connection.exec_driver_sql(f"ALTER TABLE {table} DISABLE ROW LEVEL SECURITY")
