"""Types of results: Keras's rules of promotion, which are those of JAX.

See https://keras.io/api/ops/ and https://docs.jax.dev/en/latest/type_promotion.html. Numbers of
Python are weak: they take the type of what they stand beside if it can hold their kind.
"""

from __future__ import annotations

from typing import Any

import torch

from kerasish.config import floatx
from kerasish.dtypes import standardize_dtype, torch_dtype
from kerasish.graph.structure import flatten
from kerasish.ops.dispatch import tensor

_SMALL_SIGNED = ("bool", "int8", "int16")
_SMALL_UNSIGNED = ("uint8", "uint16")


def result_type(*kinds: Any) -> torch.dtype:
    """Return the type that holds all of these.

    Args:
        *kinds: Tensors, dtypes, numbers of Python, or the types `int` and `float` of such.
    """
    names = {_name(kind) for kind in kinds}
    complexes = [name for name in names if name.startswith("complex")]
    if complexes:
        wide = "complex128" in names or "float64" in names
        return torch.complex128 if wide else torch.complex64
    floats = [name for name in names if "float" in name]
    strong = [torch_dtype(name) for name in floats if name != "weak float"]
    if strong:
        found = strong[0]
        for other in strong[1:]:
            found = torch.promote_types(found, other)
        return found
    if floats:
        return torch_dtype(floatx())
    return torch_dtype(_whole_type(names))


def _name(kind: Any) -> str:
    if kind is bool or isinstance(kind, bool):
        return "bool"
    if hasattr(kind, "dtype"):
        return standardize_dtype(kind.dtype)
    if kind is int or isinstance(kind, int):
        return "weak int"
    if kind is float or isinstance(kind, float):
        return "weak float"
    return "complex64" if isinstance(kind, complex) else standardize_dtype(kind)


def _whole_type(names: set[str]) -> str:
    signed = [int(name[3:]) for name in names if name.startswith("int")]
    unsigned = [int(name[4:]) for name in names if name.startswith("uint")]
    if signed and unsigned:
        size = max(*signed, *(2 * one for one in unsigned))
        return f"int{size}" if size <= 64 else floatx()
    if signed:
        return f"int{max(signed)}"
    if unsigned:
        return f"uint{min(max(unsigned), 32)}"
    return "bool" if names == {"bool"} else f"int{floatx()[-2:]}"


def plain(value: Any, device: Any = None) -> torch.Tensor:
    """Return a value as a tensor; numbers and lists of numbers in a way torch.compile can follow.

    Args:
        value: A tensor, array or number; floats of Python get the default float type, whole
            numbers int32.
        device: Where numbers go.
    """
    if isinstance(value, torch.Tensor):
        return value
    leaves = flatten(value)
    if not leaves or not all(type(leaf) in (bool, int, float) for leaf in leaves):
        return tensor(value)
    if any(type(leaf) is float for leaf in leaves):
        return torch.tensor(value, dtype=torch_dtype(floatx()), device=device)
    whole = any(type(leaf) is int for leaf in leaves)
    return torch.tensor(value, dtype=torch.int32 if whole else torch.bool, device=device)


def floats(x: Any) -> torch.Tensor:
    """Return a value as floats: whole numbers and truth values in the default float type."""
    x = plain(x)
    return x if x.is_floating_point() or x.is_complex() else x.to(torch_dtype(floatx()))


def wide_floats(x: Any) -> torch.Tensor:
    """Return a value as floats: int64 as float64, other whole numbers in the default float type."""
    x = plain(x)
    return x.double() if x.dtype == torch.int64 else floats(x)


def sum_type(kind: torch.dtype) -> torch.dtype:
    """Return the type of a sum: int32 for small whole numbers, int64 for those without sign.

    Keras gives uint32 for the latter, with which torch can't compute: it neither adds nor compares.
    """
    name = standardize_dtype(kind)
    if name in _SMALL_SIGNED:
        return torch.int32
    return torch.int64 if name in _SMALL_UNSIGNED else kind


def compute_type(kind: torch.dtype) -> torch.dtype:
    """Return the type in which a sum is computed: torch does not add in all types of 32 bits."""
    return kind if kind.is_floating_point or kind.is_complex else torch.int64


def together(*values: Any) -> list[torch.Tensor]:
    """Return values in one type, numbers of Python weak, as Keras's `add` takes them."""
    found = [value if isinstance(value, (int, float)) else tensor(value) for value in values]
    tensors = [one for one in found if isinstance(one, torch.Tensor)]
    if len(tensors) == len(found):
        return _in_one_type(tensors)
    kind = result_type(*found)
    device = tensors[0].device if tensors else None
    return [
        one.to(kind)
        if isinstance(one, torch.Tensor)
        else torch.as_tensor(one, dtype=kind, device=device)
        for one in found
    ]


def alike(*values: Any) -> list[torch.Tensor]:
    """Return values in one type, numbers of Python as tensors of their own types."""
    return _in_one_type(on_one_device(values))


def alike_floats(*values: Any) -> list[torch.Tensor]:
    """Return values in one type of floats, numbers of Python as tensors of their own types."""
    tensors = on_one_device(values)
    kind = result_type(*tensors, float)
    return [one.to(kind) for one in tensors]


def on_one_device(values: Any) -> list[torch.Tensor]:
    """Return values as tensors, numbers beside the first tensor."""
    devices = (value.device for value in values if isinstance(value, torch.Tensor))
    device = next(devices, None)
    return [plain(value, device) for value in values]


def _in_one_type(tensors: list[torch.Tensor]) -> list[torch.Tensor]:
    if all(one.dtype == tensors[0].dtype for one in tensors):
        return tensors
    kind = result_type(*tensors)
    return [one.to(kind) for one in tensors]
