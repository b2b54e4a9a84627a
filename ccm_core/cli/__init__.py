"""The command line: one file per command, each imported only when it runs.

A command file adds itself with ``@app.command``; its heavy imports stand inside
the function, so that ``ccm --help`` and ``ccm fee`` start fast.
"""

from __future__ import annotations

import os
from typing import NoReturn

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
    """Run the command line: files for their owner only, errors without what a record said."""
    os.umask(0o077)
    from ccm_core.cli import output

    output.ready_streams()
    try:
        try:
            with output.work_shown():
                app()
        finally:
            output.flush()
    except SystemExit as ended:
        if isinstance(ended.__context__, BrokenPipeError):  # typer calls it status 1: blocked
            output.unwritten()
        raise
    except BrokenPipeError:
        output.unwritten()
    except Exception as error:  # the commands tell what they expect themselves
        if os.environ.get("CCM_TRACEBACK") == "1":
            raise
        _tell(error)


def _tell(error: Exception) -> NoReturn:
    """End with a sentence, the type and the place of an error, and never with its text."""
    from ccm_core.access.logs import place_of
    from ccm_core.cli import output

    where = f"{type(error).__name__} at {place_of(error)}"
    said = output.trouble_of(error)
    output.fail(
        (f"{said} ({where}.) " if said else f"This failed unexpectedly: {where}. ")
        + "With CCM_TRACEBACK=1 it says more, which may quote a patient's data."
    )


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
