"""The person behind a call, as the database knows them at this moment."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime


@dataclass(frozen=True, slots=True)
class Identity:
    """A signed-in person. Made only by ``sessions.resolve``; never kept between reruns.

    ``session_hash`` names the sign-in without allowing anybody to take part in it.
    ``staff_id`` links to the care team and is empty for people outside of it.
    """

    user_id: str
    username: str
    name: str
    role: str
    session_hash: str
    staff_id: str = ""
    must_change_password: bool = False
    """Somebody else chose the password: until it is changed, only the own account opens."""
    emergency_until: datetime | None = None
    """While it lies ahead, this sign-in sees patients beyond the own panel."""
    source_ip: str = ""
    """Where the person signed in from; the access log names it with every action."""
    must_add_factor: bool = False
    """The operator asks everybody for one-time codes, and this account has none yet."""

    @property
    def is_held(self) -> bool:
        """Whether only the own account opens until the person has done something there."""
        return self.must_change_password or self.must_add_factor
