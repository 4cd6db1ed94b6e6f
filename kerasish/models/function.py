"""`keras.Function`: the computation from symbols to others, to be called."""

from __future__ import annotations

from typing import Any

from kerasish.models.functional import Functional


class Function(Functional):
    """What computes symbols from others: a graph of calls, without `fit` in mind.

    Here it is a functional model, so `.code`, `.operations` and torch's methods are there too.

    Args:
        inputs: Symbols in any structure.
        outputs: Symbols computed from them, in any structure.
        name: Name.

    Example:
        >>> x = kerasish.Input((3,))
        >>> double = kerasish.Function(x, x * 2)
        >>> double(np.ones((1, 3)))
    """

    def __init__(self, inputs: Any, outputs: Any, name: str | None = None, **kwargs: Any) -> None:
        super().__init__(inputs, outputs, name=name, **kwargs)
