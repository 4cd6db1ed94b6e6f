"""Names of `keras.ops` in the namespaces that Keras has besides: `ops.numpy`, `ops.nn`, ..."""

from __future__ import annotations

from typing import Any

from kerasish.graph.keras_operations import MODULES


def names_in(module: str) -> list[str]:
    """Return the operations of a namespace that there are here.

    Args:
        module: `"numpy"`, `"nn"`, `"linalg"` or `"image"`.
    """
    from kerasish import ops

    return [name for name in MODULES[module] if name in ops.__all__]


def find_in(module: str, name: str) -> Any:
    """Return an operation of a namespace.

    Raises:
        AttributeError: If there is none of the name.
    """
    from kerasish import ops

    if name not in names_in(module):
        raise AttributeError(f"kerasish.ops.{module} has no operation {name!r}. Received: {name!r}")
    return getattr(ops, name)
