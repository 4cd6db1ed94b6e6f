"""Models with random weights, ejected, and the modules of the generated files."""

from __future__ import annotations

import ast
import warnings
from collections.abc import Callable
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
import torch

import kerasish
from kerasish.eject import eject
from kerasish.eject.proof import import_file
from kerasish.eject.samples import run

# What a generated file may import.
ALLOWED = {"__future__", "collections", "pathlib", "typing", "torch", "safetensors"}


class Pair(NamedTuple):
    """A model and the module that was ejected from it."""

    model: Any
    code: Path
    module: torch.nn.Module


def build(make: Callable[[], Any]) -> Any:
    """Make a model with random weights; variances are positive."""
    kerasish.utils.clear_session(free_memory=False)
    with warnings.catch_warnings():
        # Sums of masked outputs and the like are wanted here.
        warnings.simplefilter("ignore")
        model = make()
    generator = np.random.default_rng(0)
    values = []
    for weight in model.weights:
        value = generator.normal(0, 0.6, weight.shape)
        positive = "variance" in weight.path
        values.append((np.abs(value) + 0.5 if positive else value).astype(weight.dtype))
    model.set_weights(values)
    return model


def eject_to(model: Any, path: Path) -> Pair:
    """Eject a model, and load the module as its user does."""
    with warnings.catch_warnings():
        # A layer that drops a mask says so when the model runs.
        warnings.simplefilter("ignore")
        code = eject(model, path).code
    return Pair(model, code, import_file(code).load())


def outputs_of(module: torch.nn.Module, arrays: list[np.ndarray]) -> list[np.ndarray]:
    """Run a generated module."""
    with torch.no_grad():
        outputs = module(*map(torch.from_numpy, arrays))
    if isinstance(outputs, dict):
        outputs = list(outputs.values())
    listed = [outputs] if isinstance(outputs, torch.Tensor) else list(outputs)
    return [one.numpy() for one in listed]


def assert_equal(pair: Pair, arrays: list[np.ndarray]) -> None:
    """The module's outputs are the model's, in float64 more closely."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        expected = run(pair.model, arrays)
    found = outputs_of(pair.module, arrays)
    assert len(found) == len(expected)
    for one, other in zip(found, expected, strict=True):
        assert one.shape == other.shape
        assert one.dtype == other.dtype
        tolerance = 1e-10 if other.dtype == np.float64 else 1e-5
        scale = max(1.0, float(np.max(np.abs(other), initial=0.0, where=np.isfinite(other))))
        np.testing.assert_allclose(one, other, rtol=tolerance, atol=tolerance * scale)


def imports_of(code: Path) -> set[str]:
    """The packages that a file imports, anywhere."""
    names: set[str] = set()
    for node in ast.walk(ast.parse(code.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            names.update(alias.name.partition(".")[0] for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            names.add((node.module or "").partition(".")[0])
    return names
