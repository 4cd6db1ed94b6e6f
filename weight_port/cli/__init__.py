"""The command `weight-port`."""

from weight_port.cli.app import main

__all__ = ["main"]
