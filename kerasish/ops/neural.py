"""Operations of neural networks, besides the activations."""

from __future__ import annotations

from typing import Any, NamedTuple

import torch

from kerasish import activations, losses
from kerasish.ops.dispatch import floating, operation, tensor
from kerasish.ops.shapes import one_hot


class TopK(NamedTuple):
    """The largest numbers along the last axis, and their places."""

    values: torch.Tensor
    indices: torch.Tensor


@operation
def top_k(x: Any, k: int, sorted: bool = True) -> TopK:
    """Return the `k` largest along the last axis, `(..., k)`, and where they are (int32)."""
    # A stable sort takes the first of equal ones, as TensorFlow does.
    values, places = torch.sort(tensor(x), descending=True, stable=True)
    return TopK(values[..., :k], places[..., :k].to(torch.int32))


@operation
def in_top_k(targets: Any, predictions: Any, k: int) -> torch.Tensor:
    """Whether each target is among the `k` classes with the largest predictions.

    Args:
        targets: Classes, `(batch,)`.
        predictions: `(batch, classes)`.
        k: How many classes count; equal predictions count all.
    """
    scores = floating(predictions)
    own = scores.take_along_dim(tensor(targets).long()[:, None], 1)
    return ((scores > own).sum(1) < k) & torch.isfinite(own[:, 0])


@operation
def gelu(x: Any, approximate: bool = True) -> torch.Tensor:
    """Return `x` times the normal distribution's share below it; by tanh if approximate."""
    return activations.gelu(floating(x), approximate)


@operation
def normalize(x: Any, axis: int = -1, order: int = 2, epsilon: float | None = None) -> torch.Tensor:
    """Divide vectors along an axis by their norm, or by `epsilon` if that is larger."""
    x = floating(x)
    size = torch.linalg.vector_norm(x, order, axis, keepdim=True)
    return x / size.clamp(min=1e-7 if epsilon is None else epsilon)


@operation
def binary_crossentropy(target: Any, output: Any, from_logits: bool = False) -> torch.Tensor:
    """Return the cross entropy of each probability or logit, of the output's shape."""
    output = floating(output)
    target = tensor(target).to(output.dtype)
    return losses.binary_crossentropy(target[..., None], output[..., None], from_logits)


@operation
def categorical_crossentropy(
    target: Any, output: Any, from_logits: bool = False, axis: int = -1
) -> torch.Tensor:
    """Return the cross entropy of class probabilities or logits, without the axis of classes."""
    return losses.categorical_crossentropy(target, output, from_logits, axis=axis)


@operation
def sparse_categorical_crossentropy(
    target: Any, output: Any, from_logits: bool = False, axis: int = -1
) -> torch.Tensor:
    """Return the cross entropy of class probabilities or logits for numbered classes."""
    return losses.sparse_categorical_crossentropy(target, output, from_logits, axis=axis)


@operation
def multi_hot(
    inputs: Any,
    num_classes: int | None = None,
    axis: int = -1,
    dtype: Any = None,
    sparse: bool = False,
    **kwargs: Any,
) -> torch.Tensor:
    """Return for each sample 1 at the classes that are named in it, else 0.

    Args:
        inputs: Numbers of classes, `(batch, count)` or `(count,)`.
        num_classes: How many classes there are.
        axis: Where the axis of classes is put, before the samples' numbers are merged.
        dtype: Type of the result; the default float type by default.
        sparse: False: there are no sparse tensors here.
        **kwargs: `num_tokens`, the old name of `num_classes`.

    Raises:
        ValueError: If `num_classes` is missing, or `sparse` is True.
    """
    num_classes = kwargs.pop("num_tokens", None) if num_classes is None else num_classes
    if num_classes is None:
        raise ValueError("multi_hot needs num_classes. Received: num_classes=None")
    if sparse:
        raise ValueError("multi_hot gives no sparse tensors. Received: sparse=True")
    classes = tensor(inputs)
    return one_hot(classes, num_classes, axis, dtype).amax(1 if classes.ndim > 1 else 0)
