"""Functions of single numbers or vectors made functions of tensors, over all axes before those."""

from __future__ import annotations

import functools
import re
from collections.abc import Callable, Collection
from typing import Any

import torch

from kerasish.ops.dispatch import tensor

_GROUP = r"\(\s*(?:\w+\s*(?:,\s*\w+\s*)*)?\)"
_SIGNATURE = re.compile(rf"\s*{_GROUP}(?:\s*,\s*{_GROUP})*\s*->\s*{_GROUP}(?:\s*,\s*{_GROUP})*\s*")

Names = list[tuple[str, ...]]


def vectorize(
    pyfunc: Callable, *, excluded: Collection | None = None, signature: str | None = None
) -> Callable:
    """Return a function that applies another to each entry of tensors, which broadcast.

    Args:
        pyfunc: A function of tensors, of operations that `torch.vmap` takes.
        excluded: Positions of arguments that are handed on as they are. Arguments by keyword are
            too.
        signature: What axes each argument and each result of `pyfunc` has, such as
            `"(n),(n)->()"`; none by default.

    Raises:
        ValueError: If `pyfunc` can't be called or the signature can't be read.
    """
    if not callable(pyfunc):
        raise ValueError(f"vectorize takes a function. Received: pyfunc={pyfunc}")
    parsed = None if signature is None else _parse(signature)
    fixed = {one for one in excluded or () if isinstance(one, int)}

    @functools.wraps(pyfunc)
    def wrapped(*args: Any, **kwargs: Any) -> Any:
        left_out = {i for i, one in enumerate(args) if i in fixed or one is None}
        varied = [tensor(one) for i, one in enumerate(args) if i not in left_out]
        axes: Names = parsed[0] if parsed else [()] * len(varied)
        if len(axes) != len(varied):
            raise ValueError(
                f"The signature {signature} has {len(axes)} arguments. Received: {len(varied)}"
            )
        _check_sizes(signature, axes, varied)
        cuts = [one.ndim - len(names) for one, names in zip(varied, axes, strict=True)]
        batch = torch.broadcast_shapes(
            *(one.shape[:cut] for one, cut in zip(varied, cuts, strict=True))
        )

        def single(*entries: torch.Tensor) -> Any:
            given = iter(entries)
            return pyfunc(
                *(one if i in left_out else next(given) for i, one in enumerate(args)), **kwargs
            )

        flat = [
            one.expand([*batch, *one.shape[cut:]]).reshape([-1, *one.shape[cut:]])
            for one, cut in zip(varied, cuts, strict=True)
        ]
        results = torch.vmap(single)(*flat)
        several = isinstance(results, tuple)
        unfolded = [
            one.reshape([*batch, *one.shape[1:]]) for one in (results if several else [results])
        ]
        if parsed:
            _check_results(signature, parsed[1], [one.ndim - len(batch) for one in unfolded])
        return tuple(unfolded) if several else unfolded[0]

    return wrapped


def _parse(signature: str) -> tuple[Names, Names]:
    if not _SIGNATURE.fullmatch(signature):
        raise ValueError(
            f"vectorize takes signatures such as '(n),(n)->()'. Received: signature={signature!r}"
        )
    before, after = signature.split("->")
    return _names(before), _names(after)


def _names(part: str) -> Names:
    return [tuple(re.findall(r"\w+", group)) for group in re.findall(_GROUP, part)]


def _check_sizes(signature: str | None, axes: Names, tensors: list[torch.Tensor]) -> None:
    sizes: dict[str, int] = {}
    for names, one in zip(axes, tensors, strict=True):
        own = tuple(one.shape)[one.ndim - len(names) :] if names else ()
        if one.ndim < len(names) or any(
            sizes.setdefault(name, size) != size for name, size in zip(names, own, strict=True)
        ):
            raise ValueError(
                f"The arguments do not fit the signature {signature}. Received: shapes "
                f"{[tuple(other.shape) for other in tensors]}"
            )


def _check_results(signature: str | None, axes: Names, ranks: list[int]) -> None:
    if [len(names) for names in axes] != ranks:
        raise ValueError(
            f"The function's results do not fit the signature {signature}. Received: results with "
            f"{ranks} axes"
        )
