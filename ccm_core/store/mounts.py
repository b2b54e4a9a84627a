"""Where the database file lies: a network disk breaks SQLite's locks and its promise."""

from __future__ import annotations

from pathlib import Path

from ccm_core.errors import UsageError

NETWORK = frozenset({
    "nfs", "nfs4", "cifs", "smb3", "smbfs", "afs", "ceph", "glusterfs", "fuse.sshfs",
    "fuse.glusterfs", "lustre", "beegfs",
})  # fmt: skip
_MOUNTS = Path("/proc/mounts")


def kind_of(path: Path, mounts: Path = _MOUNTS) -> str:
    """The kind of file system that holds a path; empty where the system does not tell."""
    try:
        lines = mounts.read_text(encoding="utf-8", errors="replace").splitlines()
    except OSError:
        return ""
    here, found, longest = path.resolve(), "", -1
    for line in lines:
        _, place, kind, *_ = [*line.split(" "), "", ""]
        folder = Path(place.replace("\\040", " "))
        if (here == folder or folder in here.parents) and len(folder.parts) >= longest:
            found, longest = kind, len(folder.parts)
    return found


def require_local(path: Path, mounts: Path = _MOUNTS) -> None:
    """Refuse a network disk. Raises: UsageError."""
    kind = kind_of(path, mounts)
    if kind in NETWORK:
        raise UsageError(
            f"The database was asked for on a network disk ({kind}), where SQLite cannot keep it "
            "whole. Use a disk of this machine, or PostgreSQL."
        )
