"""`keras.tree`: nested lists, tuples, named tuples and dictionaries.

Dictionaries are walked in the order of their sorted keys, ordered ones in their own order, and None
is a leaf, as in Keras. See https://keras.io/api/utils/tree_utils/. torch's own module for this
keeps the order of dictionaries, and its name says that it may change.
"""

from __future__ import annotations

import warnings
from collections import OrderedDict, defaultdict, deque
from collections.abc import Callable, Iterable
from typing import Any

__all__ = [
    "MAP_TO_NONE",
    "assert_same_paths",
    "assert_same_structure",
    "flatten",
    "flatten_with_path",
    "is_nested",
    "lists_to_tuples",
    "map_shape_structure",
    "map_structure",
    "map_structure_up_to",
    "pack_sequence_as",
    "traverse",
]


class MAP_TO_NONE:
    """What a function given to `traverse` returns to put None in a place."""


def is_nested(structure: Any) -> bool:
    """Whether a value is a list, tuple, named tuple or dictionary."""
    return isinstance(structure, (list, tuple, dict, deque))


def flatten(structure: Any) -> list[Any]:
    """Return the leaves of a structure; a leaf gives a list of itself."""
    return [leaf for _, leaf in flatten_with_path(structure)]


def flatten_with_path(structure: Any) -> list[tuple[tuple, Any]]:
    """Return each leaf of a structure with the keys and indices that lead to it."""
    return list(_walk(structure, ()))


def map_structure(func: Callable, *structures: Any, none_is_leaf: bool = True) -> Any:
    """Apply a function to each leaf, or to the leaves at one place of several structures.

    Args:
        func: Called with a leaf of each structure.
        *structures: Structures of one form.
        none_is_leaf: Whether the function is called for None; else None stays.

    Returns:
        The results in the form of the structures.

    Raises:
        TypeError: If `func` is no function.
        ValueError: If there is no structure, or they differ in form.
    """
    _require_function(func)
    _require_some(structures)

    def apply(*leaves: Any) -> Any:
        if any(is_nested(leaf) for leaf in leaves):
            raise _different(structures)
        return None if not none_is_leaf and leaves[0] is None else func(*leaves)

    return _map(apply, structures[0], structures, is_nested)


def map_structure_up_to(shallow_structure: Any, func: Callable, *structures: Any) -> Any:
    """Apply a function to what stands at the leaves of a shallower structure.

    Args:
        shallow_structure: Tells how deep to go.
        func: Called with a part of each structure.
        *structures: Structures that have at least the form of the shallow one.

    Returns:
        The results in the form of the shallow structure.

    Raises:
        TypeError: If `func` is no function.
        ValueError: If there is no structure, or one is shallower.
    """
    _require_function(func)
    _require_some(structures)
    return _map(
        lambda leaf, *parts: func(*parts),
        shallow_structure,
        (shallow_structure, *structures),
        is_nested,
    )


def map_shape_structure(func: Callable, structure: Any) -> Any:
    """Apply a function to each shape: a list or tuple of whole numbers and None."""
    _require_function(func)

    def is_open(value: Any) -> bool:
        is_shape = isinstance(value, (list, tuple)) and all(
            size is None or isinstance(size, int) for size in value
        )
        return is_nested(value) and not is_shape

    return _map(func, structure, (structure,), is_open)


def pack_sequence_as(structure: Any, flat_sequence: Iterable[Any]) -> Any:
    """Return values in the form of a structure.

    Args:
        structure: The form.
        flat_sequence: A value for each leaf, in the order of `flatten`.

    Raises:
        TypeError: If `flat_sequence` can't be walked.
        ValueError: If there are too many or too few values.
    """
    values = list(flat_sequence)
    count = len(flatten(structure))
    if len(values) != count:
        raise ValueError(
            f"pack_sequence_as takes a value for each of the {count} leaves. "
            f"Received: {len(values)} values"
        )
    remaining = iter(values)
    return _map(lambda leaf: next(remaining), structure, (structure,), is_nested)


