"""The mess that practices have, put on top of an orderly year."""

from __future__ import annotations

from ccm_core.demo.diary import Diary
from ccm_core.demo.shape import Chart


def before_billing(diary: Diary, charts: list[Chart]) -> None:
    """Trouble with charts, time and services."""


def after_billing(diary: Diary, charts: list[Chart]) -> None:
    """Trouble with claims."""
