"""The example notebooks: how the tests find them, execute them, and read their results."""

from __future__ import annotations

import importlib.util
from pathlib import Path
from types import ModuleType
from typing import Any

import nbformat
import numpy as np

EXAMPLES = Path(__file__).resolve().parents[2] / "examples"


def load_runner() -> ModuleType:
    """Import `examples/run.py`, which is a script and not part of a package."""
    spec = importlib.util.spec_from_file_location("examples_run", EXAMPLES / "run.py")
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def read(name: str) -> Any:
    return nbformat.read(EXAMPLES / f"{name}.ipynb", as_version=4)


def code_of(name: str) -> list[str]:
    """The code cells, in order."""
    return [cell.source for cell in read(name).cells if cell.cell_type == "code"]


def run_cells(cells: list[str]) -> list[dict[str, Any]]:
    """Run code cells in one namespace; the plain values of all variables after each cell."""
    namespace: dict[str, Any] = {"__name__": "__main__"}
    snapshots = []
    for cell in cells:
        exec(compile(cell, "<cell>", "exec"), namespace)
        plain = {
            name: as_plain(value)
            for name, value in namespace.items()
            if not name.startswith("_") and is_data(value)
        }
        snapshots.append(plain)
    return snapshots


def is_tensor(value: Any) -> bool:
    return type(value).__name__ in ("Tensor", "EagerTensor", "Parameter") and hasattr(
        value, "numpy"
    )


def is_data(value: Any) -> bool:
    """Whether a value is data: numbers, text, arrays, tensors, or structures of them."""
    if isinstance(value, dict):
        return all(is_data(one) for one in value.values())
    if isinstance(value, (list, tuple)):
        return all(is_data(one) for one in value)
    if isinstance(value, np.ndarray):
        return value.dtype != object  # as an array of matplotlib's axes has
    return (
        value is None or isinstance(value, (bool, int, float, str, np.generic)) or is_tensor(value)
    )


def as_plain(value: Any) -> Any:
    """A copy of data with tensors as arrays."""
    if isinstance(value, dict):
        return {name: as_plain(one) for name, one in value.items()}
    if isinstance(value, (list, tuple)):
        return [as_plain(one) for one in value]
    if is_tensor(value):
        return np.copy(value.numpy())
    return value.copy() if isinstance(value, np.ndarray) else value


def assert_same(
    received: Any, expected: Any, where: str, *, rtol: float = 1e-5, atol: float = 1e-6
) -> None:
    """Compare data from both sides: shapes, dtypes and values."""
    if isinstance(expected, dict):
        assert list(received) == list(expected), where
        for name, value in expected.items():
            assert_same(received[name], value, f"{where}[{name!r}]", rtol=rtol, atol=atol)
    elif isinstance(expected, list):
        assert len(received) == len(expected), where
        for index, value in enumerate(expected):
            assert_same(received[index], value, f"{where}[{index}]", rtol=rtol, atol=atol)
    elif isinstance(expected, (np.ndarray, np.generic, float)):
        received, expected = np.asarray(received), np.asarray(expected)
        assert received.shape == expected.shape, where
        assert received.dtype == expected.dtype, where
        if expected.dtype.kind == "U":
            assert received.tolist() == expected.tolist(), where
            return
        np.testing.assert_allclose(received, expected, rtol=rtol, atol=atol, err_msg=where)
    else:
        assert received == expected, where
