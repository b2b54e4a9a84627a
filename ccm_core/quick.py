"""Frozen records that are cheap to make: the same class, another ``__init__``."""

from __future__ import annotations

import functools
from collections.abc import Callable, Iterable, Sequence
from dataclasses import MISSING, fields
from itertools import islice, repeat
from typing import Any, TypeVar

C = TypeVar("C")
_open: dict[type[Any], type[Any]] = {}
"""The open twin of each quick class."""


def quick(frozen: type[C]) -> type[C]:
    """Give a frozen dataclass with slots an ``__init__`` that costs a third.

    The one that dataclasses write asks ``object.__setattr__`` for each field: a month of a
    million patients has some two hundred million of them. This one lets a new object be of
    an open twin, a class with the same slots and no guard, while its fields are set, and
    closes it before anybody has seen it.
    """
    named: Any = frozen
    told: dict[str, Any] = {
        "_absent": MISSING,
        "_become": object.__setattr__,
        "_closed": frozen,
        "_open": type(frozen.__name__, (), {"__slots__": named.__slots__}),
    }
    _open[frozen] = told["_open"]
    asked, lines = [], []
    for one in fields(named):
        name, value = one.name, one.name
        if one.default is not MISSING:
            told[f"_{name}"] = one.default
            asked.append(f"{name}=_{name}")
        elif one.default_factory is not MISSING:
            told[f"_{name}"] = one.default_factory
            asked.append(f"{name}=_absent")
            value = f"_{name}() if {name} is _absent else {name}"
        else:
            asked.append(name)
        lines.append(f"    self.{name} = {value}\n")
    text = (
        f"def __init__(self, {', '.join(asked)}):\n    _become(self, '__class__', _open)\n"
        + "".join(lines)
        + "    self.__class__ = _closed\n"
    )
    # Dataclasses write their methods the same way; the text holds names of fields alone.
    exec(text, told)  # noqa: S102
    told["__init__"].__qualname__ = f"{frozen.__qualname__}.__init__"
    named.__init__ = told["__init__"]
    return frozen


def maker(kind: type[C]) -> Callable[..., C]:
    """A function that makes records of a quick class, every field given: half of a call's price.

    For the few places where one is made for each case or finding.
    """
    named: Any = kind
    names = [one.name for one in fields(named)]
    text = (
        f"def make({', '.join(names)}):\n    self = _new(_open)\n"
        + "".join(f"    self.{name} = {name}\n" for name in names)
        + "    self.__class__ = _closed\n    return self\n"
    )
    told: dict[str, Any] = {"_new": object.__new__, "_open": _open[named], "_closed": kind}
    # As above: the text holds names of fields alone.
    exec(text, told)  # noqa: S102
    made: Callable[..., C] = told["make"]
    return made


def many(kind: type[C], count: int, columns: Sequence[Iterable[Any]]) -> list[C]:
    """So many records, a column for each field; ``repeat`` is one value for all of them.

    A third of what they cost one by one: no call for each, no look at values that are one.
    """
    named: Any = kind
    twin = _open.get(named)
    if twin is None:
        return [kind(*row) for row in islice(zip(*columns, strict=False), count)]
    same = tuple(isinstance(column, repeat) for column in columns)
    given = [next(iter(c)) if one else c for one, c in zip(same, columns, strict=True)]
    made: list[C] = list(map(object.__new__, repeat(twin, count)))
    _filler(named, same)(made, kind, *given)
    return made


@functools.lru_cache(maxsize=1024)
def _filler(kind: type[Any], same: tuple[bool, ...]) -> Callable[..., None]:
    """Fills open objects column by column and closes them; ``same``: columns of one value."""
    named = [f"_{place}" for place in range(len(same))]
    varied = [name for name, one in zip(named, same, strict=True) if not one]
    each = [f"each{name}" for name in varied]
    lines = [
        f"        self.{field.name} = {'' if one else 'each'}{name}\n"
        for field, name, one in zip(fields(kind), named, same, strict=True)
    ]
    targets, rows = ", ".join(("self", *each)), ", ".join(("made", *varied))
    text = (
        f"def fill(made, closed, {', '.join(named)}):\n"
        f"    for {targets}, in zip({rows}, strict=True):\n"
        + "".join(lines)
        + "        self.__class__ = closed\n"
    )
    told: dict[str, Any] = {}
    # As above: the text holds names of fields alone.
    exec(text, told)  # noqa: S102
    made: Callable[..., None] = told["fill"]
    return made
