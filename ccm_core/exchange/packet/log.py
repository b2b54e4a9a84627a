"""The back part of a packet: time log, findings, sources, versions."""

from __future__ import annotations

from collections.abc import Iterator

from ccm_core.cases import SECONDS_PER_MINUTE
from ccm_core.errors import TableError
from ccm_core.exchange.packet.facts import Block, PacketFacts, Pairs, Table, Words
from ccm_core.minutes import CountedEntry
from ccm_core.months import said_day, said_text
from ccm_core.rules import find_rule
from ccm_core.sources import source

_RESULTS = ("BLOCK", "REVIEW")


def time_log(facts: PacketFacts) -> Iterator[Block]:
    """Every entry of the month: what counted, what did not, and why."""
    entries = facts.case.counted.entries
    if not entries:
        yield Words("No time was logged in this month.")
        return
    yield Table(
        ("Day", "Start", "Who", "Role", "Activity", "Min:s", "Counted", "Not counted, why"),
        (10, 9, 14, 11, 12, 8, 8, 28),
        tuple(_entry(facts, one) for one in entries),
    )
    notes = tuple(
        (f"{said_day(one.on)}, {_start(facts, one)}", one.entry.note)
        for one in entries if one.entry.note
    )  # fmt: skip
    if notes:
        yield Words("Notes to the entries:")
        yield Pairs(notes)


def _entry(facts: PacketFacts, one: CountedEntry) -> tuple[str, ...]:
    entry = one.entry
    why = "; ".join(f"{_clock(seconds)} {reason}" for seconds, reason in one.excluded)
    return (
        said_day(one.on), _start(facts, one),
        facts.people.get(entry.staff_id, entry.staff_id),
        entry.actor.replace("_", " "), entry.activity.replace("_", " "), _clock(entry.seconds),
        _clock(one.counted_seconds), _late(one, why),
    )  # fmt: skip


def _late(one: CountedEntry, why: str) -> str:
    """What is not counted, and when an entry was written down on a later day."""
    recorded = one.entry.recorded_at
    if recorded is None or recorded.date() <= one.on:
        return why
    said = f"written on {said_day(recorded.date())}"
    if one.entry.late_reason:
        said += f": {one.entry.late_reason}"
    return f"{why}; {said}" if why else said


def _start(facts: PacketFacts, one: CountedEntry) -> str:
    if not one.entry.is_start_known:
        return "not recorded"
    return f"{one.entry.started_at.astimezone(facts.case.zone):%H:%M}"


def _clock(seconds: int) -> str:
    return f"{seconds // SECONDS_PER_MINUTE}:{seconds % SECONDS_PER_MINUTE:02d}"


def findings(facts: PacketFacts) -> Iterator[Block]:
    """Every finding with the word of the person who accepted it, then all rules that passed."""
    if facts.findings:
        yield Table(
            ("Rule", "Level", "Finding", "Acknowledged"), (7, 9, 52, 32),
            tuple((f.rule, f.level, said_text(f.summary), _word(facts, f)) for f in facts.findings),
        )  # fmt: skip
    else:
        yield Words("The audit found nothing.")
    passed = [line for line in facts.checklist if line.result == "PASS"]
    yield Words(f"{len(passed)} rules passed:")
    yield Table(
        ("Rule", "What was checked", "Evidence"), (7, 43, 50),
        tuple((line.rule, line.title, _evidence(line)) for line in passed),
    )  # fmt: skip


def _word(facts: PacketFacts, said: object) -> str:
    by = getattr(said, "acknowledged_by", "")
    if not by:
        return "no" if getattr(said, "level", "") in _RESULTS else ""
    at = getattr(said, "acknowledged_at", None)
    on = f" on {said_day(at.date())}" if at else ""
    return f"{facts.people.get(by, by)}{on}: {getattr(said, 'reason', '')}"


def _evidence(line) -> str:  # type: ignore[no-untyped-def]
    return "; ".join(f"{e.name}: {said_text(str(e.value))}" for e in line.evidence)


def sources(facts: PacketFacts) -> Iterator[Block]:
    """The documents behind the findings and behind the rules that passed."""
    cites: dict[str, None] = {}
    for said in facts.findings:
        cites.update(dict.fromkeys(said.cites))
    for line in facts.checklist:
        if line.result == "PASS":
            cites.update(dict.fromkeys(find_rule(line.rule).cites))
    places: dict[str, list[str]] = {}
    for cite in sorted(cites):
        name, _, pinpoint = cite.partition("#")
        places.setdefault(name, []).append(pinpoint)
    yield Table(
        ("Source", "Authority", "Title, address, places", "Read on"),
        (17, 13, 58, 12),
        tuple(_source(name, pinpoints) for name, pinpoints in places.items()),
    )


def _source(name: str, pinpoints: list[str]) -> tuple[str, ...]:
    where = "; ".join(filter(None, pinpoints))
    try:
        known = source(name)
    except TableError:
        return (name, "", where, "")
    said = f"{known.title}. {known.url} ({where})" if where else f"{known.title}. {known.url}"
    return (name, known.authority, said, known.read_on)


def versions(facts: PacketFacts) -> Iterator[Block]:
    """Under which policy and tables the month was judged."""
    yield Pairs((
        ("Policy", facts.outcome.policy_name),
        ("Tables", facts.outcome.tables_version),
        ("Result", f"{facts.outcome.status}"),
    ))  # fmt: skip
