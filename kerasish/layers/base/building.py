"""What goes on around a layer's `build`, whoever calls it."""

from __future__ import annotations

import functools
import inspect
from collections.abc import Callable
from typing import Any

from kerasish.layers.base.weight_scope import weight_scope


def completed(build: Callable) -> Callable:
    """Wrap the `build` of a class so that a direct call leaves the layer built, as in Keras.

    Args:
        build: The method as it was written. Within it, `super().build(...)` is a plain call.
    """

    @functools.wraps(build)
    def run(self: Any, *args: Any, **kwargs: Any) -> None:
        if self.__dict__.get("_is_building"):
            build(self, *args, **kwargs)
            return
        self.__dict__["_is_building"] = True
        try:
            self._register_unnamed_weights()
            with weight_scope(self):
                build(self, *args, **kwargs)
        finally:
            del self.__dict__["_is_building"]
        given = inspect.signature(build).bind(self, *args, **kwargs).arguments
        shapes = {name.removesuffix("_shape"): shape for name, shape in list(given.items())[1:]}
        self._complete_build({name: s for name, s in shapes.items() if s is not None})

    return run
