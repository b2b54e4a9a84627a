"""Every error the core raises on purpose.

A message says what was asked, what there is, and what to do. No message may
hold a patient's name, identifier or note: messages reach logs.
"""


class CcmError(Exception):
    """Base of all errors that a person can act on."""


class UsageError(CcmError):
    """What was asked cannot be understood: wrong field, wrong value, wrong file."""


class TableError(CcmError):
    """A file under data/ is malformed. The message names file and line."""


class NotInForce(CcmError):
    """A dated table has no row for this key on this day."""


class NotPayable(CcmError):
    """A code exists but the fee schedule gives no amount in this setting."""


class UnknownLocality(CcmError):
    """No such Medicare locality or ZIP code in the tables of that year."""


class PermissionDenied(CcmError):
    """The signed-in role may not do this."""


class NotSignedIn(CcmError):
    """There is no live session behind this call."""


class Conflict(CcmError):
    """Somebody else changed the record since it was shown."""


class ImportRefused(CcmError):
    """A whole file cannot be read: the message says which limit or format it broke."""


class StoreTrouble(CcmError):
    """The machine under the database fails: disk full, read only, damaged, busy."""
