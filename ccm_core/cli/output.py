"""Printing for every command: JSON to standard output, sentences to standard error."""

from __future__ import annotations

import json
import sys
from typing import Any, NoReturn


def print_json(value: Any) -> None:
    """Print one JSON document."""
    json.dump(value, sys.stdout, indent=2, ensure_ascii=False)
    sys.stdout.write("\n")


def fail(sentence: str) -> NoReturn:
    """Say what is wrong and end with status 2."""
    print(sentence, file=sys.stderr)
    sys.exit(2)
