"""Limits on gradients: per variable, all together, or per number."""

from __future__ import annotations

import torch

from kerasish.optimizers.base.batch import GradientList
from kerasish.optimizers.base.norms import variable_norms


def clipped(
    grads: GradientList,
    clipnorm: float | None,
    clipvalue: float | None,
    global_clipnorm: float | None,
) -> list[torch.Tensor]:
    """Return gradients within the limit that is set, or as they are.

    Gradients of tables as rows are limited row by row, before rows are added up, as in Keras.
    """
    if clipnorm and clipnorm > 0:
        return clip_by_norm(grads, clipnorm)
    if global_clipnorm and global_clipnorm > 0:
        return clip_by_global_norm(grads, global_clipnorm)
    if clipvalue and clipvalue > 0:
        return clip_by_value(grads, clipvalue)
    return grads.gradients


def clip_by_norm(grads: GradientList, limit: float) -> list[torch.Tensor]:
    """Scale each variable's gradient down to an L2 norm of at most `limit`.

    A variable is what Keras counts as one: both biases of a GRU have one norm.
    """
    norms = variable_norms(grads.variables, grads.gradients)
    for index, rows in grads.rows_by_place():
        norms[index] = torch.linalg.vector_norm(rows.values)
    scales = [limit / norm.clamp(min=limit) for norm in norms]
    for index, rows in grads.rows_by_place():
        limited = rows._replace(values=rows.values * scales[index])
        grads.rows[id(grads.variables_by_piece[index])] = limited
    return list(torch._foreach_mul(grads.gradients, scales))


def clip_by_global_norm(grads: GradientList, limit: float) -> list[torch.Tensor]:
    """Scale all gradients down to an L2 norm of at most `limit` together.

    With an infinite or undefined norm all become NaN, as in Keras.
    """
    norms = list(torch._foreach_norm(grads.gradients))
    for index, rows in grads.rows_by_place():
        norms[index] = torch.linalg.vector_norm(rows.values)
    grads.rows.clear()  # Keras adds them up here
    kind = max((norm.dtype for norm in norms), key=lambda dtype: torch.finfo(dtype).bits)
    device = norms[0].device
    norm = torch.linalg.vector_norm(torch.stack([one.to(device, kind) for one in norms]))
    scale = limit * torch.minimum(1.0 / norm, torch.ones_like(norm) / limit) + (norm - norm)
    return [grad * scale.to(grad.device, grad.dtype) for grad in grads.gradients]


def clip_by_value(grads: GradientList, limit: float) -> list[torch.Tensor]:
    """Limit every number to `-limit ... limit`."""
    clipped = list(torch._foreach_clamp_max(grads.gradients, limit))
    torch._foreach_clamp_min_(clipped, -limit)
    for index, rows in grads.rows_by_place():
        limited = rows._replace(values=rows.values.clamp(-limit, limit))
        grads.rows[id(grads.variables_by_piece[index])] = limited
        clipped[index] = limited.dense()
    return clipped
