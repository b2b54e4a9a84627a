"""Backups: an encrypted copy made while people work, its restore, and the drill of both."""

from ccm_core.store.backup.drilling import Drill, drill, last_drill
from ccm_core.store.backup.keys import make_key
from ccm_core.store.backup.making import Made, last_backup, make, newest_in
from ccm_core.store.backup.restoring import Restored, restore
from ccm_core.store.scratching import sweep

__all__ = [
    "Drill", "Made", "Restored",
    "drill", "last_backup", "last_drill", "make", "make_key", "newest_in", "restore",
    "sweep",
]  # fmt: skip
