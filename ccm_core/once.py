"""Answers about a case that many rules ask for, worked out once per audit of the case."""

from __future__ import annotations

import functools
import inspect
from collections.abc import Callable
from typing import Any, ParamSpec, TypeVar, cast

P = ParamSpec("P")
R = TypeVar("R")
_NOT_ASKED: Any = object()


def once(function: Callable[P, R]) -> Callable[P, R]:
    """Keep the answer with the case until the case is worked out anew.

    The first argument is the case; any other (the policy) is fixed during one audit.
    """

    # Plain parameters, not *args: this is asked dozens of times for each of a million cases.
    @functools.wraps(function)
    def asked(case: Any, policy: Any = None) -> R:
        kept: dict[Any, Any] = case.answers
        found: R = kept.get(function, _NOT_ASKED)
        if found is _NOT_ASKED:
            found = kept[function] = whole(case, policy) if takes_policy else whole(case)
        return found

    whole: Any = function
    takes_policy = len(inspect.signature(function).parameters) > 1
    return cast(Callable[P, R], asked)


def key_of(function: Callable[..., Any]) -> Any:
    """What the answer of such a function is kept under, for whoever knows it beforehand."""
    return cast(Any, function).__wrapped__
