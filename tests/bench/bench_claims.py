"""What a month of claims costs: ``python -m tests.bench.bench_claims --help``.

The batch goes the whole way through the store: audit, plan, approve, write the files,
read the make-believe payer's answer, post it. The packets are those of the demo practice.
"""

from __future__ import annotations

import argparse
import os
import random
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any

from ccm_core import demo, months, records
from ccm_core.access.identity import Identity
from ccm_core.months import Month
from ccm_core.program import billing_settings, claim_files, claim_run, packets, remitting, simulated
from ccm_core.store import db, results, writing
from tests.bench import made

LEAD = Identity("bench", "bench", "Bench", "billing_lead", "0" * 64)
CONDITIONS = 2
STAFF = 40
_MORE = (
    "arms breath diet feet garden heart insurance kidney lungs night pain pharmacy salt scale "
    "sister sleep son steps stomach sugar tablet taxi urine walk water weight week winter"
)
_NOTES = (*made._ABOUT, *made._DONE, *made._THEN, _MORE)
WORDS = sorted({word for note in _NOTES for word in note.split()})
"""Notes of words drawn at random: copied ones would put every month under review."""
WRITTEN_AT = datetime(2025, 4, 10, 15, tzinfo=UTC)
"""The clock of the batch stands here: claims of a month long past would be too late."""


@contextmanager
def timed(what: str, told: list[str]) -> Iterator[None]:
    """Wall and processor time of a step: other work on the machine shows in the first only."""
    wall, cpu = time.perf_counter(), time.process_time()
    yield
    told.append(f"{what}: {time.perf_counter() - wall:.1f} s, processor "
                f"{time.process_time() - cpu:.1f} s")  # fmt: skip


def clean_chart(number: int) -> Iterator[Any]:
    """A patient-month that is clean and earns 99490: one of the benchmark's, made whole."""
    pid = f"b{number:07d}"
    for one in made.chart(number, entries=0):
        if isinstance(one, records.Patient):
            yield replace(one, mbi=f"1S00A{number:06d}"[:11], sex="F", street=f"{number} Made St",
                          city="Miami", zip5="33101")  # fmt: skip
        elif not isinstance(one, records.Condition | records.Stay | records.ClaimLine
                            | records.Payer):  # fmt: skip
            yield one
    for place, (code, group) in enumerate(made._CODES[:CONDITIONS]):
        yield records.Condition(f"{pid}c{place}", pid, code, label=group, is_chronic=True,
                                onset_on=date(2015, 1, 1), group=group,
                                confirmed_by=made.NPI)  # fmt: skip
    yield records.Payer(f"{pid}y", pid, from_on=date(2015, 1, 1), member_id=f"1S00A{number:06d}")
    turn = number // STAFF
    rng = random.Random(number)
    for place, entry in enumerate(made._entries(rng, pid, number, 3)):
        at = datetime(2025, 3, 3 + turn // 50 % 7 + 9 * place, 13, tzinfo=UTC)
        yield replace(
            entry, seconds=rng.randint(405, 520), note=" ".join(rng.sample(WORDS, 14)),
            staff_id=f"s{number % STAFF}",
            started_at=at + timedelta(minutes=9 * (turn % 50)),
        )  # fmt: skip


def batch(url: str, claims: int) -> list[str]:
    """The way of a month, and what each step took."""
    told: list[str] = []
    months.clock = lambda: WRITTEN_AT
    practice = replace(
        made.PRACTICE, locality="national", npi=made.NPI, tin="121234567", is_demo=True
    )
    people = [records.Practitioner(made.NPI, "Dr. Bench", "MD"),
              *(records.Staff(f"s{n}", f"Nurse {n}", "RN") for n in range(40))]  # fmt: skip
    with db.session(url, write=True) as session:
        charts = (one for number in range(claims) for one in clean_chart(number))
        writing.save(session, practice.practice_id, [practice, *people, *charts])
        billing_settings.seed_demo(session, practice)
    month = made.MONTH

    def step(what: str, act: Callable[[Any], Any]) -> Any:
        with timed(what, told), db.session(url, write=True) as session:
            return act(session)

    step("audit", lambda s: results.refresh(s, practice.practice_id, month))
    done = step("approve", lambda s: claim_run.make(s, LEAD, practice, month))
    print(f"{done.new:,} claims; left out: {done.totals}")
    sent = step("write the files", lambda s: claim_files.export(s, LEAD, practice, month))
    assert not sent.held, sent.held[0]
    answers = step("answer", lambda s: simulated.answers(s, LEAD, practice, month))
    for name, content in answers:
        posted = step("post", lambda s, n=name, c=content: remitting.post(s, LEAD, practice, n, c))
        assert not posted.preview.run.unmatched
    return told


def packets_of(url: str, wanted: int) -> list[str]:
    """Packets of billed patient-months of the demo practice, until there are enough."""
    with db.session(url, write=True) as session:
        demo.load(session, patients=400, months=6, today=date(2026, 11, 21))
    told: list[str] = []
    number, month = 0, Month(2026, 10)
    while number < wanted:
        with timed(str(month), told), db.session(url, write=True) as session:
            more = packets.many(session, LEAD, month)[1]
        number, month = number + more, month.previous
        told[-1] = f"{more} packets of {told[-1]}"
    return told


def main() -> None:
    """Read the command line and print what it took."""
    asked = argparse.ArgumentParser(prog="tests.bench.bench_claims", description=__doc__)
    asked.add_argument("--claims", type=int, default=10_000)
    asked.add_argument("--packets", type=int, default=100)
    wanted = asked.parse_args()
    print(f"Load when it began: {os.getloadavg()[0]:.1f}, processors: {os.cpu_count()}")
    with tempfile.TemporaryDirectory(prefix="ccm-bench-") as folder:
        os.environ["CCM_VAR_DIR"] = folder
        if wanted.claims:
            url = f"sqlite:///{Path(folder) / 'claims.sqlite3'}"
            db.migrate(url)
            print(*batch(url, wanted.claims), sep="\n", flush=True)
        if wanted.packets:
            url = f"sqlite:///{Path(folder) / 'packets.sqlite3'}"
            db.migrate(url)
            print(*packets_of(url, wanted.packets), sep="\n")


if __name__ == "__main__":
    main()
