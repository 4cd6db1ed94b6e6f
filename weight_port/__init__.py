"""Moves weights between Keras and PyTorch, exactly, from a declarative table of layouts.

`weight_port.gates` knows the order of gates in each framework, `weight_port.layouts` the layout of
each layer, `weight_port.transform` moves arrays by them, and `weight_port.torch` loads them into
plain `torch.nn` modules. Importing this package imports neither torch nor Keras.
"""

from weight_port.errors import LayoutError, WeightMismatchError, WeightPortError

__all__ = ["LayoutError", "WeightMismatchError", "WeightPortError"]
