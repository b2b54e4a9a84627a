"""``ccm case``: judge one case given as JSON or TOML."""

from __future__ import annotations

import sys

import typer

from ccm_core.cli import app


@app.command("case")
def case_command(
    file: str = typer.Argument(..., help="A JSON or TOML file, or - for standard input."),
) -> None:
    """Judge one case: everything that is not said is in order.

    Prints codes, amounts and findings as JSON. Exit status: 0 nothing blocked,
    1 blocked, 2 the file cannot be read.
    """
    from ccm_core.audit import audit_case
    from ccm_core.casefile import read_case
    from ccm_core.cli.casefiles import read_cases
    from ccm_core.cli.output import fail, print_json
    from ccm_core.errors import CcmError
    from ccm_core.outcome_json import outcome_json

    try:
        found = read_cases(file)
        if len(found) != 1:
            fail(f"{len(found)} cases are in the file; ccm case takes one. Use ccm audit for many.")
        case, policy = read_case(found[0])
        outcome = audit_case(case, policy)
    except CcmError as wrong:
        fail(str(wrong))
    print_json(outcome_json(outcome))
    sys.exit(1 if outcome.status == "blocked" else 0)
