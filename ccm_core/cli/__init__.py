"""The command line: one file per command, each imported only when it runs.

A command file adds itself with ``@app.command``; its heavy imports stand inside
the function, so that ``ccm --help`` and ``ccm fee`` start fast.
"""

from __future__ import annotations

import typer

app = typer.Typer(
    name="ccm",
    help="Chronic care management: fees, cases, imports, audits and exports.",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
)


@app.callback()
def _commands() -> None:
    """Keep the name of a command even while there is only one."""


def main() -> None:
    """Run the command line."""
    app()


# The commands, in alphabetical order; each import registers one.
from ccm_core.cli import (  # noqa: E402,F401
    audit,
    backup,
    case,
    demo,
    export,
    fee,
    fees,
    import_,
    log,
    migrate,
    steps,
    users,
)
