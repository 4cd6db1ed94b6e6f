"""The `preprocess_input` of each family."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from kerasish.applications import imagenet_utils


def preprocessor(mode: str | None) -> Callable[..., Any]:
    """Return a family's `preprocess_input`.

    Args:
        mode: As in `imagenet_utils.preprocess_input`; None where the model does it all itself.
    """

    def preprocess_input(x: Any, data_format: str | None = None) -> Any:
        """Bring pixels from 0 to 255 into the form that the models of this module take."""
        if mode is None:
            return x
        return imagenet_utils.preprocess_input(x, data_format, mode)

    return preprocess_input
