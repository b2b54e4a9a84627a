"""One month's audit, wherever its records lie and on whichever engine.

What only databases need is loaded when one is named: files are half a second faster for it.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING

from ccm_core import overlay
from ccm_core.engine import folders, sources
from ccm_core.engine.folders import Tally
from ccm_core.engine.kinds import is_database, refuse_unknown
from ccm_core.months import Month
from ccm_core.outcome import Outcome

if TYPE_CHECKING:
    from ccm_core.exchange.rejects import Reject


@dataclass(frozen=True, slots=True)
class Cluster:
    """What an audit in columns reads, where it writes, and where Spark runs."""

    master: str = "local[*]"
    source: str = ""
    """A folder of columns, or the address of a database; empty: ``url`` or the files named."""
    output: str = ""
    """A new folder for outcomes, or the address of a database; empty: they are given back."""
    rejects: list[Reject] = field(default_factory=list, compare=False)
    """Filled by the audit: rows of exports that were not taken, and so not judged."""


def audit_month(
    files: list[str], month: Month, url: str | None, policy: str | None, engine: str,
    cluster: Cluster | None = None,
) -> list[Outcome]:  # fmt: skip
    """Judge every case of a month; the same outcomes on every engine.

    With ``files`` the exports are read into a database of their own, which is
    dropped afterwards. Raises: UsageError, ImportRefused.
    """
    where = cluster or Cluster()
    refuse_unknown(engine)
    if engine == "spark" or where.source:
        with (
            _mapped(engine, where) as mapped,
            sources.opened(files, url, where.source, where.rejects) as (found, fees),
            overlay.pinned(fees),
        ):
            return [
                outcome for source in found.values()
                for outcome in folders.outcomes_of(source, month, policy, mapped)
            ]  # fmt: skip
    from ccm_core.engine import stored_audit

    if not files:
        return stored_audit.judged_in(url, month, policy, engine)
    with sources.loaded(files, where.rejects) as loaded:
        return stored_audit.judged_in(loaded, month, policy, engine)


def audit_to_output(
    files: list[str], month: Month, url: str | None, policy: str | None, engine: str,
    cluster: Cluster,
) -> Tally:  # fmt: skip
    """The same, with the outcomes in files or tables of ``cluster.output``; gives counts and sums.

    Raises: UsageError, ImportRefused.
    """
    refuse_unknown(engine)
    is_stored = is_database(cluster.output)
    if is_stored:
        from ccm_core.engine import stored_outcomes

        stored_outcomes.require_place(cluster.output)
    with (
        _mapped(engine, cluster) as mapped,
        sources.opened(files, url, cluster.source, cluster.rejects) as (found, fees),
        overlay.pinned(fees),
    ):
        if is_stored:
            return stored_outcomes.write(found, cluster.output, month, policy, mapped)
        total = Tally()
        with folders.new(cluster.output):
            for name, source in found.items():
                output = str(Path(cluster.output) / name)
                total.join(folders.write_outcomes(source, output, month, policy, mapped))
        return total


@contextmanager
def _mapped(engine: str, where: Cluster) -> Iterator[folders.Mapped]:
    """How the engine maps a function over pieces of work."""
    if engine == "spark":
        from ccm_core.engine import spark

        with spark.session(where.master) as mapped:
            yield mapped
    else:
        yield folders.in_process if engine == "local" else folders.in_processes
