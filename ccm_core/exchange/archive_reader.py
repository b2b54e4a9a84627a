"""A process of its own that opens an archive: ``python -m ccm_core.exchange.archive_reader``.

Takes the length and the bytes of an archive on standard input, and then gives the bytes
of each file that is asked for by name, one line of JSON before each. The process that
starts it ends it when an answer takes too long.
"""

from __future__ import annotations

import json
import sys
from typing import Any, BinaryIO

from ccm_core.errors import ImportRefused
from ccm_core.exchange import archives, limits
from ccm_core.exchange.workbook_reader import limit_memory


def main() -> None:
    """Serve until standard input ends, within fixed memory."""
    limit_memory(limits.ARCHIVE_MEMORY_BYTES)
    asked, told = sys.stdin.buffer, sys.stdout.buffer
    content = asked.read(int(asked.readline()))
    try:
        for line in asked:
            inflated = archives.member(content, json.loads(line))
            _tell(told, {"length": len(inflated)}, inflated)
    except ImportRefused as refused:
        _tell(told, {"refused": str(refused)})


def _tell(told: BinaryIO, head: dict[str, Any], body: bytes = b"") -> None:
    told.write(json.dumps(head).encode() + b"\n")
    told.write(body)
    told.flush()


if __name__ == "__main__":
    main()
