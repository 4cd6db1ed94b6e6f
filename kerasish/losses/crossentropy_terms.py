"""Cross entropies of single entries, from logits and from probabilities."""

from __future__ import annotations

import warnings

import torch
import torch.nn.functional as F

from kerasish import config
from kerasish.logits import logits_of


def behind(output: torch.Tensor, from_logits: bool, name: str) -> tuple[torch.Tensor, bool]:
    """Return the logits that a tensor was computed from, if it carries them, and whether it did."""
    logits = logits_of(output)
    if logits is None:
        return output, from_logits
    if from_logits and not torch.compiler.is_compiling():
        warnings.warn(
            f"{name} was told from_logits=True, but the predictions come from a softmax or "
            "sigmoid. Its logits are used.",
            stacklevel=4,
        )
    return logits, True


def require_same_shape(target: torch.Tensor, output: torch.Tensor, name: str) -> None:
    """Raise a ValueError unless targets and predictions have the same shape."""
    if target.shape != output.shape or target.dim() == 0:
        raise ValueError(
            f"{name} takes targets and predictions of the same shape, with one axis or more. "
            f"Received: y_true of shape {tuple(target.shape)}, y_pred of shape "
            f"{tuple(output.shape)}"
        )


def clip_probabilities(output: torch.Tensor) -> torch.Tensor:
    """Keep probabilities away from 0 and 1, where the logarithm is infinite."""
    epsilon = config.epsilon()
    return torch.clamp(output, epsilon, 1.0 - epsilon)


def binary_terms(target: torch.Tensor, output: torch.Tensor, from_logits: bool) -> torch.Tensor:
    """Return the binary cross entropy of every entry.

    Args:
        target: Targets of any shape, between 0 and 1.
        output: Probabilities or logits of the same shape.
        from_logits: Whether they are logits.
    """
    require_same_shape(target, output, "binary_crossentropy")
    output, from_logits = behind(output, from_logits, "binary_crossentropy")
    if from_logits:
        # F.binary_cross_entropy_with_logits subtracts near-equal numbers for entries that are
        # right with confidence, and loses their digits.
        positive = output >= 0
        linear = torch.where(positive, output, 0.0) - output * target
        return linear + F.softplus(torch.where(positive, -output, output))
    output = clip_probabilities(output)
    return -(target * torch.log(output) + (1 - target) * torch.log(1 - output))


def categorical_terms(
    target: torch.Tensor, output: torch.Tensor, from_logits: bool, axis: int
) -> torch.Tensor:
    """Return the cross entropy of every distribution along an axis.

    Args:
        target: Targets `(..., classes)`, distributions.
        output: Probabilities or logits of the same shape.
        from_logits: Whether they are logits.
        axis: The axis of classes.
    """
    require_same_shape(target, output, "categorical_crossentropy")
    output, from_logits = behind(output, from_logits, "categorical_crossentropy")
    if not from_logits:
        output = clip_probabilities(output / output.sum(axis, keepdim=True))
        return -(target * torch.log(output)).sum(axis)
    shifted = output - torch.amax(output, dim=axis, keepdim=True).detach()
    log_sum = torch.logsumexp(shifted, dim=axis)
    # The value is sum(target) * log_sum - sum(target * logits). TensorFlow's derivative is
    # softmax - target whatever the targets sum to, and rows of zeros are not rare in ports.
    excess = (target.sum(axis) - 1.0) * log_sum.detach()
    return log_sum + excess - (target * shifted).sum(axis)


def sparse_terms(
    target: torch.Tensor, output: torch.Tensor, from_logits: bool, axis: int
) -> torch.Tensor:
    """Return the cross entropy of every distribution along an axis, for class numbers as targets.

    Args:
        target: Class numbers `(...)`; fractions are cut off.
        output: Probabilities or logits `(..., classes)`.
        from_logits: Whether they are logits.
        axis: The axis of classes.

    Returns:
        Losses `(...)`. Without a check of their own (on a GPU or in compiled code) class numbers
        that do not exist give NaN.

    Raises:
        ValueError: If the shapes do not fit, or on a CPU a class does not exist.
    """
    output, from_logits = behind(output, from_logits, "sparse_categorical_crossentropy")
    if axis not in (-1, output.dim() - 1):
        output = output.movedim(axis, -1)
    if target.dim() == output.dim() and target.shape[-1] == 1:
        target = target.squeeze(-1)
    if target.shape != output.shape[:-1]:
        raise ValueError(
            "sparse_categorical_crossentropy takes targets of the predictions' shape without the "
            f"axis of classes. Received: y_true of shape {tuple(target.shape)}, y_pred of shape "
            f"{tuple(output.shape)}"
        )
    if not from_logits:
        output = torch.log(clip_probabilities(output))
    labels = target.long()
    if _can_read(labels):
        flat = output if output.dim() == 2 else output.reshape(-1, output.shape[-1])
        try:
            losses = F.cross_entropy(
                flat, labels.reshape(-1), reduction="none", ignore_index=_NO_LABEL
            )
        except IndexError:  # the kernel looks at every label anyway
            _check_labels(labels, output.shape[-1])
            raise
        return losses.reshape(labels.shape)
    flat = output.reshape(-1, output.shape[-1])
    valid = (labels >= 0) & (labels < output.shape[-1])
    safe = torch.where(valid, labels, 0).reshape(-1)
    losses = F.cross_entropy(flat, safe, reduction="none").reshape(labels.shape)
    return torch.where(valid, losses, torch.nan)


# What torch leaves out is nothing that Keras leaves out.
_NO_LABEL = torch.iinfo(torch.int64).min


def _can_read(labels: torch.Tensor) -> bool:
    # On other devices a look would make the host wait; vmap can't read values; and the tensors that
    # stand for symbols, whose class is not worth an import, have none.
    if torch.compiler.is_compiling() or labels.device.type != "cpu":
        return False
    if type(labels).__name__ == "FakeTensor":
        return False
    return torch._C._functorch.peek_interpreter_stack() is None


def _check_labels(labels: torch.Tensor, classes: int) -> None:
    if not labels.numel():
        return
    low, high = (int(value) for value in torch.aminmax(labels))
    if low >= 0 and high < classes:
        return
    raise ValueError(
        f"sparse_categorical_crossentropy takes class numbers from 0 to {classes - 1}; "
        "`ignore_class` leaves out one that means none. "
        f"Received: numbers from {low} to {high}"
    )
