"""The audit packet of one patient's month, one click away wherever that month is shown."""

from __future__ import annotations

from ccm_core.access.identity import Identity
from ccm_core.months import Month
from ccm_core.program import packets
from ccm_core.records import Practice
from ccm_core.store import db
from pages.parts import downloads
from pages.parts.guard import may


def offer(who: Identity, practice: Practice, patient_id: str, month: Month) -> None:
    """The link, for those who may export from a patient's story."""
    if not may(who, "patient", "export"):
        return

    def make() -> bytes:
        with db.session(write=True) as opened:
            return packets.one(opened, who, patient_id, month).packet.content

    mark = "demo-" if practice.is_demo else ""
    downloads.offer(
        "Audit packet (PDF)", f"{mark}packet-{month}.pdf", make, packets.MIME, "patient"
    )
