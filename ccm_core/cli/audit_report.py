"""Running an audit for the command line, and its report in three formats."""

from __future__ import annotations

import hashlib
import json
import sys
from collections.abc import Iterable, Iterator
from decimal import Decimal
from pathlib import Path
from typing import TYPE_CHECKING, Any

from ccm_core.audit import Outcome, audit_case
from ccm_core.casefile import read_case
from ccm_core.cli.casefiles import read_cases
from ccm_core.cli.output import print_json
from ccm_core.engine.kinds import is_database, refuse_unknown
from ccm_core.errors import UsageError
from ccm_core.exchange.safe_cells import Rows, guarded
from ccm_core.months import Month
from ccm_core.outcome_json import finding_json, outcome_json
from ccm_core.policy import POLICIES, one_name
from ccm_core.safe_lines import one_line
from ccm_core.tables import tables_version

if TYPE_CHECKING:
    from ccm_core.engine.folders import Tally
    from ccm_core.exchange.rejects import Reject

STATUSES = ("clean", "review", "blocked")
_MOST_TOLD = 10


def run(
    files: list[str], month: str | None, db: str | None, policy: str | None, engine: str,
    cluster: tuple[str, str, str] = ("local[*]", "", ""),
) -> dict[str, Any]:  # fmt: skip
    """Audit files or the database; the report as one mapping. Raises: CcmError.

    ``cluster``: Spark's master; what to read and what to write, a folder or a database each.
    With something to write, the report counts; the outcomes are there.
    """
    if policy is not None and policy not in POLICIES:
        raise UsageError(f"policy {policy!r} was asked; there are {' and '.join(POLICIES)}.")
    refuse_unknown(engine)
    wanted = Month.parse(month) if month is not None else None
    if files and (cluster[1] or (cluster[2] and _are_case_files(files))):
        raise UsageError(
            "Files and --input were named; an audit reads one of them." if cluster[1] else
            "Case files and --output were named; their outcomes are only printed. Leave out "
            "--output, or audit exports or a database."
        )  # fmt: skip
    if files and _are_case_files(files):
        outcomes = list(_from_case_files(files, wanted, policy))
    elif wanted is None:
        raise UsageError("No month was given. Add --month, for example --month 2025-03.")
    else:
        from ccm_core.engine.run import Cluster, audit_month, audit_to_output

        where = Cluster(*cluster)
        if not files and not where.source:
            _require_database(db)
        if where.output:
            tally = audit_to_output(files, wanted, db, policy, engine, where)
            made = counted(tally, wanted, policy or "", where.output)
        else:
            found = audit_month(files, wanted, db, policy, engine, where)
            made = summary(found, wanted, policy or "")
        return made | (_rejected(where.rejects) if files else _left_out(where.source))
    return summary(outcomes, wanted, policy or "")


def _left_out(source: str) -> dict[str, Any]:
    """Files and columns of a folder that no audit reads: a kind misspelled frees a month."""
    if not source or is_database(source):
        return {}
    from ccm_core.engine.left_out import left_out

    return {"left_out": left_out(Path(source))}


def _rejected(rejects: list[Reject]) -> dict[str, Any]:
    """Rows of exports that the audit never saw: a stay among them may be why a case is clean."""
    return {
        "rejected": len(rejects),
        "rejects": [
            {"file": one.file, "line": one.line, "column": one.column,
             "rule": one.rule, "reason": one.reason}
            for one in rejects
        ],
    }  # fmt: skip


def _require_database(db: str | None) -> None:
    from ccm_core.store.db import require_current
    from ccm_core.store.presence import require_there

    require_there("An audit of a month was", db)
    require_current(db)


def _are_case_files(files: list[str]) -> bool:
    return all(_is_case_file(name) for name in files)


def _is_case_file(name: str) -> bool:
    if name == "-":
        return True
    path = Path(name)
    if path.suffix.lower() == ".toml":
        return True
    if path.suffix.lower() not in (".json", ".jsonl"):
        return False
    try:
        with path.open(encoding="utf-8-sig", errors="replace") as text:
            return '"resourceType"' not in text.read(65536)
    except OSError:
        return True  # whoever reads the cases says why it cannot be read


def _from_case_files(
    files: list[str], month: Month | None, policy: str | None
) -> Iterator[Outcome]:
    for name in files:
        for index, said in enumerate(read_cases(name)):
            place = f"{Path(name).name}:{index + 1}"
            named = {"patient": said.get("name") or place, **said}
            if policy:
                named["policy"] = policy
            try:
                case, own = read_case(named)
            except UsageError as bad:
                raise UsageError(f"{place}: {bad}") from bad
            if month is None or case.month == month:
                yield audit_case(case, own)


