"""A `torch.nn.Module` as a side of a comparison of outputs."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
import torch
from torch import nn

from weight_port.records.record import LayerRecord
from weight_port.records.torch_modules import records_of_module
from weight_port.verify.inputs import InputSpec
from weight_port.verify.sides import LayerCall, arrays_in, first_tensor, free_path, to_numpy


class TorchSide:
    """A module, watched by forward hooks.

    The path of a module is its name with `/` in place of dots. The outputs of a recurrent module
    with `batch_first=False` are given as `(batch, time, features)`.

    Args:
        module: The module; it is run in inference, and is as before at the end.
        specs: What its inputs must be, in the order of its arguments. Without them, they are those
            of the other side.
    """

    def __init__(self, module: nn.Module, specs: Sequence[InputSpec] = ()) -> None:
        self.module = module
        self._specs = list(specs)

    def input_specs(self) -> list[InputSpec]:
        """Return what the inputs must be, as given."""
        return self._specs

    def records(self) -> list[LayerRecord]:
        """Return the layers with their weights."""
        return records_of_module(self.module)

    def layer_outputs(self, inputs: Mapping[str, np.ndarray]) -> dict[str, np.ndarray]:
        """Return the output of each module by its path."""
        return {path: call.output for path, call in self.layer_calls(inputs).items()}

    def layer_calls(self, inputs: Mapping[str, np.ndarray]) -> dict[str, LayerCall]:
        """Run the module in inference and return the calls of the modules inside it."""
        calls: dict[str, LayerCall] = {}
        modes = {module: module.training for module in self.module.modules()}
        names = [spec.name for spec in self._specs] or list(inputs)
        arrays = [inputs[name] for name in names]
        device = next((p.device for p in self.module.parameters()), torch.device("cpu"))
        handles = [
            module.register_forward_hook(_hook(name.replace(".", "/"), calls), with_kwargs=True)
            for name, module in self.module.named_modules()
            if name
        ]
        try:
            self.module.eval()
            with torch.no_grad():
                self.module(*[torch.from_numpy(np.array(a)).to(device) for a in arrays])
        finally:
            for handle in handles:
                handle.remove()
            for module, mode in modes.items():
                module.training = mode
        return calls


def _hook(path: str, calls: dict[str, LayerCall]) -> Any:
    def note(module: nn.Module, args: Any, kwargs: Mapping[str, Any], result: Any) -> None:
        time_first = isinstance(module, nn.RNNBase) and not module.batch_first
        output = _batch_first(result, time_first)
        if output is not None:
            taken = _batch_first(args, time_first)
            inputs = () if taken is None else (taken, *arrays_in(list(args[1:])))
            calls[free_path(path, calls)] = LayerCall(output, inputs)

    return note


def _batch_first(value: Any, time_first: bool) -> np.ndarray | None:
    """Return the first tensor as an array, the batch as its first axis, packed ones padded."""
    if isinstance(value, tuple) and value and isinstance(value[0], nn.utils.rnn.PackedSequence):
        value = value[0]
    if isinstance(value, nn.utils.rnn.PackedSequence):
        return to_numpy(nn.utils.rnn.pad_packed_sequence(value, batch_first=True)[0])
    array = to_numpy(first_tensor(value))
    return array.swapaxes(0, 1) if array is not None and time_first and array.ndim == 3 else array
