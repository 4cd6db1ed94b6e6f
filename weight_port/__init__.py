"""Moves weights between Keras and PyTorch, exactly, from a declarative table of layouts.

`weight_port.gates` knows the order of gates in each framework, `weight_port.layouts` the layout of
each layer, `weight_port.transform` moves arrays by them, and `weight_port.torch` loads them into
plain `torch.nn` modules. `port` moves the weights of whole models. Importing this package imports
neither torch nor Keras.
"""

from typing import TYPE_CHECKING, Any

from weight_port.errors import LayoutError, WeightMismatchError, WeightPortError

if TYPE_CHECKING:
    from weight_port.porting import PortReport, port

__all__ = ["LayoutError", "PortReport", "WeightMismatchError", "WeightPortError", "port"]

_PORTING = ("PortReport", "port")


def __getattr__(name: str) -> Any:
    """Import what reads files and models when it is first asked for."""
    if name in _PORTING:
        from weight_port import porting

        return getattr(porting, name)
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
