"""The error of a proof that can't be had."""

from __future__ import annotations

from kerasish.porter.errors import PorterError


class ProofError(PorterError):
    """A side can't run: Keras or a package is not installed, or a kernel does not start."""
