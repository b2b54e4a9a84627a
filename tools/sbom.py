"""The bill of materials of a release: ``python tools/sbom.py [FILE]``.

cyclonedx-py lists the pinned requirements with their hashes (CycloneDX 1.6, JSON, no
network); then every pin is looked up in it, so that a list that lost one is refused.
"""

from __future__ import annotations

import json
import re
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
PIN = re.compile(r"^([A-Za-z0-9._-]+)(?:\[[^\]]*\])?==([^\s;\\]+)", re.MULTILINE)


def normal(name: str) -> str:
    return re.sub(r"[-_.]+", "-", name).lower()


def pins(requirements: Path = ROOT / "requirements.txt") -> set[tuple[str, str]]:
    """Name and version of every pin."""
    found = PIN.findall(requirements.read_text(encoding="utf-8"))
    return {(normal(name), version) for name, version in found}


def listed(bill: dict) -> set[tuple[str, str]]:
    """Name and version of every component."""
    return {(normal(one["name"]), one["version"]) for one in bill.get("components", [])}


def make(program: str) -> dict:
    """The bill as cyclonedx-py makes it."""
    command = [
        program, "requirements", "requirements.txt", "--spec-version", "1.6",
        "--output-reproducible", "--of", "JSON", "-o", "-",
    ]  # fmt: skip
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=True)
    return json.loads(done.stdout)


def main() -> int:
    bill = make(str(Path(sys.executable).with_name("cyclonedx-py")))
    missing = pins() ^ listed(bill)
    if missing:
        print(f"The bill and the pins differ in: {sorted(missing)}", file=sys.stderr)
        return 1
    text = json.dumps(bill, indent=2, sort_keys=True) + "\n"
    if len(sys.argv) > 1:
        Path(sys.argv[1]).write_text(text, encoding="utf-8")
        print(f"{len(listed(bill))} components", file=sys.stderr)
    else:
        sys.stdout.write(text)
    return 0


if __name__ == "__main__":
    sys.exit(main())
