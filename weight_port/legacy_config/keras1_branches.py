"""Sequential models of Keras 1 that start with several models, joined by `Merge`.

They become one flat model with an input for each branch, in which every layer has its name: so
Keras 1 wrote their weights too.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from weight_port.legacy_config.errors import Place, require_list, require_mapping


def has_branches(config: Any) -> bool:
    """Whether the configuration of a Sequential model starts with models to join."""
    first = config[0] if isinstance(config, (list, tuple)) and config else None
    inner = first.get("config") if isinstance(first, Mapping) else None
    is_merge = isinstance(first, Mapping) and first.get("class_name") == "Merge"
    return is_merge and isinstance(inner, Mapping) and bool(inner.get("layers"))


def flat_model(config: Any, place: Place) -> dict[str, Any]:
    """Return the same computation as the configuration of a model of the functional kind.

    Args:
        config: The list of layers, of which the first is a `Merge` with models in it.
        place: The model, for messages.

    Returns:
        The configuration in Keras 1's form.

    Raises:
        LegacyConfigError: If a branch is anything else than a Sequential model.
    """
    layers: list[dict[str, Any]] = []
    inputs: list[list[Any]] = []
    end = _add_chain(config, place, layers, inputs)
    named = {} if place.name is None else {"name": place.name}
    return {**named, "layers": layers, "input_layers": inputs, "output_layers": [[end, 0, 0]]}


def _add_chain(
    entries: Any, place: Place, layers: list[dict[str, Any]], inputs: list[list[Any]]
) -> str:
    """Add the layers of a Sequential model one after another; return the last one's name."""
    sources: list[str] = []
    for entry in require_list(entries, place, "layers"):
        inner = dict(
            require_mapping(require_mapping(entry, place, "layers").get("config"), place, "config")
        )
        name = inner.get("name")
        if not isinstance(name, str):
            place.refuse("has a layer without a name", entry)
        if not sources and entry.get("class_name") == "Merge":
            branches = require_list(inner.pop("layers", None), place, "layers")
            for branch in branches:
                outer = require_mapping(branch, place, "layers")
                if outer.get("class_name") != "Sequential":
                    place.refuse("can join Sequential models only", branch)
                sources.append(_add_chain(outer.get("config"), place, layers, inputs))
        elif not sources:
            sources.append(_add_input(name, inner, place, layers, inputs))
        calls = [[[source, 0, 0] for source in sources]]
        layers.append(
            {
                "class_name": entry.get("class_name"),
                "config": inner,
                "name": name,
                "inbound_nodes": calls,
            }
        )
        sources = [name]
    if not sources:
        place.refuse("has a branch without layers", entries)
    return sources[0]


def _add_input(
    name: str,
    first: Mapping[str, Any],
    place: Place,
    layers: list[dict[str, Any]],
    inputs: list[list[Any]],
) -> str:
    """Add the input that a branch's first layer tells; return its name."""
    shape = require_list(first.get("batch_input_shape"), place, "batch_input_shape")
    own = f"{name}_input"
    config = {
        "name": own,
        "batch_input_shape": shape,
        "input_dtype": first.get("input_dtype") or "float32",
    }
    layers.append({"class_name": "InputLayer", "config": config, "name": own, "inbound_nodes": []})
    inputs.append([own, 0, 0])
    return own
