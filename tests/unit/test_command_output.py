"""What the machine does to a command (reader gone, disk full, no right) is said in words."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from ccm_core.cli.output import new_file
from ccm_core.errors import UsageError

ROOT = Path(__file__).resolve().parents[2]
CLEAN = '{"month": "2025-03", "staff_minutes": 45}'
UNSEEN = {"month": "2025-03", "staff_minutes": 5, "name": "Łódź ≥"}


def ccm(*words: str, said: str = CLEAN, out: int = subprocess.PIPE, **environment: str):
    command = [sys.executable, "-m", "ccm_core", *words]
    return subprocess.run(
        command, input=said.encode(), stdout=out, stderr=subprocess.PIPE, cwd=ROOT,
        env=os.environ | environment, check=False,
    )  # fmt: skip


@pytest.mark.parametrize(
    "words", [("case", "-"), ("audit", "-"), ("fee", "99490", "--on=2025-06-01")]
)
def test_a_reader_that_left_is_not_called_blocked(words):
    """Status 1 says "blocked": a script that reads the first line only took it for that."""
    reading, writing = os.pipe()
    os.close(reading)
    done = ccm(*words, out=writing)
    os.close(writing)
    assert done.returncode == 2
    assert done.stderr.decode().splitlines() == [
        "The output could not be written: the program that reads it has ended before all of it "
        "was there."
    ]


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="only Linux has a disk always full")
def test_an_output_on_a_full_disk_is_told_in_words():
    with Path("/dev/full").open("wb") as full:
        done = ccm("case", "-", out=full.fileno())
    assert done.returncode == 2
    assert "could not be read or written: No space left on device." in done.stderr.decode()


@pytest.mark.skipif(os.name == "nt", reason="the shell closes the output")
def test_a_closed_output_leaves_the_verdict():
    line = f'"{sys.executable}" -m ccm_core case - >&-'
    done = subprocess.run(
        line, shell=True, input=CLEAN.encode(), stderr=subprocess.PIPE, cwd=ROOT, check=False
    )
    assert (done.returncode, done.stderr) == (0, b"")


@pytest.mark.parametrize("encoding", ["cp1252", "ascii"])
def test_output_is_utf8_wherever_it_goes(encoding):
    done = ccm("audit", "-", said=json.dumps(UNSEEN), PYTHONIOENCODING=encoding)
    assert done.returncode == 1, done.stderr
    found = json.loads(done.stdout.decode("utf-8"))
    assert {one["patient"] for one in found["findings"]} == {"Łódź ≥"}


def test_half_a_letter_is_refused_in_words():
    done = ccm("audit", "-", said='{"month": "2025-03", "name": "\\ud800"}')
    assert done.returncode == 2
    assert "half of a letter" in done.stderr.decode()
    whole = ccm("audit", "-", said='{"month": "2025-03", "name": "\\ud83d\\ude00"}')
    assert whole.returncode == 1
    assert "😀" in whole.stdout.decode()


def test_a_file_is_there_whole_or_not_at_all(tmp_path):
    file = tmp_path / "claims.txt"

    def half() -> None:
        with new_file(file) as opened:
            opened.write(b"half")
            raise OSError(28, "No space left on device")

    with pytest.raises(UsageError, match=r"claims\.txt cannot be written: No space left"):
        half()
    assert not file.exists()
    with new_file(file) as opened:
        opened.write(b"whole")
    with pytest.raises(UsageError, match="File exists"), new_file(file):
        pass
    assert file.read_bytes() == b"whole"


def test_a_database_that_cannot_be_made_is_told_in_words(tmp_path):
    place = tmp_path / "a file"
    place.write_text("x")
    done = ccm("demo", "--db", f"sqlite:///{place / 'practice.sqlite3'}")
    assert done.returncode == 2
    assert "practice.sqlite3 cannot be made: " in done.stderr.decode()


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (("demo", "--patients=99999999999"), "give 1 to 1,000,000 patients and 1 to 36 months"),
        (("demo", "--months=37"), "give 1 to 1,000,000 patients and 1 to 36 months"),
        (("migrate", "--app-role=ccm_app"), "a SQLite database has no roles"),
    ],
)
def test_what_cannot_be_asked_makes_no_database(tmp_path, words, said):
    file = tmp_path / "new.sqlite3"
    done = ccm(*words, "--db", f"sqlite:///{file}")
    assert done.returncode == 2
    assert said in done.stderr.decode()
    assert not file.exists()


def test_outcomes_of_case_files_go_nowhere_in_silence(tmp_path):
    done = ccm("audit", "-", "--output", str(tmp_path / "out"))
    assert done.returncode == 2
    assert "Case files and --output were named" in done.stderr.decode()
    both = ccm("audit", "-", "--input", str(tmp_path))
    assert both.returncode == 2
    assert "Files and --input were named" in both.stderr.decode()
