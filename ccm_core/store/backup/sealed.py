"""An encrypted stream: AES-256-GCM in numbered chunks, the last one marked as the last.

Each file has a key of its own, derived from the backup key and a random salt, so
that counting the chunks is a safe nonce. A changed bit, a swapped, missing or
added chunk and a wrong key all fail; nothing of a bad chunk is given out.
"""

from __future__ import annotations

import secrets
from collections.abc import Iterable, Iterator
from typing import BinaryIO

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

from ccm_core.errors import UsageError

MAGIC = b"CCM-BACKUP-1\n"
CHUNK = 1 << 20
_SALT, _TAG = 32, 16


def seal(content: Iterable[bytes], target: BinaryIO, key: bytes) -> None:
    """Write the content encrypted."""
    header = MAGIC + secrets.token_bytes(_SALT)
    box = _box(key, header)
    target.write(header)
    number, held = 0, b""
    for piece in content:
        held += piece
        # One chunk is always held back, because the last one is marked.
        while len(held) > CHUNK:
            target.write(box.encrypt(_nonce(number, False), held[:CHUNK], header))
            number, held = number + 1, held[CHUNK:]
    target.write(box.encrypt(_nonce(number, True), held, header))


def unseal(source: BinaryIO, key: bytes) -> Iterator[bytes]:
    """Give the content chunk by chunk. Raises: UsageError at the first that is not genuine."""
    header = source.read(len(MAGIC) + _SALT)
    if not header.startswith(MAGIC) or len(header) != len(MAGIC) + _SALT:
        raise UsageError("This file is not a backup of this program.")
    box, number = _box(key, header), 0
    piece = source.read(CHUNK + _TAG)
    while True:
        following = source.read(CHUNK + _TAG)
        try:
            yield box.decrypt(_nonce(number, not following), piece, header)
        except InvalidTag:
            raise UsageError(
                "The backup does not open: it was made with another key, or the file was "
                "damaged or cut. Nothing was restored. Try another backup."
            ) from None
        if not following:
            return
        piece, number = following, number + 1


def _box(key: bytes, header: bytes) -> AESGCM:
    derived = HKDF(SHA256(), 32, salt=header[len(MAGIC) :], info=MAGIC).derive(key)
    return AESGCM(derived)


def _nonce(number: int, is_last: bool) -> bytes:
    return number.to_bytes(11, "big") + (b"\1" if is_last else b"\0")
