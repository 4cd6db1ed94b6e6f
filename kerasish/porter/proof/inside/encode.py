"""Values of a notebook as JSON and plain arrays, which are safe to read back.

This file is loaded by its path into the kernels of both sides. It knows values by what they can
do, so that it imports neither Keras nor torch.
"""

from __future__ import annotations

import hashlib
import inspect
import json
import types
from collections.abc import Mapping
from typing import Any

import numpy as np

# Of larger arrays every n-th value is kept.
MOST_VALUES = 1 << 25
# A variable may have this many parts, a text this many letters.
MOST_PARTS = 20_000
MOST_LETTERS = 200_000
_DEEPEST = 8
_SKIPPED = (
    types.ModuleType,
    types.FunctionType,
    types.BuiltinFunctionType,
    types.MethodType,
    type,
)

Node = dict[str, Any]


class Encoder:
    """Makes the node of one variable.

    Attributes:
        arrays: The arrays that the node refers to, by key.
    """

    def __init__(self, prefix: str) -> None:
        self.arrays: dict[str, np.ndarray] = {}
        self._prefix = prefix
        self._parts = 0
        self._open: list[int] = []

    def encode(self, value: Any) -> Node:
        """Return a value as plain data; what is no data is named by its class."""
        self._parts += 1
        if self._parts > MOST_PARTS or len(self._open) > _DEEPEST or id(value) in self._open:
            return {"kind": "cut"}
        self._open.append(id(value))
        try:
            return self._encode(value)
        except Exception as error:
            # The classes are the user's: whatever they raise, the other variables go on.
            return {**_other(value), "why": f"{type(error).__name__}: {error}"[:200]}
        finally:
            self._open.pop()

    def _encode(self, value: Any) -> Node:
        plain = _plain(value)
        if plain is not None:
            return plain
        if isinstance(value, (np.ndarray, np.generic)):
            return self._array(np.asarray(value), "array" if np.ndim(value) else "number")
        if hasattr(value, "bit_generator"):
            return {"kind": "text", "value": repr(value.bit_generator.state)}
        if (
            isinstance(value, _SKIPPED)
            or inspect.isroutine(value)
            or type(value).__module__ == "__future__"
        ):
            return {"kind": "code"}
        if is_history(value):
            return {"kind": "history", "of": self.encode(dict(value.history))}
        if has_weights(value):
            return self._layer(value)
        if hasattr(type(value), "state_dict") and hasattr(type(value), "named_parameters"):
            state = value.state_dict().items()
            items = [(name, self.encode(one)) for name, one in state]
            return {"kind": "layer", "class": type(value).__name__, "items": items}
        if _is_symbol(value):
            shape = [None if n is None else int(n) for n in value.shape]
            return {"kind": "symbol", "shape": shape}
        found = _array_of(value)
        if found is not None:
            return self._array(found, "tensor")
        if hasattr(value, "columns") and hasattr(value, "to_numpy"):
            names = [str(name) for name in value.columns]
            columns = [
                (name, self.encode(value.iloc[:, i].to_numpy())) for i, name in enumerate(names)
            ]
            return {"kind": "table", "rows": len(value), "items": columns}
        if hasattr(value, "index") and hasattr(value, "to_numpy"):
            return self.encode(value.to_numpy())
        return self._container(value)

    def _container(self, value: Any) -> Node:
        if isinstance(value, Mapping):
            pairs = [(str(key), self.encode(one)) for key, one in list(value.items())[:MOST_PARTS]]
            return {"kind": "dict", "length": len(value), "items": pairs}
        if isinstance(value, (set, frozenset)):
            parts = sorted(map(repr, value))[:MOST_PARTS]
            return {"kind": "list", "length": len(value), "items": [self.encode(p) for p in parts]}
        if isinstance(value, (list, tuple)):
            numbers = _numbers(value)
            if numbers is not None:
                return self._array(numbers, "list")
            items = [self.encode(one) for one in value[:MOST_PARTS]]
            return {"kind": "list", "length": len(value), "items": items}
        return _other(value)

    def _layer(self, value: Any) -> Node:
        weights = value.get_weights()
        names = [str(getattr(one, "path", getattr(one, "name", ""))) for one in value.weights]
        if len(names) != len(weights):
            names = [""] * len(weights)
        items = [
            (f"weight {i}" + (f" ({name})" if name else ""), self.encode(np.asarray(one)))
            for i, (name, one) in enumerate(zip(names, weights))  # noqa: B905
        ]
        kind = "model" if hasattr(value, "fit") else "layer"
        return {"kind": kind, "class": type(value).__name__, "items": items}

    def _array(self, array: np.ndarray, of: str) -> Node:
        if array.dtype.kind in "OT":
            parts = [_text(one) for one in array.reshape(-1)[:MOST_PARTS].tolist()]
            items = [self.encode(one) for one in parts]
            return {
                "kind": "list",
                "length": array.size,
                "shape": list(array.shape),
                "items": items,
            }
        if array.dtype.kind == "S":
            array = np.char.decode(array, "utf-8", "replace")
        if array.dtype.kind in "Mm":
            array = array.astype("int64")
        if array.dtype.kind not in "biufcU" or array.dtype.type.__module__ == "ml_dtypes":
            # Among them the small floats.
            node = self._array(array.astype("float32"), of)
            return {**node, "dtype": array.dtype.name}
        step = -(-array.size // MOST_VALUES) or 1
        kept = array if step == 1 else np.ascontiguousarray(array).reshape(-1)[::step]
        kept = np.ascontiguousarray(kept)
        kept = kept.reshape(array.shape) if step == 1 else kept
        key = f"{self._prefix}_{len(self.arrays)}"
        self.arrays[key] = kept
        return {
            "kind": "array",
            "of": of,
            "key": key,
            "dtype": array.dtype.name,
            "shape": list(array.shape),
            "every": step,
            "digest": hashlib.blake2b(np.ascontiguousarray(array).data, digest_size=16).hexdigest(),
        }


def digest(node: Node) -> str:
    """Return what changes when the value does."""
    text = json.dumps(_without_keys(node), sort_keys=True)
    return hashlib.blake2b(text.encode(), digest_size=16).hexdigest()


def _without_keys(part: Any) -> Any:
    """Return a node without the names of its arrays, which are others each time."""
    if isinstance(part, dict):
        return {name: _without_keys(one) for name, one in part.items() if name != "key"}
    if isinstance(part, (list, tuple)):
        return [_without_keys(one) for one in part]
    return part


def has_weights(value: Any) -> bool:
    """Whether a value is a layer or a model of Keras or kerasish."""
    kind = type(value)
    return all(hasattr(kind, name) for name in ("get_weights", "set_weights", "call"))


def is_history(value: Any) -> bool:
    """Whether a value is what `fit` returns."""
    return type(value).__name__ == "History" and isinstance(
        getattr(value, "history", None), Mapping
    )


def _plain(value: Any) -> Node | None:
    if value is None:
        return {"kind": "none"}
    if isinstance(value, (bool, int, float, complex)) and not isinstance(value, np.generic):
        if isinstance(value, int) and abs(value) >= 2**63:
            return {"kind": "text", "value": str(value)}
        name = type(value).__name__ if type(value) in (bool, int, float, complex) else "int"
        return {"kind": "number", "type": name, "value": repr(value)}
    text = _text(value)
    if isinstance(text, str):
        return {"kind": "text", "value": text[:MOST_LETTERS], "length": len(text)}
    return None


def _text(value: Any) -> Any:
    """Return bytes as text: strings of TensorFlow are bytes."""
    return value.decode("utf-8", "replace") if isinstance(value, bytes) else value


def _is_symbol(value: Any) -> bool:
    if type(value).__name__ in ("KerasTensor", "SymbolicTensor"):
        return True
    return hasattr(value, "shape") and hasattr(value, "node") and not hasattr(value, "numpy")


def _array_of(value: Any) -> np.ndarray | None:
    """Return a tensor, a variable or a picture as an array."""
    if hasattr(value, "detach") and hasattr(value, "cpu"):
        tensor = value.detach().cpu()
        tensor = tensor.to_dense() if tensor.is_sparse else tensor
        return np.asarray(tensor.float() if "bfloat16" in str(tensor.dtype) else tensor)
    if hasattr(value, "numpy") and hasattr(value, "shape"):
        return np.asarray(value.numpy())
    if hasattr(value, "getpixel") and hasattr(value, "size"):
        return np.asarray(value)
    return None


def _numbers(values: Any) -> np.ndarray | None:
    """Return a list of plain numbers of one kind as an array."""
    if not values or not isinstance(values[0], (bool, int, float, np.number)):
        return None
    kinds = {type(one) for one in values}
    if len(kinds) > 1 or not issubclass(kinds.pop(), (bool, int, float, np.number)):
        return None
    array = np.asarray(values)
    return array if array.dtype.kind in "biuf" else None


def _other(value: Any) -> Node:
    return {"kind": "other", "class": type(value).__name__}
