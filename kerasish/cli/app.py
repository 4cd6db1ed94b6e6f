"""The command line: one file for each command, joined here."""

from __future__ import annotations

import sys
from typing import NoReturn

import typer

from kerasish.cli.check_command import check
from kerasish.cli.eject_command import eject
from kerasish.cli.port_command import port
from kerasish.cli.run_command import run
from weight_port.cli import output

EXIT_ERROR = 3
EXIT_INTERRUPTED = 130
_HELP = """Ports Keras notebooks and scripts to kerasish, or runs them; ejects plain PyTorch.

Exit codes: 0 all ports; 1 some of it does not; 2 a wrong call; 3 a file that can't be used.
"""

app = typer.Typer(
    name="kerasish",
    help=_HELP,
    no_args_is_help=True,
    add_completion=False,
    rich_markup_mode="markdown",
    pretty_exceptions_enable=False,
)
app.command()(check)
app.command()(port)
app.command()(eject)
app.command(context_settings={"allow_extra_args": True, "ignore_unknown_options": True})(run)


def main(arguments: list[str] | None = None) -> NoReturn:
    """Run the command, with clear messages in place of tracebacks.

    Args:
        arguments: What stands after the command's name; `sys.argv` by default.

    Raises:
        SystemExit: Always, with the exit code.
    """
    try:
        app(args=arguments, prog_name="kerasish")
    except (OSError, ValueError, ImportError) as error:
        output.error(str(error))
        sys.exit(EXIT_ERROR)
    except KeyboardInterrupt:
        output.error("Interrupted.")
        sys.exit(EXIT_INTERRUPTED)
    sys.exit(0)
