"""Forms over records that two people may change at once: nobody's change is lost.

The version that was shown stays with the form until it is saved or shown anew. When
somebody else was faster, nothing is written: a screen shows what the form showed,
what is stored now and what was typed, and the person decides.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import date
from typing import Any

import streamlit as st

from ccm_core.errors import CcmError, Conflict
from pages.parts import tables, words

Values = Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Shown:
    """One state of a record: its version, its fields, and who made it so, if known."""

    version: int
    values: Values
    by: str = ""


@dataclass(frozen=True, slots=True)
class Guarded:
    """A form over one record. ``name`` must tell the record apart from all others.

    ``read`` gives the record as it is stored now; ``save`` writes the values if the
    version is still that one and raises `Conflict` otherwise. A rerun of the page ends
    a successful save.
    """

    name: str
    labels: Mapping[str, str]
    read: Callable[[], Shown]
    save: Callable[[int, Values], object]
    said: Mapping[str, Callable[[Any], str]] = field(default_factory=dict)
    """How a field is written on the conflict screen, where plain text is not enough."""

    def hold(self) -> Shown:
        """What the form shows. It stays until `free`, also when the record changes meanwhile.

        A form that was not on the page in the run before begins anew.
        """
        first = self.key(next(iter(self.labels)))
        if self._held not in st.session_state or first not in st.session_state:
            st.session_state[self._held] = self.read()
        held: Shown = st.session_state[self._held]
        return held

    def key(self, name: str) -> str:
        """The key of the widget of one field; another one after each save."""
        return f"{self.name}/{st.session_state.get(self._round, 0)}/{name}"

    def free(self) -> None:
        """Show the record as it is stored, at the next run."""
        st.session_state.pop(self._held, None)
        st.session_state.pop(self._pending, None)
        st.session_state[self._round] = st.session_state.get(self._round, 0) + 1

    def submit(self, mine: Values) -> None:
        """Save what was typed against the version that was shown."""
        self._try(self.hold().version, mine)

    def is_contested(self) -> bool:
        """Whether somebody else was faster; then draw `screen` instead of the form."""
        return self._pending in st.session_state

    def screen(self) -> None:
        """Both versions side by side, and the two ways to go on."""
        before, stored, mine = st.session_state[self._pending]
        st.warning(
            "Somebody else changed this record while your form was open. Nothing of yours is "
            "saved yet, and nothing is lost. Compare, then decide."
        )
        tables.whole(
            f"conflict_{self.name}", _COLUMNS, self._rows(before, stored, mine),
            alt="What was shown, what is stored now, and what you typed",
        )  # fmt: skip
        if stored.by:
            st.caption(f"Stored now: the change of {words.plain(stored.by)}.")
        with st.container(horizontal=True):
            if st.button("Keep what is stored", key=f"{self.name}/keep"):
                self.free()
                st.rerun()
            if st.button("Save mine over it", key=f"{self.name}/over", type="primary"):
                self._try(stored.version, mine)

    def _try(self, version: int, mine: Values) -> None:
        try:
            self.save(version, mine)
        except Conflict:
            self._contest(mine)
        except CcmError as refused:
            st.error(words.refused(refused))
            return
        else:
            self.free()
        st.rerun()

    def _contest(self, mine: Values) -> None:
        """Put the conflict on the page; a record that is gone is said so instead."""
        try:
            stored = self.read()
        except CcmError as gone:
            st.error(words.refused(gone))
            st.stop()
        st.session_state[self._pending] = (st.session_state[self._held], stored, dict(mine))

    def _rows(self, before: Shown, stored: Shown, mine: Values) -> list[dict[str, Any]]:
        found = []
        for name, label in self.labels.items():
            three = [self._text(name, values.get(name))
                     for values in (before.values, stored.values, mine)]  # fmt: skip
            if len(set(three)) == 1 and len(self.labels) > _MANY:
                continue
            mark = "changed by both" if len(set(three)) == 3 else ""
            if not mark and three[1] != three[0]:
                mark = "changed by the other" if three[2] == three[0] else "changed alike"
            if not mark and three[2] != three[0]:
                mark = "changed by you"
            found.append({"field": label, "before": three[0], "stored": three[1],
                          "mine": three[2], "mark": mark or words.NOTHING})  # fmt: skip
        return found

    def _text(self, name: str, value: Any) -> str:
        if name in self.said:
            return self.said[name](value)
        if isinstance(value, date):
            return words.day(value)
        if isinstance(value, (list, tuple, set, frozenset)):
            return ", ".join(sorted(map(str, value))) or words.NOTHING
        return words.NOTHING if value in (None, "") else str(value)

    @property
    def _held(self) -> str:
        return f"{self.name}/held"

    @property
    def _round(self) -> str:
        return f"{self.name}/round"

    @property
    def _pending(self) -> str:
        return f"{self.name}/pending"


_MANY = 8
"""From this many fields on, the screen leaves out those that nobody changed."""
_COLUMNS = (
    tables.Column("field", "Field"), tables.Column("before", "Your form showed"),
    tables.Column("stored", "Stored now"), tables.Column("mine", "You typed"),
    tables.Column("mark", "Difference"),
)  # fmt: skip
