"""The error of the porter. Each message ends with what was received."""

from __future__ import annotations


class PorterError(ValueError):
    """A file can't be read as Python source or as a notebook, or not be written."""