def summary(outcomes: Iterable[Outcome], month: Month | None, policy: str) -> dict[str, Any]:
    """Counts, dollars and findings of an audit. Same input, same ``output_sha256``."""
    count = dict.fromkeys(STATUSES, 0)
    usd = dict.fromkeys(STATUSES, Decimal(0))
    findings: list[dict[str, Any]] = []
    policies, months, nothing, below, unpriced = set(), set(), 0, 0, 0
    ordered = sorted(outcomes, key=lambda o: (o.month, o.patient_id, o.npi))
    for outcome in ordered:
        count[outcome.status] += 1
        nothing += outcome.has_no_claim
        below += outcome.is_below_threshold
        policies.add(outcome.policy_name)
        months.add(outcome.month)
        amount = outcome.planned_usd
        unpriced += bool(outcome.planned_units) and amount is None
        usd[outcome.status] += amount or 0
        findings += [{"patient": outcome.patient_id, **finding_json(j)} for j in outcome.findings]
    return {
        "month": str(month) if month else (months.pop() if len(months) == 1 else None),
        "policy": policy or one_name(policies),
        "tables_version": tables_version(),
        "cases": sum(count.values()),
        **count,
        "nothing_to_bill": nothing,
        "below_threshold": below,
        "without_fee": unpriced,
        "allowed_usd": {status: f"{usd[status]:.2f}" for status in STATUSES},
        "findings": findings,
        "output_sha256": digest(ordered),
    }


def counted(tally: Tally, month: Month, policy: str, output: str) -> dict[str, Any]:
    """Counts and dollars of an audit whose outcomes lie elsewhere, and a hash over these."""
    kept: dict[str, Any] = {"output": output}
    if is_database(output):
        from ccm_core.store.arrow_rows import plain

        kept = {"output": plain(output), "output_ids": tally.output_ids}
    return {
        "month": str(month),
        "policy": policy or one_name(tally.policies),
        "tables_version": tables_version(),
        "cases": tally.status.total(),
        **{status: tally.status[status] for status in STATUSES},
        "nothing_to_bill": tally.nothing,
        "below_threshold": tally.below,
        "without_fee": tally.unpriced,
        "allowed_usd": {s: f"{tally.usd.get(s, Decimal(0)):.2f}" for s in STATUSES},
        "findings_by_rule": dict(sorted(tally.rules.items())),
        **kept,
        "output_sha256": tally.output_sha256 or _over_files(Path(output)),
    }


def _over_files(output: Path) -> str:
    sha = hashlib.sha256()
    for file in sorted(output.rglob("*.parquet")):
        sha.update(file.read_bytes())
    return sha.hexdigest()


def digest(outcomes: Iterable[Outcome]) -> str:
    """SHA-256 over every outcome in canonical JSON, one line each."""
    sha = hashlib.sha256()
    for outcome in outcomes:
        line = {"patient": outcome.patient_id, **outcome_json(outcome)}
        sha.update(json.dumps(line, sort_keys=True, ensure_ascii=False).encode() + b"\n")
    return sha.hexdigest()


def report(result: dict[str, Any], format: str) -> None:
    """Print the report as JSON, as CSV of findings, or as text."""
    if format == "json":
        print_json(result)
    elif format == "csv" and "findings" in result:
        writer = Rows(sys.stdout, "\n")
        writer.writerow(("patient", "rule", "level", "summary", "fix"))
        for f in result["findings"]:
            cells = (f["patient"], f["rule"], f["level"], f["summary"], f["fix"])
            writer.writerow(map(guarded, cells))  # a name in a case file is anybody's word
    else:
        print(_text(result))
    if not result["cases"]:
        print("Nothing was audited: no case of that month was found.", file=sys.stderr)
    if rejects := result.get("rejects"):
        print(_not_judged(rejects), file=sys.stderr)
    if left := result.get("left_out"):
        print(_not_read(left), file=sys.stderr)


def _not_read(left: list[dict[str, str]]) -> str:
    """Files and columns of a folder that no audit reads: what they hold was not judged."""
    told = [
        "  " + one_line(f"{one['file']} {one['column']}".rstrip() + f": {one['reason']}")
        for one in left[:_MOST_TOLD]
    ]
    more = ["  ..."] if len(left) > len(told) else []
    return "\n".join(["Not read, so that no result rests on it:", *told, *more])


def _not_judged(rejects: list[dict[str, Any]]) -> str:
    """The first few of them; ``ccm import --dry-run`` shows all."""
    told = [
        f"  {one_line(f['file'])}, line {f['line']}, {one_line(f['column'] or 'the row')}: "
        f"{one_line(f['reason'])}"
        for f in rejects[:_MOST_TOLD]
    ]
    rows = "1 row was" if len(rejects) == 1 else f"{len(rejects):,} rows were"
    head = f"{rows} rejected and not judged; a case may look better or worse than it is:"
    return "\n".join([head, *told, *(["  ..."] if len(rejects) > len(told) else [])])


def _text(result: dict[str, Any]) -> str:
    head = [
        f"{result['month'] or 'several months'}, policy {result['policy']}, "
        f"tables {result['tables_version']}",
        f"{result['cases']} cases: "
        + ", ".join(f"{result[s]} {s} (${result['allowed_usd'][s]})" for s in STATUSES),
    ]
    if "findings" not in result:
        rules = [f"  {rule}: {number}" for rule, number in result["findings_by_rule"].items()]
        return "\n".join([*head, f"Written to {result['output']}. Findings by rule:", *rules])
    said = (f"{f['patient']}: {f['level']} {f['rule']} {f['summary']}" for f in result["findings"])
    lines = [f"  {one_line(text)}" for text in said]
    return "\n".join([*head, *lines])
