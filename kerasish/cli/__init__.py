"""The command `kerasish`."""

from kerasish.cli.app import main

__all__ = ["main"]
