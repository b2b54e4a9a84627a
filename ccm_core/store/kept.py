"""Answers about a whole practice, kept in the server's memory until their rows change.

Twenty people look at the same sums of a hundred thousand patients. `kept` goes on a
function that counts, adds up or lists names of places and staff, never on one that gives a
patient. Its key is what was asked, and the state of every subject that it rests on
(`ccm_core.store.stamping`): a change by whomever, in whatever process, is another state, and
the old answer is not found again. So nothing is ever thrown away for being old, only for
room. A function that is kept reads nothing else: no clock, no setting, no search for a name.

Not kept: what a transaction asks that has written or means to, and what readers of
aggregates ask, whose database role sees other rows.
"""

from __future__ import annotations

import functools
import threading
from collections import OrderedDict
from collections.abc import Callable, Hashable
from typing import Any, Protocol, TypeVar, cast

from sqlmodel import Session

from ccm_core import overlay
from ccm_core.store import consulting, stamping

Asked = TypeVar("Asked", bound=Callable[..., Any])

MOST = 512
SUBJECTS_OF: dict[str, frozenset[str]] = {}
"""What each kept function rests on, by its name: a test compares it with what it reads."""
_answers: OrderedDict[Hashable, Any] = OrderedDict()
_lock = threading.Lock()


class OfPractice(Protocol):
    """A question that says by itself which practice it is about."""

    @property
    def practice_id(self) -> str: ...


def kept(*subjects: str) -> Callable[[Asked], Asked]:
    """Keep the answers of a function of (session, practice, ...) that rests on these.

    ``practice`` is its identifier, or whatever holds one.
    """

    def keeping(function: Asked) -> Asked:
        name = f"{function.__module__}.{function.__qualname__}"
        SUBJECTS_OF[name] = frozenset(subjects)

        @functools.wraps(function)
        def asked(session: Session, practice: str | OfPractice, *args: Any, **named: Any) -> Any:
            practice_id = practice if isinstance(practice, str) else practice.practice_id
            state = _state(session, practice_id, subjects)
            if state is None:
                return function(session, practice, *args, **named)
            key = (name, practice, args, tuple(sorted(named.items())), state)
            with _lock:
                if key in _answers:
                    _answers.move_to_end(key)
                    return _own(_answers[key])
            found = function(session, practice, *args, **named)
            with _lock:
                _answers[key] = _own(found)
                while len(_answers) > MOST:
                    _answers.popitem(last=False)
            return found

        return cast(Asked, asked)

    return keeping


def _state(session: Session, practice_id: str, subjects: tuple[str, ...]) -> Hashable | None:
    """Which database, fees and states an answer is about; None where none may be kept."""
    if consulting.is_bound():
        return None
    states = stamping.states(session, practice_id)
    if states is None or not states.keys() >= set(subjects):
        return None
    database = str(session.get_bind().engine.url)
    return database, overlay.current(), tuple(states[subject] for subject in subjects)


def _own(answer: Any) -> Any:
    """Lists and mappings of the asker's own: nobody changes what others are given."""
    if isinstance(answer, dict):
        return {key: _own(value) for key, value in answer.items()}
    if isinstance(answer, list):
        return [_own(one) for one in answer]
    return answer


def answers() -> list[tuple[Hashable, Any]]:
    """All that is kept, with its keys: for the test that no patient is among it."""
    with _lock:
        return list(_answers.items())


def forget() -> None:
    """Forget everything: for tests that count what is asked."""
    with _lock:
        _answers.clear()
