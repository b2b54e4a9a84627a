"""The file of Spark's classes: made once for one Java and one Spark, then used."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
import time
from pathlib import Path
from types import SimpleNamespace

import pytest

from ccm_core.engine import columns, spark
from tests.store.practices import MARCH, a_messy_practice


@pytest.fixture
def java(tmp_path, monkeypatch):
    place = tmp_path / "java home" / "bin" / "java"
    place.parent.mkdir(parents=True)
    place.write_text("#!/bin/sh\n", encoding="ascii")
    place.chmod(0o755)
    monkeypatch.setenv("JAVA_HOME", str(place.parent.parent))
    monkeypatch.setitem(
        sys.modules, "pyspark", SimpleNamespace(__version__="9.9", __file__="/some/pyspark.py")
    )
    return place


@pytest.fixture
def folder(tmp_path):
    (tmp_path / "var").mkdir()
    return tmp_path / "var"


def test_it_is_made_by_the_first_start_and_used_by_the_next(java, folder):
    said, kept = spark._kept_classes(folder).split("=")
    assert said == "-XX:ArchiveClassesAtExit"
    assert kept.startswith(f"{folder}/spark-classes-")
    (folder / Path(kept).name).write_bytes(b"classes")
    assert spark._kept_classes(folder) == f"-XX:SharedArchiveFile={kept}"


def test_another_java_makes_its_own_and_the_old_one_goes(java, folder):
    _, kept = spark._kept_classes(folder).split("=")
    old = folder / Path(kept).name
    old.write_bytes(b"classes")
    (folder / "kept.txt").write_bytes(b"somebody's")
    os.utime(java, ns=(1, 1))
    said, other = spark._kept_classes(folder).split("=")
    assert (said, other == kept, old.exists()) == ("-XX:ArchiveClassesAtExit", False, False)
    assert (folder / "kept.txt").exists()


def test_nothing_is_kept_where_java_could_not_be_told_of_it(java, folder, monkeypatch):
    (folder / "two words").mkdir()
    assert spark._kept_classes(folder / "two words") == ""
    monkeypatch.setenv("JAVA_HOME", str(folder))
    assert spark._kept_classes(folder) == ""


@pytest.mark.slow
def test_the_first_start_of_spark_says_nothing_beside_the_answer(tmp_path):
    """Java keeps the classes when it ends: a moment after the answer was printed."""
    pytest.importorskip("pyspark", reason="PySpark is not installed (requirements-spark.txt)")
    if shutil.which("java") is None:
        pytest.skip("Java is not installed; Spark needs Java 17 or newer")
    columns.write_records(a_messy_practice(70, 21), tmp_path / "rows")
    command = [
        sys.executable, "-m", "ccm_core", "audit", "--month", str(MARCH), "--engine", "spark",
        "--master", "local[2]", "--input", str(tmp_path / "rows"), "--output",
        str(tmp_path / "out"),
    ]  # fmt: skip
    told, own = tmp_path / "told.json", {**os.environ, "CCM_VAR_DIR": str(tmp_path / "var")}
    with told.open("w") as out:
        made = subprocess.run(command, stdout=out, check=False, env=own)
    assert made.returncode in (0, 1)
    until = time.monotonic() + 60
    while not list((tmp_path / "var").glob("spark-classes-*.jsa")):
        assert time.monotonic() < until, "Java kept no classes"
        time.sleep(0.1)
    time.sleep(1)
    assert json.loads(told.read_text(encoding="utf-8"))["cases"] > 0
