"""Nested lists, tuples and dicts of tensors, walked in Keras's order (dicts by sorted key)."""

from __future__ import annotations

from typing import Any


def map_structure(function: Any, structure: Any) -> Any:
    """Apply a function to every leaf of nested lists, tuples and dicts."""
    if isinstance(structure, (list, tuple)):
        items = [map_structure(function, item) for item in structure]
        if hasattr(structure, "_fields"):
            return type(structure)(*items)
        return type(structure)(items)
    if isinstance(structure, dict):
        return {key: map_structure(function, item) for key, item in structure.items()}
    return function(structure)


def flatten(structure: Any) -> list:
    """Return the leaves of nested lists, tuples and dicts (dicts in sorted order of keys)."""
    if isinstance(structure, (list, tuple)):
        return [leaf for item in structure for leaf in flatten(item)]
    if isinstance(structure, dict):
        return [leaf for key in sorted(structure) for leaf in flatten(structure[key])]
    return [structure]


def pack_like(structure: Any, leaves: list) -> Any:
    """Put flattened leaves back into the shape of a structure.

    Args:
        structure: Nested lists, tuples and dicts.
        leaves: As many values as `flatten(structure)` has, in its order.
    """
    remaining = iter(leaves)

    def build(part: Any) -> Any:
        if isinstance(part, (list, tuple)):
            items = [build(item) for item in part]
            return type(part)(*items) if hasattr(part, "_fields") else type(part)(items)
        if isinstance(part, dict):
            built = {key: build(part[key]) for key in sorted(part)}
            return {key: built[key] for key in part}
        return next(remaining)

    return build(structure)
