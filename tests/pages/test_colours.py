"""Words are readable on what they stand on: contrast of at least 4.5 to 1, as WCAG 2 AA asks."""

from __future__ import annotations

import tomllib

import pytest

from pages.parts import claim_bar, status
from tests.conftest import ROOT

LEAST = 4.5
SMALL_PRINT = 0.6
"""The share of the text's colour in which Streamlit draws captions."""


def channels(colour: str) -> list[float]:
    return [int(colour[place : place + 2], 16) / 255 for place in (1, 3, 5)]


def luminance(parts: list[float]) -> float:
    linear = [p / 12.92 if p <= 0.04045 else ((p + 0.055) / 1.055) ** 2.4 for p in parts]
    return sum(share * part for share, part in zip((0.2126, 0.7152, 0.0722), linear, strict=True))


def contrast(words: str, ground: str, share: float = 1.0) -> float:
    below = channels(ground)
    above = [w * share + b * (1 - share) for w, b in zip(channels(words), below, strict=True)]
    dark, light = sorted((luminance(above), luminance(below)))
    return (light + 0.05) / (dark + 0.05)


@pytest.mark.parametrize("name", ["light", "dark"])
def test_the_themes(name):
    theme = tomllib.loads((ROOT / ".streamlit" / "config.toml").read_text())["theme"][name]
    for ground in (theme["backgroundColor"], theme["secondaryBackgroundColor"]):
        assert contrast(theme["textColor"], ground, SMALL_PRINT) >= LEAST, ground
    assert contrast("#ffffff", theme["primaryColor"]) >= LEAST, "the words of a button are white"


@pytest.mark.parametrize("kind", claim_bar.KINDS)
def test_the_bar_of_claims(kind):
    assert contrast(claim_bar.INK, status.look(kind).color) >= LEAST
