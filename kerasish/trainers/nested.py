"""Comparison and rearrangement of nested lists, tuples and dicts."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Callable, Sequence
from typing import Any


def is_nested(value: Any) -> bool:
    """Whether a value is a list, tuple or dict."""
    return isinstance(value, (list, tuple, dict))


def keys_in_order(mapping: dict) -> list:
    """Return the keys of a dict in the order of flattening: sorted, but for an OrderedDict."""
    return list(mapping) if isinstance(mapping, OrderedDict) else sorted(mapping)


def flatten(structure: Any) -> list:
    """Return the leaves of a structure in Keras's order; None is a leaf."""
    if isinstance(structure, dict):
        return [leaf for key in keys_in_order(structure) for leaf in flatten(structure[key])]
    if isinstance(structure, (list, tuple)):
        return [leaf for item in structure for leaf in flatten(item)]
    return [structure]


def pack(structure: Any, leaves: Sequence[Any]) -> Any:
    """Put leaves, in the order of `flatten`, into the form of a structure.

    Raises:
        ValueError: If there are not as many leaves as the structure has.
    """
    count = len(flatten(structure))
    if not isinstance(leaves, (list, tuple)) or len(leaves) != count:
        received = len(leaves) if isinstance(leaves, (list, tuple)) else type(leaves).__name__
        raise ValueError(f"The structure has {count} leaves. Received: {received}")
    remaining = iter(leaves)

    def build(part: Any) -> Any:
        if isinstance(part, dict):
            built = {key: build(part[key]) for key in keys_in_order(part)}
            return type(part)((key, built[key]) for key in part)
        if isinstance(part, (list, tuple)):
            return _like(part, [build(item) for item in part])
        return next(remaining)

    return build(structure)


def _like(sequence: Any, items: list) -> Any:
    return type(sequence)(*items) if hasattr(sequence, "_fields") else type(sequence)(items)


def same_structure(first: Any, second: Any) -> bool:
    """Whether two structures are nested alike, with the same types and keys."""
    if is_nested(first) != is_nested(second):
        return False
    if isinstance(first, dict):
        return (
            isinstance(second, dict)
            and set(first) == set(second)
            and all(same_structure(first[key], second[key]) for key in first)
        )
    if isinstance(first, (list, tuple)):
        return (
            type(first) is type(second)
            and len(first) == len(second)
            and all(same_structure(a, b) for a, b in zip(first, second, strict=True))
        )
    return True


def paths(structure: Any) -> list[tuple]:
    """Return the path of keys and numbers to every leaf, in the order of `flatten`."""
    if isinstance(structure, dict):
        items = [(key, structure[key]) for key in keys_in_order(structure)]
    elif isinstance(structure, (list, tuple)):
        items = list(enumerate(structure))
    else:
        return [()]
    return [(key, *path) for key, item in items for path in paths(item)]


def at(path: Sequence[Any], structure: Any) -> Any:
    """Return what stands at a path."""
    for key in path:
        structure = structure[key]
    return structure


def map_up_to(shallow: Any, function: Callable[..., Any], *structures: Any) -> list:
    """Call a function at every leaf of a structure with what others have at the same place.

    Lists and tuples count as the same.

    Returns:
        The results, in the order of `flatten`.

    Raises:
        ValueError: If another structure has no such place.
    """
    if isinstance(shallow, dict):
        for other in structures:
            if not isinstance(other, dict) or set(other) != set(shallow):
                raise ValueError(f"Expected a dict with the keys {sorted(map(str, shallow))}.")
        keys: list = keys_in_order(shallow)
    elif isinstance(shallow, (list, tuple)):
        for other in structures:
            if not isinstance(other, (list, tuple)) or len(other) != len(shallow):
                raise ValueError(f"Expected a list of length {len(shallow)}.")
        keys = list(range(len(shallow)))
    else:
        return [function(*structures)]
    return [
        result
        for key in keys
        for result in map_up_to(shallow[key], function, *(other[key] for other in structures))
    ]


def outline(structure: Any, leaf: str) -> Any:
    """Return a structure with the same text at every leaf, for error messages."""
    return pack(structure, [leaf] * len(flatten(structure)))
