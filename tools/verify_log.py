"""Verify an exported access log without the dashboard: Python's standard library is enough.

    python verify_log.py access-log.jsonl --key log.key [--anchor heads.jsonl]

Without --key only links and numbers are checked, which anybody could have made. With
--anchor every kept head that falls within the files must be in them. Several files,
oldest first, must continue each other. Ends with 0 when all is well, 1 when not.
"""

from __future__ import annotations

import argparse
import hashlib
import hmac
import json
import sys
from pathlib import Path

FIELDS = [
    "seq", "at", "user_id", "role", "session_hash", "source_ip", "action",
    "object_type", "object_id", "outcome", "reason", "prev_hash",
]  # fmt: skip
"""What a mark covers, in this order. The file names them too, but is not asked: other names
over the same values would fit the mark and tell something else."""


class Bad(Exception):
    """Something is not as it was written."""


def mark(entry: dict, key: bytes) -> str:
    """HMAC-SHA256 over the fields as one JSON list without spaces."""
    text = json.dumps([entry[name] for name in FIELDS], ensure_ascii=True, separators=(",", ":"))
    return hmac.new(key, text.encode("ascii"), hashlib.sha256).hexdigest()


def parsed(line: str, path: Path) -> dict:
    """One line, with every name once: of two, people read the first and programs the last."""

    def once(pairs: list[tuple[str, object]]) -> dict:
        if len(dict(pairs)) != len(pairs):
            raise Bad(f"{path}: a line has the same name twice")
        return dict(pairs)

    found = json.loads(line, object_pairs_hook=once)
    if not isinstance(found, dict):
        raise Bad(f"{path}: a line is no entry")
    return found


def read(path: Path, key: bytes | None, seen: dict[int, str]) -> None:
    """Check one file and add the mark of each entry to ``seen``. Raises: Bad."""
    with path.open(encoding="ascii") as lines:
        head = parsed(next(lines), path)
        if head.get("format") != "ccm-access-log-1" or head.get("fields") != FIELDS:
            raise Bad(f"{path}: this is not an exported access log")
        number, last = head["first_seq"] - 1, head["prev_hash"]
        if seen and seen.get(number) != last:
            raise Bad(f"{path}: it does not continue the file before")
        for line in lines:
            entry, number = parsed(line, path), number + 1
            if set(entry) != {*FIELDS, "hash"}:
                raise Bad(f"{path}: entry {number} has other fields than were written")
            if entry["seq"] != number or entry["prev_hash"] != last:
                raise Bad(f"{path}: entry {number} is missing, doubled or out of place")
            if key and mark(entry, key) != entry["hash"]:
                raise Bad(f"{path}: entry {number} was changed, or the key is another")
            last = seen[number] = entry["hash"]
    if number != head["last_seq"]:
        raise Bad(f"{path}: it ends at entry {number} and should end at {head['last_seq']}")


def compare(anchor: Path, seen: dict[int, str]) -> int:
    """Hold the kept heads against what was read; gives how many fell within. Raises: Bad."""
    compared = 0
    for line in filter(str.strip, anchor.read_text(encoding="ascii").splitlines()):
        kept = json.loads(line)
        if kept["seq"] > max(seen, default=0):
            raise Bad(f"the head kept at {kept['at']} (entry {kept['seq']}) is not in the files")
        if kept["seq"] >= min(seen):
            compared += 1
            if seen[kept["seq"]] != kept["head"]:
                raise Bad(f"the head kept at {kept['at']} is not that of entry {kept['seq']}")
    return compared


def main() -> int:
    """Read the arguments, check, say what was and what was not checked."""
    asked = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    asked.add_argument("files", nargs="+", type=Path)
    asked.add_argument("--key", type=Path, help="log.key, or the text of CCM_LOG_KEY in a file")
    asked.add_argument("--anchor", type=Path, help="the file of CCM_LOG_ANCHOR")
    given = asked.parse_args()
    key = given.key.read_bytes().strip() if given.key else None
    seen: dict[int, str] = {}
    try:
        for path in given.files:
            read(path, key, seen)
        compared = compare(given.anchor, seen) if given.anchor else None
    except (Bad, OSError, ValueError, KeyError, TypeError, StopIteration) as bad:
        print(f"NOT INTACT: {bad or 'a file is empty'}")
        return 1
    print(f"{len(seen)} entries are linked without a gap.")
    print("Their marks fit the key." if key else "Marks not checked: no key was given.")
    print("No kept head was compared: a cut end would not show." if compared is None
          else f"{compared} kept heads fit.")  # fmt: skip
    return 0


if __name__ == "__main__":
    sys.exit(main())