def traverse(func: Callable, structure: Any, top_down: bool = True) -> Any:
    """Apply a function to a structure and to all parts of it.

    Args:
        func: Returns what stands for a part, None to leave it, and `MAP_TO_NONE` for None.
        structure: Any structure.
        top_down: Whether the function is given a part before what is in it, which is not walked
            then if the function answers; else after it.

    Raises:
        TypeError: If `func` is no function.
    """
    _require_function(func)
    if top_down:
        found = func(structure)
        if found is None:
            return _over_children(func, structure, top_down)
    else:
        walked = _over_children(func, structure, top_down)
        found = func(walked)
        if found is None:
            return walked
    return None if found is MAP_TO_NONE else found


def lists_to_tuples(structure: Any) -> Any:
    """Return a structure with tuples in place of its lists."""
    return traverse(lambda x: tuple(x) if isinstance(x, list) else None, structure, top_down=False)


def assert_same_structure(a: Any, b: Any, check_types: Any = None) -> None:
    """Check that two structures have one form.

    Args:
        a: A structure.
        b: A structure.
        check_types: An old argument without effect, as in Keras.

    Raises:
        ValueError: If they differ in the kinds of their parts, their keys or their lengths.
    """
    if check_types is not None:
        warnings.warn(
            "assert_same_structure compares the kinds of parts always; leave `check_types` out.",
            DeprecationWarning,
            stacklevel=2,
        )
    map_structure(lambda *leaves: None, a, b)


def assert_same_paths(a: Any, b: Any) -> None:
    """Check that the leaves of two structures stand in the same places.

    Raises:
        ValueError: If they don't.
    """
    first, second = ({path for path, _ in _walk(one, ())} for one in (a, b))
    if first != second:
        raise ValueError(
            "`a` and `b` don't have the same paths. "
            f"Received: {sorted(map(str, first - second))} in `a` alone, "
            f"{sorted(map(str, second - first))} in `b` alone"
        )


def _keys(structure: Any) -> list[Any]:
    """The keys or indices of a part's children, in the order in which they are walked."""
    if not isinstance(structure, dict):
        return list(range(len(structure)))
    if isinstance(structure, OrderedDict):
        return list(structure)
    try:
        return sorted(structure)
    except TypeError:  # keys of several kinds
        return sorted(structure, key=lambda key: (type(key).__qualname__, str(key)))


def _walk(structure: Any, path: tuple) -> Iterable[tuple[tuple, Any]]:
    if not is_nested(structure):
        yield path, structure
        return
    for key in _keys(structure):
        yield from _walk(structure[key], (*path, key))


def _rebuild(structure: Any, keys: list[Any], items: list[Any]) -> Any:
    if isinstance(structure, dict):
        values = dict(zip(keys, items, strict=True))
        ordered = {key: values[key] for key in structure}
        if isinstance(structure, defaultdict):
            return defaultdict(structure.default_factory, ordered)
        return OrderedDict(ordered) if isinstance(structure, OrderedDict) else ordered
    if isinstance(structure, deque):
        return deque(items, structure.maxlen)
    if hasattr(structure, "_fields"):
        return type(structure)(*items)
    return tuple(items) if isinstance(structure, tuple) else items


def _map(func: Callable, form: Any, structures: tuple, is_open: Callable[[Any], bool]) -> Any:
    """Apply a function to the parts of structures at the leaves of a form."""
    if not is_open(form):
        return func(*structures)
    keys = _keys(form)
    for other in structures:
        if not _same_kind(form, other) or _keys(other) != keys:
            raise _different(structures)
    items = [_map(func, form[key], tuple(one[key] for one in structures), is_open) for key in keys]
    return _rebuild(form, keys, items)


def _same_kind(one: Any, other: Any) -> bool:
    if isinstance(one, dict):
        return isinstance(other, dict)
    return type(one) is type(other)


def _over_children(func: Callable, structure: Any, top_down: bool) -> Any:
    if not is_nested(structure):
        return structure
    keys = _keys(structure)
    return _rebuild(structure, keys, [traverse(func, structure[key], top_down) for key in keys])


def _require_function(func: Any) -> None:
    if not callable(func):
        raise TypeError(f"`func` is a function. Received: {func!r}")


def _require_some(structures: tuple) -> None:
    if not structures:
        raise ValueError("At least one structure is needed. Received: none")


def _different(structures: tuple) -> ValueError:
    return ValueError(f"Structures don't have the same nested structure. Received: {structures!r}")
