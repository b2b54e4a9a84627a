"""Shared fixtures: databases, a browser, the folder with the sample exports.

What a machine lacks is skipped with a reason, except in CI (``CI=true``):
there a missing server or browser is a failure, so that nothing goes untested
in silence.
"""

from __future__ import annotations

import os
import shutil
import sys
import tempfile
from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path

import hypothesis
import pytest

from tests import servers

ROOT = Path(__file__).resolve().parent.parent

# Two busy cores make any deadline wrong; in CI the same examples run each time.
hypothesis.settings.register_profile("here", deadline=None)
hypothesis.settings.register_profile("ci", deadline=None, derandomize=True, print_blob=True)


def pytest_configure(config: pytest.Config) -> None:
    """Keep every test away from the real store, also one that forgot to ask for its own."""
    folder = tempfile.mkdtemp(prefix="ccm_tests_")
    config.add_cleanup(lambda: shutil.rmtree(folder, ignore_errors=True))
    os.environ.pop("CCM_DATABASE_URL", None)
    os.environ["CCM_VAR_DIR"] = folder
    hypothesis.settings.load_profile("ci" if is_ci() else "here")


@pytest.hookimpl(tryfirst=True)
def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """The PostgreSQL half of every test belongs to the slow run.

    Nothing goes untested: .ci/run does both. The default run stays under five minutes.
    """
    for item in items:
        if "postgres" in item.keywords:
            item.add_marker(pytest.mark.slow)


@pytest.fixture(autouse=True)
def _own_main_module() -> Iterator[None]:
    """A page under AppTest takes the place of ``__main__``; processes started later run that."""
    main = sys.modules["__main__"]
    yield
    sys.modules["__main__"] = main


@pytest.fixture(autouse=True)
def _own_database_role() -> Iterator[None]:
    """A test that asked for a consultant leaves the next one the program's own role."""
    yield
    consulting = sys.modules.get("ccm_core.store.consulting")
    if consulting is not None:
        consulting.bind(False)


def is_ci() -> bool:
    """Whether this runs where nothing may be missing."""
    return os.environ.get("CI", "").lower() in {"1", "true"}


def missing(what: str) -> None:
    """Skip the test, or fail it in CI, because the machine lacks something."""
    if is_ci():
        pytest.fail(f"{what} In CI this must not be missing: see .ci/run.", pytrace=False)
    pytest.skip(what)


@pytest.fixture(scope="session")
def project_root() -> Path:
    """The folder that holds app.py."""
    return ROOT


@pytest.fixture(scope="session")
def shared_folder() -> Path:
    """The folder beside the project with sample exports, which not every machine has."""
    folder = Path(os.environ.get("CCM_SHARED", ROOT.parent / "shared"))
    if not folder.is_dir():
        missing("There is no folder 'shared' beside the project.")
    return folder


@pytest.fixture(scope="session")
def chromium_path() -> str:
    """The browser to start, as ``executable_path`` for Playwright."""
    names = ("chromium", "chromium-browser", "google-chrome")
    wanted = os.environ.get("CHROMIUM_PATH")
    found = wanted or next(filter(None, map(shutil.which, names)), None)
    if found is None:
        missing("Chromium is not installed (Debian: apt-get install chromium).")
    return str(found)


@pytest.fixture(scope="session")
def soffice_path() -> str:
    """LibreOffice, which calculates workbooks a second time."""
    found = shutil.which("soffice")
    if found is None:
        missing("LibreOffice is not installed (Debian: apt-get install libreoffice-calc).")
    return str(found)


@pytest.fixture(scope="session")
def pg_url() -> Iterator[str]:
    """A PostgreSQL server on which the tests may create databases."""
    with ExitStack() as running:
        try:
            url = servers.postgres(running)
        except servers.NoServerError as reason:
            missing(str(reason))
        yield url


@pytest.fixture(scope="session")
def _migrated_sqlite(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """One SQLite file with the newest schema, copied for each test that wants one."""
    from ccm_core.store import db

    file = tmp_path_factory.mktemp("store") / "template.sqlite3"
    db.migrate(f"sqlite:///{file}")
    return file


@pytest.fixture(scope="session")
def _consultants(pg_url: str) -> Iterator[str]:
    """The role of consultants on that server: its name, which is its password, too."""
    with servers.role(pg_url) as name:
        yield name


@pytest.fixture(scope="session")
def _migrated_postgres(pg_url: str, _consultants: str) -> Iterator[str]:
    """One PostgreSQL database with the newest schema, copied for each test that wants one."""
    from ccm_core.store import consulting, db

    with servers.database(pg_url) as url:
        db.migrate(url)
        with db.changing_schema(url) as connection:
            consulting.grant(connection, _consultants)
        db.dispose(url)
        yield url


KINDS = [pytest.param("sqlite"), pytest.param("postgres", marks=pytest.mark.postgres)]


@pytest.fixture(params=KINDS)
def store_url(
    request: pytest.FixtureRequest, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> Iterator[str]:
    """A fresh store with the newest schema: the test runs on SQLite and on PostgreSQL."""
    from ccm_core.store import db

    wanted = request.getfixturevalue
    if request.param == "sqlite":
        file = tmp_path / "store.sqlite3"
        shutil.copyfile(wanted("_migrated_sqlite"), file)
        yield f"sqlite:///{file}"
    else:
        with servers.database(wanted("pg_url"), wanted("_migrated_postgres")) as url:
            as_consultant = servers.as_role(url, wanted("_consultants"))
            monkeypatch.setenv("CCM_CONSULTANT_URL", as_consultant)
            yield url
            db.dispose_consultants()


@pytest.fixture(params=KINDS)
def empty_store_url(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[str]:
    """A database with nothing in it, for tests of the migrations themselves."""
    if request.param == "sqlite":
        yield f"sqlite:///{tmp_path / 'empty.sqlite3'}"
    else:
        with servers.database(request.getfixturevalue("pg_url")) as url:
            yield url
