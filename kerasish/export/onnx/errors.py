"""The error of everything that can't be exported."""

from __future__ import annotations


class ExportError(ValueError):
    """A model, layer or argument has no exact counterpart in the exported format."""
