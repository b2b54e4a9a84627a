"""Files of which only a little is ever honest: mappings, keys, kept heads.

A device or a file of gigabytes in their place would fill the memory before anybody
could say that it is none.
"""

from __future__ import annotations

import errno
import os
from pathlib import Path


def read_small(path: Path, most: int) -> bytes:
    """The bytes of a file. Raises: OSError, also where it is longer than ``most``."""
    with path.open("rb") as file:
        found = file.read(most + 1)
    if len(found) > most:
        raise OSError(errno.EFBIG, os.strerror(errno.EFBIG), str(path))
    return found
