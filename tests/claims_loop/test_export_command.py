"""``ccm export`` of claims and packets, as a script runs it."""

from __future__ import annotations

import io
import json
import zipfile

import pypdf
import pytest
from typer.testing import CliRunner

from ccm_core.cli import app
from ccm_core.store import db
from ccm_core.store.claiming import months
from tests.claims_loop.conftest import MONTH, practice_of
from tests.exchange.x12.made import pyx12_accepts


def run(url, what, out, *more, month=MONTH):
    words = ["export", "--month", str(month), "--what", what, "--out", str(out), "--db", url]
    return CliRunner().invoke(app, [*words, *more])


def test_claims_are_approved_written_and_given_again(lite, tmp_path):
    first = run(lite, "837p", tmp_path / "one.zip", "--approved-by", "Ada Lead")
    assert first.exit_code == 0, first.stderr
    said = json.loads(first.stdout)
    assert said["approved_by"] == "Ada Lead"
    assert said["claims"] == sum(one["claims"] for one in said["files"])
    archive = zipfile.ZipFile(tmp_path / "one.zip")
    assert archive.namelist() == [one["name"] for one in said["files"]]
    for name in archive.namelist():
        assert pyx12_accepts(archive.read(name).decode())
    again = run(lite, "837p", tmp_path / "two.zip")
    assert json.loads(again.stdout)["is_again"]
    assert (tmp_path / "two.zip").read_bytes() == (tmp_path / "one.zip").read_bytes()


@pytest.mark.parametrize(("what", "counted"), [("837p", "claims"), ("packets-zip", "packets")])
def test_a_month_without_claims_writes_nothing(lite, tmp_path, what, counted):
    done = run(lite, what, tmp_path / "none", month=MONTH.plus(-30))
    assert done.exit_code == 1
    assert json.loads(done.stdout)[counted] == 0
    assert not (tmp_path / "none").exists()


def test_packets_come_as_a_file_and_as_a_zip(lite, tmp_path):
    billed = MONTH.previous
    with db.session(lite) as session:
        ids = sorted(months.standing(session, practice_of(lite).practice_id, billed))
    one = run(lite, "packet", tmp_path / "p.pdf", "--patient", ids[0], month=billed)
    assert one.exit_code == 0, one.stderr
    pages = pypdf.PdfReader(io.BytesIO((tmp_path / "p.pdf").read_bytes())).pages
    assert len(pages) == json.loads(one.stdout)["pages"]
    every = run(lite, "packets-zip", tmp_path / "p.zip", month=billed)
    assert json.loads(every.stdout)["packets"] == len(ids)


@pytest.mark.parametrize(
    ("what", "said"), [("packet", "--patient"), ("837", "there are"), ("837p", "exists already")]
)
def test_what_cannot_be_done_is_said(lite, tmp_path, what, said):
    out = tmp_path / "out"
    if what == "837p":
        out.write_text("something")
    done = run(lite, what, out)
    assert done.exit_code == 2
    assert said in done.stderr
