"""R17: every service, asked with a consultant's database role and all permissions granted."""

from __future__ import annotations

import inspect
import pkgutil
import re
from collections.abc import Callable, Iterator
from datetime import date
from importlib import import_module

import pytest
from sqlmodel import Session

from ccm_core import program
from ccm_core.access import permissions
from ccm_core.errors import PermissionDenied
from ccm_core.records import Practice
from ccm_core.store import consulting, db, reading
from tests.pages import small_practice
from tests.trust.test_r16_services import person

pytestmark = pytest.mark.slow
ASKERS = {"who", "identity", "actor"}


class Everything(frozenset[tuple[str, str, str]]):
    """A table of permissions that grants all there is."""

    def __contains__(self, key: object) -> bool:
        return True


GIVEN: dict[str, object] = {
    "practice_id": "p1", "patient_id": "ana", "patient_ids": ["ana"], "entry_id": "ana-t",
    "today": date(2026, 11, 21), "on": date(2026, 11, 21), "month": small_practice.NOVEMBER,
    "search": "Alder", "reason": "x", "note": "x", "words": "x", "page": "patient", "limit": 10,
    "offset": 0, "page_name": "patient",
}  # fmt: skip


def services() -> list[Callable[..., object]]:
    """Every public function of the services that is told who asks."""
    found = []
    for module in pkgutil.iter_modules(program.__path__):
        loaded = import_module(f"ccm_core.program.{module.name}")
        for name, function in inspect.getmembers(loaded, inspect.isfunction):
            is_own = function.__module__ == loaded.__name__ and not name.startswith("_")
            if is_own and {"who", "identity", "actor"} & set(
                inspect.signature(function).parameters
            ):
                found.append(function)
    return found


def called(service: Callable[..., object], opened: Session, practice: Practice) -> str:
    """What it gives when it is given plausible things, as text; errors are text as well."""
    given = dict(GIVEN, session=opened, opened=opened, practice=practice,
                 **dict.fromkeys(ASKERS, person("consultant")))  # fmt: skip
    asked = inspect.signature(service).parameters.values()
    known = {p.name: given[p.name] for p in asked if p.name in given}
    unknown = {
        p.name: "ana"
        for p in asked
        if p.name not in given
        and p.default is p.empty
        and p.kind not in (p.VAR_KEYWORD, p.VAR_POSITIONAL)
    }
    found = service(**known, **unknown)
    return repr(list(found)) if isinstance(found, Iterator) else repr(found)


@pytest.mark.usefixtures("small_store")
def test_no_service_reads_a_patient_even_if_every_permission_were_granted(monkeypatch):
    """The second lock: with the first one open, the database still refuses."""
    monkeypatch.setattr(permissions, "allowed", lambda *args: Everything())
    with db.session() as opened:
        practice = reading.practice(opened)
    assert practice is not None
    outcomes: list[str] = []
    for service in services():
        try:
            with consulting.bound(True), db.session() as opened:
                said = called(service, opened, practice)
                opened.rollback()
        except PermissionDenied:
            outcomes.append("refused")
            continue
        except Exception as error:
            said = str(error)
        outcomes.append("other")
        told = re.findall(r"Alder|Birch|Cedar, |Dogwood|MRN-|1S00", said)
        assert not told, service.__qualname__
    assert len(outcomes) > 100
    assert outcomes.count("refused") > 60, "most of them were stopped by the database"
