"""The layers of a `torch.nn.Module`, read and written; and of a `state_dict` in memory."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import ml_dtypes
import numpy as np
import torch
from torch import nn

from weight_port import layouts
from weight_port.errors import LayoutError, WeightMismatchError, WeightPortError
from weight_port.formats.tensors import LazyTensors, TensorInfo, Tensors
from weight_port.layouts import Layout
from weight_port.records.record import LayerRecord, mismatches
from weight_port.records.state_dict import TorchRecord, records_of_group, records_of_state_dict
from weight_port.torch import layout_of


def tensors_of(state: Mapping[str, Any]) -> Tensors:
    """Return a `state_dict`'s tensors as arrays that are read when asked for.

    Args:
        state: Tensors or NumPy arrays by name; other values (a version, a setting) are left out.

    Raises:
        WeightPortError: If there is no array in it.
    """
    arrays = {
        name: value
        for name, value in state.items()
        if isinstance(value, (torch.Tensor, np.ndarray))
    }
    if not arrays:
        raise WeightPortError(
            "A state_dict has tensors or arrays by name. If they lie deeper (checkpoint['model']), "
            f"give that part. Received: a mapping with the keys {list(state)[:12]}"
        )
    return LazyTensors(
        {name: _info(value) for name, value in arrays.items()},
        lambda name: _to_numpy(arrays[name]),
    )


@dataclass(frozen=True)
class TorchModel:
    """A torch module, or a `state_dict`, as records that can be read and written.

    Attributes:
        records: Its layers.
        state: Its tensors by name.
    """

    records: tuple[LayerRecord, ...]
    state: Mapping[str, Any]

    @classmethod
    def of(cls, module: nn.Module, layouts_for: Mapping[str, Layout] | None = None) -> TorchModel:
        """Read the layers of a module, each once.

        A module whose class is known (`weight_port.torch.layout_of`) is a layer; so is one that
        `layouts_for` names. Parameters of other modules are records without a layout.

        Args:
            module: The module.
            layouts_for: Layouts by the names of module classes.

        Raises:
            WeightPortError: If it has no parameters.
        """
        state = dict(module.state_dict(keep_vars=True))
        tensors = tensors_of(state) if state else LazyTensors({}, _to_numpy)
        records: list[LayerRecord] = []
        taken: set[str] = set()
        for name, inner in module.named_modules():
            prefix = f"{name}." if name else ""
            layout = _layout(inner, layouts_for or {})
            wanted = list(inner.state_dict()) if layout is not None else _own(inner)
            keys = {key: prefix + key for key in wanted if prefix + key in tensors}
            if not keys or taken & set(keys.values()):
                continue
            path = name.replace(".", "/") or ("" if layout is None else type(inner).__name__)
            taken |= set(keys.values())
            records += records_of_group(path, type(inner).__name__, keys, tensors, layout)
        if not records:
            raise WeightPortError(
                f"The module has no parameters. Received: {type(module).__name__}"
            )
        return cls(tuple(records), state)

    @classmethod
    def of_state_dict(cls, state: Mapping[str, Any]) -> TorchModel:
        """Read the layers of a `state_dict`; classes are those that names and shapes tell."""
        return cls(tuple(records_of_state_dict(tensors_of(state))), state)

    def assign(self, values: Sequence[tuple[LayerRecord, Mapping[str, np.ndarray]]]) -> None:
        """Write weights in place; the tensors keep their dtypes and devices.

        Args:
            values: Layers of `records`, perhaps read with a layout, each with arrays by the name
                of the weight.

        Raises:
            WeightMismatchError: If a weight does not exist or has another shape. All mismatches
                are listed, and nothing is written.
        """
        wrong = [line for record, arrays in values for line in mismatches(record, arrays)]
        if wrong:
            raise WeightMismatchError("Weights of a torch module", wrong)
        written: dict[str, np.ndarray] = {}
        for record, arrays in values:
            assert isinstance(record, TorchRecord)
            written.update(record.to_arrays(arrays))
        self.write(written)

    def has_tensors_of(self, record: LayerRecord, others: Sequence[LayerRecord]) -> bool:
        """Tell whether all tensors of a layer are those of other layers too (tied weights)."""
        own = {self._tensor_id(key) for key in _keys(record)}
        return bool(own) and own <= {self._tensor_id(k) for other in others for k in _keys(other)}

    def _tensor_id(self, key: str) -> object:
        tensor = self.state[key]
        if not isinstance(tensor, torch.Tensor) or not tensor.numel() or tensor.is_meta:
            return id(tensor)
        return tensor.device, tensor.data_ptr(), tuple(tensor.shape), tensor.stride()

    def write(self, arrays: Mapping[str, np.ndarray]) -> None:
        """Write arrays by their names in the `state_dict`; see `assign`."""
        wrong = []
        for key, array in arrays.items():
            held = self.state.get(key)
            if held is None:
                wrong.append(f"{key}: there is no such tensor")
            elif tuple(held.shape) != tuple(array.shape):
                wrong.append(
                    f"{key} has the shape {tuple(held.shape)}. Received: {tuple(array.shape)}"
                )
            elif isinstance(held, torch.Tensor) and held.is_meta:
                wrong.append(f"{key} is on the meta device; use module.to_empty(device=...) first")
        if wrong:
            raise WeightMismatchError("Weights of a torch module", wrong)
        with torch.no_grad():
            for key, array in arrays.items():
                held = self.state[key]
                if isinstance(held, torch.Tensor):
                    held.copy_(_to_torch(array))
                else:
                    held[...] = array


def records_of_module(module: nn.Module) -> list[LayerRecord]:
    """Return the layers of a torch module that have weights of their own."""
    return list(TorchModel.of(module).records)


def _keys(record: LayerRecord) -> tuple[str, ...]:
    return tuple(record.torch_keys.values()) if isinstance(record, TorchRecord) else ()


def _layout(module: nn.Module, layouts_for: Mapping[str, Layout]) -> Layout | None:
    """Return the layout of a module or of one layer of it; None if it has none that fits."""
    for kind in type(module).__mro__:
        if kind.__name__ in layouts_for:
            return layouts_for[kind.__name__]
    try:
        layout = layout_of(module)
    except LayoutError:
        return None
    # Parameters that the layout does not know, of a subclass or a parametrization.
    known = {*layout.torch_names, *layout.torch_only}
    if not set(module.state_dict()) <= known:
        return None
    if layout.recurrent:
        return layouts.get(layout.layer_class, **dict(layout.variant))
    return layout


def _own(module: nn.Module) -> list[str]:
    """Return the names of a module's own parameters and saved buffers."""
    return [name for name in module.state_dict() if "." not in name]


def _info(value: Any) -> TensorInfo:
    return TensorInfo(tuple(value.shape), str(value.dtype).removeprefix("torch."))


def _to_numpy(value: Any) -> np.ndarray:
    if isinstance(value, np.ndarray):
        return value
    tensor = value.detach().cpu()
    if tensor.dtype == torch.bfloat16:  # which NumPy has from ml_dtypes
        return tensor.contiguous().view(torch.uint16).numpy().view(ml_dtypes.bfloat16)
    return tensor.numpy()


def _to_torch(array: np.ndarray) -> torch.Tensor:
    copied = np.array(array)
    if copied.dtype.name == "bfloat16":
        return torch.from_numpy(copied.view(np.uint16)).view(torch.bfloat16)
    return torch.from_numpy(copied)
