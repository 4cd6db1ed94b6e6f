"""The command line: one file for each command, joined here."""

from __future__ import annotations

import sys
from typing import NoReturn

import typer

from weight_port.cli import output
from weight_port.cli.convert_command import convert
from weight_port.cli.diff_command import diff
from weight_port.cli.inspect_command import inspect
from weight_port.cli.map_command import write_map
from weight_port.cli.verify_command import verify
from weight_port.errors import WeightPortError

EXIT_ERROR = 3
EXIT_INTERRUPTED = 130
_HELP = """Moves trained weights between Keras and PyTorch, and proves it.

Exit codes: 0 done, or equal; 1 different; 2 a wrong call; 3 a file that can't be used.
"""

app = typer.Typer(
    name="weight-port",
    help=_HELP,
    no_args_is_help=True,
    add_completion=False,
    rich_markup_mode="markdown",
    pretty_exceptions_enable=False,
)
app.command()(inspect)
app.command()(convert)
app.command()(verify)
app.command()(diff)
app.command("map")(write_map)


def main(arguments: list[str] | None = None) -> NoReturn:
    """Run the command, with clear messages in place of tracebacks.

    Args:
        arguments: What stands after the command's name; `sys.argv` by default.

    Raises:
        SystemExit: Always, with the exit code.
    """
    try:
        app(args=arguments, prog_name="weight-port")
    except (WeightPortError, OSError, ValueError, TypeError, ImportError) as error:
        output.error(str(error))
        sys.exit(EXIT_ERROR)
    except KeyboardInterrupt:
        output.error("Interrupted; nothing was written.")
        sys.exit(EXIT_INTERRUPTED)
    sys.exit(0)
