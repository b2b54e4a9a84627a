"""The private folder: where the embedded database and its keys lie. Nothing heavy is loaded."""

from __future__ import annotations

import os
from pathlib import Path

from ccm_core.errors import UsageError

PROJECT = Path(__file__).resolve().parents[2]


def private_folder() -> Path:
    """The folder of the embedded database and its keys, readable by its owner only.

    Raises: UsageError where no folder can be there.
    """
    folder = Path(os.environ.get("CCM_VAR_DIR") or PROJECT / "var")
    try:
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    except OSError as error:
        raise UsageError(
            f"The private folder {folder} cannot be made: {error.strerror}. Name another one in "
            "CCM_VAR_DIR."
        ) from error
    return folder
