"""Archives are inflated by a process that can be ended: here are its two ends of the wire."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import threading
import weakref
from pathlib import Path
from typing import Any

from ccm_core.errors import ImportRefused
from ccm_core.exchange import limits

_DAMAGED = "I04: the archive is damaged, or needs more memory than allowed. Pack the export again."


class Archive:
    """One archive, inflated by a process of its own until nobody holds it any more."""

    def __init__(self, content: bytes) -> None:
        self._content = content
        self._lock = threading.Lock()
        self._process: subprocess.Popen[bytes] | None = None

    def member(self, name: str) -> bytes:
        """The bytes of one file. Raises: ImportRefused (rules I03, I04)."""
        asked = [json.dumps(name).encode() + b"\n"]
        with self._lock:
            if self._process is None:
                asked = [f"{len(self._content)}\n".encode(), self._content, *asked]
            return self._exchange(self._process or self._started(), asked)

    def _started(self) -> subprocess.Popen[bytes]:
        root = str(Path(__file__).resolve().parents[2])
        process = subprocess.Popen(
            [sys.executable, "-m", "ccm_core.exchange.archive_reader"],
            stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL,
            cwd=root, env=os.environ | {"PYTHONPATH": root},
        )  # fmt: skip
        self._process = process
        weakref.finalize(self, _stop, process)
        return process

    def _exchange(self, process: subprocess.Popen[bytes], asked: list[bytes]) -> bytes:
        """One question and its answer; the process is killed when it takes too long."""
        assert process.stdin is not None
        assert process.stdout is not None
        is_late = threading.Event()
        watch = threading.Timer(limits.ARCHIVE_SECONDS, _kill, (process, is_late))
        watch.start()
        try:
            for part in asked:
                process.stdin.write(part)
            process.stdin.flush()
            head: dict[str, Any] = json.loads(process.stdout.readline())
            body = process.stdout.read(int(head.get("length", 0)))
        except (OSError, ValueError):
            head, body = {}, b""
        finally:
            watch.cancel()
        if len(body) != head.get("length", -1):
            self._end()
            late = f"I03: opening the archive took longer than {limits.ARCHIVE_SECONDS} seconds."
            raise ImportRefused(late if is_late.is_set() else head.get("refused", _DAMAGED))
        return body

    def _end(self) -> None:
        if self._process is not None:
            _stop(self._process)
            self._process = None


def _kill(process: subprocess.Popen[bytes], is_late: threading.Event) -> None:
    is_late.set()
    process.kill()


def _stop(process: subprocess.Popen[bytes]) -> None:
    process.kill()
    for end in (process.stdin, process.stdout):
        if end is not None:
            try:
                end.close()
            except OSError:  # what was still to be written has no reader
                continue
    process.wait()
