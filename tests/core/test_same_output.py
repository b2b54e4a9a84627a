"""Same input, same output: whatever the seed of hashes, the zone, the language or the folder."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

from tests.golden.reader import FOLDER, cases

ROOT = Path(__file__).resolve().parents[2]
PLACES = (
    {"PYTHONHASHSEED": "0", "TZ": "UTC", "LANG": "C"},
    {"PYTHONHASHSEED": "97", "TZ": "Asia/Tokyo", "LANG": "tr_TR.UTF-8"},
)


def _given() -> str:
    books = [FOLDER / f"{name}.toml" for name in ("C06", "T05", "X02", "O04")]
    return json.dumps([case["given"] for book in books for case in cases(book)], default=str)


def _audit(text: str, place: dict[str, str], folder: Path) -> dict[str, str]:
    ran = subprocess.run(
        [sys.executable, "-c", "from ccm_core.cli import main; main()", "audit", "-"],
        input=text, capture_output=True, text=True, check=False, cwd=folder, encoding="utf-8",
        env={**os.environ, "PYTHONPATH": str(ROOT), "PYTHONIOENCODING": "utf-8", **place},
    )  # fmt: skip
    assert ran.returncode == 1, ran.stderr
    return dict(json.loads(ran.stdout))


def test_seed_zone_language_and_folder_change_nothing(tmp_path: Path) -> None:
    text = _given()
    one, two = (
        _audit(text, place, folder) for place, folder in zip(PLACES, (ROOT, tmp_path), strict=True)
    )
    assert one["output_sha256"] == two["output_sha256"]
    assert one == two
