"""Answers about a case that many rules ask for, worked out once per audit of the case."""

from __future__ import annotations

import functools
from collections.abc import Callable
from typing import Any, ParamSpec, TypeVar

P = ParamSpec("P")
R = TypeVar("R")


def once(function: Callable[P, R]) -> Callable[P, R]:
    """Keep the answer with the case until the case is worked out anew.

    The first argument is the case; any other (the policy) is fixed during one audit.
    """

    @functools.wraps(function)
    def asked(*args: P.args, **kwargs: P.kwargs) -> R:
        kept: dict[Any, Any] = args[0].answers  # type: ignore[attr-defined]
        try:
            found: R = kept[asked]
        except KeyError:
            found = kept[asked] = function(*args, **kwargs)
        return found

    return asked
