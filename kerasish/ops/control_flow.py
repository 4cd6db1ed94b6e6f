"""Functions that call functions: branches, loops and scans, of Python on tensors at once."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import torch

from kerasish.graph.structure import flatten, map_structure, pack_like
from kerasish.ops.dispatch import operation, tensor
from kerasish.ops.specified import like, outputs_of, specified


def _branch_spec(what: str, branches: Sequence[Callable], operands: Sequence[Any]) -> Any:
    specs = [outputs_of(branch, *operands) for branch in branches]
    told = [
        [(getattr(one, "shape", None), getattr(one, "dtype", None)) for one in flatten(spec)]
        for spec in specs
    ]
    if any(one != told[0] for one in told):
        raise ValueError(
            f"{what} takes functions that return the same shapes and types. Received: {told}"
        )
    return specs[0]


def _cond_spec(pred: Any, true_fn: Callable, false_fn: Callable) -> Any:
    return _branch_spec("cond", [true_fn, false_fn], [])


@specified(_cond_spec)
def cond(pred: Any, true_fn: Callable, false_fn: Callable) -> Any:
    """Call one of two functions, which take no arguments.

    Args:
        pred: A truth value, a tensor `()` or a bool.
        true_fn: What is called if it is true.
        false_fn: What is called if not.

    Returns:
        What the function returned.
    """
    return true_fn() if bool(tensor(pred)) else false_fn()


def _switch_spec(index: Any, branches: Sequence[Callable], *operands: Any) -> Any:
    return _branch_spec("switch", branches, operands)


@specified(_switch_spec)
def switch(index: Any, branches: Sequence[Callable], *operands: Any) -> Any:
    """Call one of several functions.

    Args:
        index: Which one; an index outside means the nearest.
        branches: Functions of the operands.
        *operands: What they are called with.
    """
    place = min(max(int(index), 0), len(branches) - 1)
    return branches[place](*operands)


def _loop_spec(
    cond: Callable, body: Callable, loop_vars: Any, maximum_iterations: int | None = None
) -> Any:
    return like(tuple(loop_vars) if isinstance(loop_vars, (list, tuple)) else loop_vars)


@specified(_loop_spec)
def while_loop(
    cond: Callable, body: Callable, loop_vars: Any, maximum_iterations: int | None = None
) -> Any:
    """Call a function on its own results as long as a condition holds.

    Args:
        cond: A function of the variables that returns a truth value.
        body: A function of the variables that returns them anew.
        loop_vars: One tensor, or a list or tuple of nested tensors, which become arguments.
        maximum_iterations: How many calls there are at most; None for any number.

    Returns:
        The last variables, in a tuple if there was a list or tuple.
    """
    several = isinstance(loop_vars, (list, tuple))
    state = map_structure(tensor, tuple(loop_vars) if several else (loop_vars,))
    left = maximum_iterations
    while (left is None or left > 0) and bool(cond(*state)):
        found = body(*state)
        state = map_structure(tensor, tuple(found) if several else (found,))
        left = None if left is None else left - 1
    return state if several else state[0]


def _fori_spec(lower: Any, upper: Any, body_fun: Callable, init_val: Any) -> Any:
    return like(init_val)


@specified(_fori_spec)
def fori_loop(lower: Any, upper: Any, body_fun: Callable, init_val: Any) -> Any:
    """Call a function on its own results, with a counter.

    Args:
        lower: First value of the counter.
        upper: The counter stays below this.
        body_fun: A function of the counter and a value that returns the value anew.
        init_val: First value, nested tensors.
    """
    value = map_structure(tensor, init_val)
    for index in range(int(lower), int(upper)):
        value = body_fun(index, value)
    return value


@specified()
def map(f: Callable, xs: Any) -> Any:
    """Call a function on each entry of the first axis, one after the other.

    Args:
        f: A function of nested tensors; see `vectorized_map` for one that runs at once.
        xs: Nested tensors `(count, ...)`.

    Returns:
        What the function returned, nested likewise, `(count, ...)`.
    """
    xs = map_structure(tensor, xs)
    count = flatten(xs)[0].shape[0]
    if not count:
        # The function has to run once for the shapes.
        single = f(map_structure(lambda x: x.new_zeros(x.shape[1:]), xs))
        return map_structure(lambda y: tensor(y)[None][:0], single)
    return _stacked([f(_entry(xs, place)) for place in range(count)])


@specified()
def vectorized_map(function: Callable, elements: Any) -> Any:
    """Call a function on all entries of the first axis at once, by `torch.vmap`.

    Args:
        function: A function of nested tensors, of operations that `torch.vmap` takes.
        elements: Nested tensors `(count, ...)`.

    Returns:
        What the function returned, nested likewise, `(count, ...)`.
    """
    elements = map_structure(tensor, elements)
    # One argument that may be a list: vmap takes lists apart by itself.
    return torch.vmap(function, randomness="different")(elements)


@specified()
def scan(
    f: Callable,
    init: Any,
    xs: Any = None,
    length: int | None = None,
    reverse: bool = False,
    unroll: int | bool = 1,
) -> Any:
    """Call a function on each entry of the first axis, with a state that is handed on.

    Args:
        f: A function of the state and an entry that returns the state anew and an output.
        init: First state, nested tensors.
        xs: Nested tensors `(count, ...)`; None for a function that gets None.
        length: How many calls, if there is no `xs`.
        reverse: Whether to begin at the end.
        unroll: Not used: the calls are never a loop of a graph.

    Returns:
        The last state, and the outputs `(count, ...)` in the order of `xs`.

    Raises:
        TypeError: If `f` can't be called.
        ValueError: If there is neither `xs` nor `length`, or they differ.
    """
    if not callable(f):
        raise TypeError(f"scan takes a function as f. Received: f={f}")
    if not isinstance(unroll, bool) and (not isinstance(unroll, int) or unroll < 1):
        raise ValueError(
            f"scan takes a positive integer or a bool as unroll. Received: unroll={unroll}"
        )
    if xs is None and length is None:
        raise ValueError("scan needs xs or length. Received: xs=None, length=None")
    state = map_structure(tensor, init)
    xs = None if xs is None else map_structure(tensor, xs)
    sizes = set() if xs is None else {x.shape[0] for x in flatten(xs)}
    if length is not None:
        sizes.add(int(length))
    if len(sizes) != 1:
        raise ValueError(f"scan takes xs of one length. Received: lengths {sorted(sizes)}")
    (count,) = sizes
    nothing = map_structure(torch.zeros_like, state)
    outputs: list = [nothing] * count
    for place in reversed(range(count)) if reverse else range(count):
        found, output = f(state, None if xs is None else _entry(xs, place))
        state = state if found is None else map_structure(tensor, found)
        outputs[place] = nothing if output is None else output
    if not count:
        return state, map_structure(lambda one: one[None][:0], nothing)
    return state, _stacked(outputs)


def _entry(xs: Any, place: int) -> Any:
    return map_structure(lambda x: x[place], xs)


def _stacked(results: list) -> Any:
    leaves = zip(*(flatten(result) for result in results), strict=True)
    stacked = [torch.stack([tensor(one) for one in several]) for several in leaves]
    return pack_like(results[0], stacked)


@specified()
def associative_scan(f: Callable, elems: Any, reverse: bool = False, axis: int = 0) -> Any:
    """Combine the entries of an axis up to each of them, in a tree (Blelloch 1990).

    Args:
        f: An associative function of two nested tensors, such as `ops.add`; it gets several entries
            of the axis at once.
        elems: Nested tensors with the same length of the axis.
        reverse: Whether to combine from the end.
        axis: The axis.

    Returns:
        The combined entries, nested and in the shapes of `elems`.

    Raises:
        TypeError: If `f` can't be called.
        ValueError: If lengths differ.
    """
    if not callable(f):
        raise TypeError(f"associative_scan takes a function as f. Received: f={f}")
    leaves = [tensor(one).movedim(axis, 0) for one in flatten(elems)]
    sizes = {one.shape[0] for one in leaves}
    if len(sizes) != 1:
        raise ValueError(
            "associative_scan takes tensors with one length of the axis. "
            f"Received: axis={axis}, lengths {sorted(sizes)}"
        )

    def combine(first: list, second: list) -> list:
        sides = [
            pack_like(elems, [one.movedim(0, axis) for one in side]) for side in (first, second)
        ]
        return [tensor(one).movedim(axis, 0) for one in flatten(f(*sides))]

    leaves = [one.flip(0) for one in leaves] if reverse else leaves
    found = _combined(combine, leaves)
    found = [one.flip(0) for one in found] if reverse else found
    return pack_like(elems, [one.movedim(0, axis) for one in found])


def _combined(combine: Callable, entries: list) -> list:
    """Combine the entries of the first axis: pairs, the pairs' scan, and what lies between."""
    count = entries[0].shape[0]
    if count < 2:
        return entries
    pairs = combine([one[: count - 1 : 2] for one in entries], [one[1::2] for one in entries])
    odd = _combined(combine, pairs)
    if count == 2:
        even = [one[:1] for one in entries]
    else:
        known = [one[: (count - 1) // 2] for one in odd]
        later = combine(known, [one[2::2] for one in entries])
        even = [torch.cat([one[:1], new]) for one, new in zip(entries, later, strict=True)]
    results = []
    for first, second in zip(even, odd, strict=True):
        mixed = torch.stack([first[: len(second)], second], 1).flatten(0, 1)
        results.append(torch.cat([mixed, first[len(second) :]]))
    return results


def custom_gradient(f: Callable) -> Callable:
    """Give a function a gradient of its own.

    Args:
        f: A function of tensors that returns its result and a function, which gets the gradients
            of the results and returns those of the arguments.

    Returns:
        The function without the second result. On symbols it is a step of a model.
    """

    class WithGradient(torch.autograd.Function):
        @staticmethod
        def forward(ctx: Any, holder: dict, *args: Any) -> Any:
            result, ctx.gradient = f(*args, **holder["kwargs"])
            ctx.arguments = len(args)
            holder["result"] = result
            return tuple(_apart(tensor(one), args) for one in flatten(result))

        @staticmethod
        def backward(ctx: Any, *upstream: Any) -> Any:
            found = ctx.gradient(*upstream)
            found = list(found) if isinstance(found, (list, tuple)) else [found]
            if len(found) != ctx.arguments:
                raise ValueError(
                    f"A custom gradient returns one gradient for each of {ctx.arguments} "
                    f"arguments. Received: {len(found)}"
                )
            return (None, *found)

    def with_gradient(*args: Any, **kwargs: Any) -> Any:
        holder: dict[str, Any] = {"kwargs": kwargs}
        found = WithGradient.apply(holder, *args)
        return pack_like(holder["result"], list(found))

    with_gradient.__name__ = getattr(f, "__name__", "custom_gradient")
    with_gradient.__doc__ = f.__doc__
    return operation(with_gradient)


def _apart(result: torch.Tensor, args: tuple) -> torch.Tensor:
    # A result that is an argument would count as that one, with the identity's gradient.
    return result.clone() if any(result is one for one in args) else result
