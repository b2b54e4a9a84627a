"""What a page shows, as text and as the lists that were sent to the browser."""

from __future__ import annotations

import json
import re
from typing import Any

from streamlit.testing.v1 import AppTest

_KINDS = (
    "title", "header", "subheader", "markdown", "caption", "info", "warning", "error", "success",
    "metric",
)  # fmt: skip


_ESCAPED = re.compile(r"\\([\\`*_{}\[\]()<>#+\-.!|~$:&])|\u2060")


def text_of(at: AppTest) -> str:
    """Every text element, labels and values of numbers included, as a reader sees it."""
    found = []
    for kind in _KINDS:
        for element in at.get(kind):
            found += [str(getattr(element, "label", "")), str(getattr(element, "value", ""))]
    found += [element.proto.body for element in at.get("html")]
    return _ESCAPED.sub(lambda one: one[1] or "", " ".join(found))


def sent(at: AppTest) -> str:
    """Everything that was sent to the browser: a tree as text leaves most of it out."""
    waiting, found = [at._tree], []
    while waiting:
        node = waiting.pop()
        found.append(str(getattr(node, "proto", "")))
        waiting += getattr(node, "children", {}).values()
    return " ".join(found)


def listings(at: AppTest) -> list[dict[str, Any]]:
    """The data of every list on the page, in order."""
    return [json.loads(element.proto.json) for element in at.get("bidi_component")]


def listing(at: AppTest, alt: str) -> list[dict[str, Any]]:
    """The rows of the list of that name. Raises: StopIteration."""
    return next(found["rows"] for found in listings(at) if found["alt"] == alt)


def column(rows: list[dict[str, Any]], field: str) -> list[Any]:
    """One column; of a status or a bar its words."""
    cells = [row[field] for row in rows]
    return [cell["text"] if isinstance(cell, dict) else cell for cell in cells]


def metrics(at: AppTest) -> dict[str, str]:
    """The numbers on the page by label."""
    return {element.label: element.value for element in at.metric}
