"""Whether weights that differ matter: what a model gives with its own and with the original's.

The gradient of a bias in front of `BatchNormalization` is rounding alone, and Adam makes whole
steps of it, which differ from machine to machine and have no effect.

This file is loaded by its path into the kernel of the port.
"""

from __future__ import annotations

import copy
import json
import sys
from pathlib import Path
from typing import Any

import numpy as np

# Larger models are not copied.
_MOST_VALUES = 1 << 26
_LENGTH = 8
# Weights that are nearer, for their size, need no look at their effect.
_NEAR = 1e-6


class Effects:
    """Runs models with the weights that the original had after the same cell.

    Args:
        original: Where the original's side wrote what was seen.
    """

    def __init__(self, original: str) -> None:
        self._folder = Path(original)

    def of(self, number: int, name: str, model: Any) -> list[list[np.ndarray]] | None:
        """Return the outputs for the same inputs with its own weights and the original's.

        Args:
            number: The number of the cell.
            name: The variable that holds the model.
            model: The model, which is not touched.

        Returns:
            None where the original has no such model, the weights are the same, or the model
            can't be run.
        """
        own = model.get_weights()
        theirs = self._weights(number, name)
        if theirs is None or [w.shape for w in own] != [w.shape for w in theirs]:
            return None
        if sum(one.size for one in own) > _MOST_VALUES or not any(map(_apart, own, theirs)):
            return None
        seeding = sys.modules["kerasish.random.seeding"]
        state = seeding.random_state()
        try:
            twin = copy.deepcopy(model)
            inputs = [_probe(one) for one in model.inputs]
            outputs = []
            for weights in (own, theirs):
                twin.set_weights(weights)
                found = twin(inputs if len(inputs) > 1 else inputs[0], training=False)
                outputs.append(_arrays(found))
        except Exception:
            # The model is the user's; without its outputs the weights are compared alone.
            return None
        finally:
            seeding.restore_random_state(state)
        return outputs

    def _weights(self, number: int, name: str) -> list[np.ndarray] | None:
        path = self._folder / f"{number}.json"
        if not path.exists():
            return None
        node = json.loads(path.read_text(encoding="utf-8"))["variables"].get(name, {})
        if node.get("kind") != "model" or any(one.get("every") != 1 for _, one in node["items"]):
            return None
        with np.load(path.with_suffix(".npz"), allow_pickle=False) as file:
            return [file[one["key"]] for _, one in node["items"]]


def _apart(a: np.ndarray, b: np.ndarray) -> bool:
    if not a.size or a.dtype.kind != "f":
        return not np.array_equal(a, b)
    return float(np.abs(a - b).max()) > _NEAR * max(float(np.abs(b).max()), _NEAR)


def _probe(symbol: Any) -> np.ndarray:
    """Return an input of a symbol's shape and type: noise, or zeros and ones."""
    shape = [2, *(_LENGTH if size is None else int(size) for size in symbol.shape[1:])]
    if symbol.shape[0] is not None:
        shape[0] = int(symbol.shape[0])
    draw = np.random.RandomState(0)
    kind = str(symbol.dtype)
    return draw.normal(size=shape).astype(kind) if "float" in kind else draw.randint(0, 2, shape)


def _arrays(outputs: Any) -> list[np.ndarray]:
    if isinstance(outputs, dict):
        outputs = list(outputs.values())
    listed = outputs if isinstance(outputs, (list, tuple)) else [outputs]
    return [np.asarray(one.detach().cpu()) for one in listed]
