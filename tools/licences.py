"""The licences of everything that is shipped: ``python -m tools.licences`` renews the list.

Names and licences come from the metadata of the installed packages; only pins of
requirements.txt are listed. A licence that is not among the known ones stands out.
"""

from __future__ import annotations

import sys
from importlib import metadata

from tools.sbom import ROOT, normal, pins

TARGET = ROOT / "docs" / "licences.md"
HEAD = """\
# Licences

Made by `python -m tools.licences` from the metadata of the pinned packages. All are used
unchanged. A package that is pinned for another system only is not installed here and says so.

| package | version | licence |
|---|---|---|
"""


def licence_of(found: metadata.PackageMetadata) -> str:
    """What the package says: SPDX expression, else classifiers, else the first line of a text."""
    if expression := found.get("License-Expression"):
        return expression
    classified = [
        line.split(" :: ")[-1] for line in found.get_all("Classifier") or []
        if line.startswith("License :: ") and line != "License :: OSI Approved"
    ]  # fmt: skip
    if classified:
        return ", ".join(classified)
    said = (found.get("License") or "").strip().splitlines()
    return said[0][:80] if said else "not stated"


def table() -> str:
    """The whole document."""
    here = {normal(one.metadata["Name"]): one for one in metadata.distributions()}
    rows = []
    for name, version in sorted(pins()):
        one = here.get(name)
        licence = licence_of(one.metadata) if one else "not installed on this system"
        rows.append(f"| {name} | {version} | {licence} |")
    return HEAD + "\n".join(rows) + "\n"


def main() -> int:
    TARGET.write_text(table(), encoding="utf-8")
    print(f"{len(pins())} packages")
    return 0


if __name__ == "__main__":
    sys.exit(main())
