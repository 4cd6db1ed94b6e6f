"""`wrap`: an existing torch module with the call contract of a Keras layer."""

from __future__ import annotations

from typing import Any

from torch import nn

from kerasish.layers.base.layer import Layer
from kerasish.layers.wrapping.torch_module import TorchModule
from kerasish.layers.wrapping.torch_recurrent import TorchRecurrent


def wrap(module: nn.Module, **options: Any) -> Layer:
    """Give an existing, maybe trained, torch module the call contract of a Keras layer.

    The module is held as it is: its parameters are not copied, and training either trains both.

    Args:
        module: An `nn.LSTM`, `nn.GRU` or `nn.RNN` (any number of layers, one direction or both,
            `batch_first` either way, `proj_size`, `dropout`), which becomes a recurrent layer; or
            any other module that takes and gives one tensor.
        **options: For a recurrent module `return_sequences`, `return_state`,
            `zero_output_for_mask`; for all `name` and the other arguments of every layer.

    Returns:
        A layer that takes NumPy arrays, tensors and symbols.

    Raises:
        ValueError: If `module` is not a torch module, or an option is unknown.

    Example:
        >>> layer = wrap(nn.LSTM(2, 3), return_state=True)
        >>> output, h, c = layer(np.ones((1, 8, 2)))
    """
    if isinstance(module, Layer):
        raise ValueError(f"wrap takes a torch module; this is a layer already. Received: {module}")
    if isinstance(module, nn.RNNBase):
        return TorchRecurrent(module, **options)
    if isinstance(module, nn.Module):
        return TorchModule(module, **options)
    raise ValueError(f"wrap takes a torch module. Received: {module!r} of type {type(module)}")
