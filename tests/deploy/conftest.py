"""A PostgreSQL server with the two roles of the deployment, made by its own script."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass, field

import psycopg
import pytest
import yaml
from psycopg import sql
from sqlalchemy import URL

from tests.conftest import ROOT, missing
from tests.faults import postgres_server
from tests.servers import NoServerError

NAME = "ccm"
PASSWORDS = {
    "ccm_owner": 'it\'s "odd" \\ $HOME :x %41 ; --', "ccm_app": "als@o:o/dd'?#é",
    "ccm_consultant": "third' \\; one",
}  # fmt: skip
"""With everything that a wrong quoting would stumble over."""


@dataclass
class Site:
    """The server and the addresses under which the roles reach the database."""

    server: postgres_server.OwnServer
    passwords: dict[str, str] = field(default_factory=lambda: dict(PASSWORDS))

    def address(self, role: str) -> str:
        """As it stands in the env file of who works as this role."""
        made = URL.create(
            "postgresql+psycopg", role, self.passwords[role], database=NAME,
            query={"host": str(self.server.folder)},
        )  # fmt: skip
        return made.render_as_string(hide_password=False)

    def look(self) -> psycopg.Connection:
        """A connection of the superuser, which sees everything."""
        return psycopg.connect(host=str(self.server.folder), user="postgres", dbname=NAME)

    def raw(self, role: str, password: str = "") -> psycopg.Connection:
        """A bare connection of a role, with its password or another."""
        return psycopg.connect(
            host=str(self.server.folder), dbname=NAME, user=role,
            password=password or self.passwords[role],
        )  # fmt: skip

    def run_script(self, **changed: str) -> subprocess.CompletedProcess[str]:
        """deploy/roles.sh as the database container runs it."""
        given = {
            "PATH": f"{self.server.programs}:{os.environ['PATH']}",
            "PGHOST": str(self.server.folder),
            "POSTGRES_USER": "postgres",
            "POSTGRES_DB": NAME,
            "OWNER_PASSWORD": self.passwords["ccm_owner"],
            "APP_PASSWORD": self.passwords["ccm_app"],
            "CONSULTANT_PASSWORD": self.passwords["ccm_consultant"],
            **changed,
        }
        script = ["sh", str(ROOT / "deploy" / "roles.sh")]
        return subprocess.run(script, env=given, check=False, capture_output=True, text=True)

    def migrate(self, **environment: str) -> subprocess.CompletedProcess[str]:
        """The command of compose's one-shot service, under the owner's address."""
        found = yaml.safe_load((ROOT / "deploy/compose.yaml").read_text(encoding="utf-8"))
        words = found["services"]["migrate"]["command"]
        return self.run_program(*words, **environment)

    def run_program(self, *words: str, **environment: str) -> subprocess.CompletedProcess[str]:
        """``ccm ...`` as the owner."""
        assert words[0] == "ccm"
        command = [sys.executable, "-c", "from ccm_core.cli import main; main()", *words[1:]]
        given = {**os.environ, "CCM_DATABASE_URL": self.address("ccm_owner"), **environment}
        return subprocess.run(
            command, cwd=ROOT, env=given, check=False, capture_output=True, text=True
        )


@pytest.fixture(scope="module")
def new_site() -> Iterator[Site]:
    """A server with an empty database; all but the superuser need their password."""
    programs = postgres_server.folder_of_programs()
    if programs is None:
        missing("No initdb was found (Debian: apt-get install postgresql).")
    try:
        server = postgres_server.OwnServer(programs)
    except NoServerError as reason:
        missing(str(reason))
    rules = "local all postgres trust\nlocal all all scram-sha-256\n"
    (server.store / "pg_hba.conf").write_text(rules)
    with psycopg.connect(host=str(server.folder), user="postgres", autocommit=True) as raw:
        raw.execute("SELECT pg_reload_conf()")
        raw.execute(sql.SQL("CREATE DATABASE {}").format(sql.Identifier(NAME)))
    yield Site(server)
    server.stop()


@pytest.fixture(scope="module")
def site(new_site: Site) -> Site:
    """The same with its two roles."""
    done = new_site.run_script()
    assert done.returncode == 0, done.stderr
    return new_site
