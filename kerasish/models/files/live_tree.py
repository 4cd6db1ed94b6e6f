"""Which layers a model has, under which paths Keras keeps their weights in files.

Keras walks the attributes of a model and makes paths of their names, and numbers the layers of a
list by their class; see `keras/src/saving/saving_lib.py`.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from typing import Any

import numpy as np
from torch import nn

from kerasish.layers.base.layer import Layer
from kerasish.layers.base.variable import Variable
from kerasish.saving.builtin_table import public_name
from weight_port.records.config_tree import ConfigNode, to_snake_case, unique
from weight_port.records.weights_h5 import PARTS, group_of


@dataclass
class LiveTree:
    """The layers of a model.

    Attributes:
        root: The model and below it its layers, as a file's configuration would give them.
        layers: The layers by their path in `.weights.h5` files.
    """

    root: ConfigNode
    layers: dict[str, Layer] = field(default_factory=dict)
    _seen: set[int] = field(default_factory=set, repr=False)

    def enter(self, file_path: str, layer: Layer) -> bool:
        """Note a layer under a path; False if it stands under another one already."""
        if id(layer) in self._seen:
            return False
        self._seen.add(id(layer))
        self.layers[file_path] = layer
        return True

    def weight_keys(self) -> Iterator[tuple[str, Variable]]:
        """Give all weights, each with its name in `.weights.h5` files."""
        for node in self.root.walk():
            counts: dict[str, int] = {}
            for variable in self.layers[node.file_path]._own_variables():
                group = group_of(node, variable.name)
                number = counts.get(group, 0)
                counts[group] = number + 1
                yield f"{group}/vars/{number}" if group else f"vars/{number}", variable

    def extra_arrays(self) -> dict[str, np.ndarray]:
        """Return what layers keep in files beside their weights, by its name there."""
        return {
            f"{path}/vars/{name}": values
            for path, layer in self.layers.items()
            if hasattr(layer, "extra_arrays")
            for name, values in layer.extra_arrays().items()
        }

    def taker_of(self, key: str) -> tuple[Layer, str] | None:
        """Return the layer that takes an array which is no weight, and the array's own name."""
        path, _, name = key.rpartition("/vars/")
        layer = self.layers.get(path)
        takes = getattr(layer, "takes_extra_array", None)
        return (layer, name) if layer is not None and takes is not None and takes(name) else None

    def layer_names(self) -> dict[str, str]:
        """Return the names of the layers by their path in `.weights.h5` files."""
        names = {path: layer.name for path, layer in self.layers.items()}
        for node in self.root.walk():
            if "cell" in PARTS.get(node.layer_class, {}):
                names[f"{node.file_path}/cell"] = f"{to_snake_case(node.layer_class)}_cell"
        return names


def live_tree(model: Layer) -> LiveTree:
    """Return the layers of a model by the paths that Keras gives them in files.

    Args:
        model: A model or a layer; it should be built.
    """
    tree = LiveTree(ConfigNode("", "", model.name, "", {}))
    tree.enter("", model)
    tree.root = _node(tree, model, "", "")
    return tree


def _node(tree: LiveTree, layer: Layer, path: str, file_path: str) -> ConfigNode:
    children: list[ConfigNode] = []
    for attribute, held in _held(layer):
        below = f"{file_path}/{attribute}" if file_path else attribute
        if isinstance(held, Layer):
            if tree.enter(below, held):
                role = f"{path}/{attribute}" if path else attribute
                children.append(_node(tree, held, role, below))
        else:
            children += _container(tree, held, path, below)
    described = {"trainable": layer.trainable}
    for flag in ("use_bias", "scale", "center", "use_scale", "reset_after", "score_mode"):
        if isinstance(value := layer.__dict__.get(flag), (bool, str)):
            described[flag] = value  # type: ignore[assignment]
    return ConfigNode(path, file_path, layer.name, _keras_class(layer), described, tuple(children))


def _held(layer: Layer) -> Iterator[tuple[str, Any]]:
    """Give the attributes that hold layers, in Keras's order: private ones last."""
    if hasattr(type(layer), "_after_change") or hasattr(layer, "_graph_layers"):
        # Sequential and Functional.
        yield "layers", layer.layers  # type: ignore[attr-defined]
    # The weights of a Bidirectional begin with those of its forward layer.
    modules = {_public_attribute(layer, name): one for name, one in layer._modules.items()}
    for name in sorted(modules, key=lambda n: (n.startswith("_"), n != "forward_layer", n)):
        child = modules[name]
        if isinstance(child, Layer):
            yield name, child
        elif isinstance(child, nn.ModuleList):
            yield name, layer.__dict__.get(name, child)
        elif isinstance(child, nn.ModuleDict):
            yield name, list(layer.__dict__.get(name, child).values())


def _public_attribute(layer: Layer, name: str) -> str:
    """Return the name under which Keras's walk meets a held layer first: a property's, if any."""
    public = name.lstrip("_")
    return public if isinstance(getattr(type(layer), public, None), property) else name


def _container(
    tree: LiveTree, held: Iterable[Any], path: str, file_path: str
) -> Iterator[ConfigNode]:
    used: dict[str, int] = {}
    for item in held:
        if isinstance(item, Layer):
            cls = getattr(item, "_class_in_configs", type(item))
            key = unique(to_snake_case(cls.__name__), used)
            if tree.enter(f"{file_path}/{key}", item):
                below = f"{path}/{item.name}" if path else item.name
                yield _node(tree, item, below, f"{file_path}/{key}")
        elif isinstance(item, (list, tuple, dict)):
            key = unique("container", used)
            inner = item.values() if isinstance(item, dict) else item
            yield from _container(tree, inner, path, f"{file_path}/{key}")


def _keras_class(layer: Layer) -> str:
    """Return the name of the class of Keras that a layer is of or derives from."""
    cls = getattr(layer, "_class_in_configs", type(layer))
    for base in cls.__mro__:
        public = public_name(base)
        if public is not None and public[1] not in ("Layer", "Model"):
            return public[1]
    return cls.__name__
