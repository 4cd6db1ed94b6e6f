"""Attention."""

from __future__ import annotations

import math
from typing import Any

from kerasish import layers
from kerasish.eject.calls import as_float, number
from kerasish.eject.errors import NoEquivalentError
from kerasish.eject.registry import layer_writer
from kerasish.eject.scope import Scope
from kerasish.eject.variables import Var


@layer_writer(layers.Attention, layers.AdditiveAttention)
def write_attention(
    scope: Scope,
    layer: Any,
    inputs: list[Var],
    mask: Any = None,
    return_attention_scores: bool = False,
    use_causal_mask: bool = False,
) -> Any:
    """Values weighed by the softmax of the scores of queries and keys."""
    query, value, key = (scope.last(one) for one in (inputs[0], inputs[1], inputs[-1]))
    dtype = query.dtype
    shape = (query.shape[0], query.shape[1], key.shape[1])
    scores = scope.assign(_scores(scope, layer, query, key), shape, dtype, "scores")
    query_mask, allowed = (mask[0], mask[1]) if mask else (None, None)
    conditions = [] if allowed is None else [f"{allowed}[:, None]"]
    if use_causal_mask:
        conditions.append(str(_causal(scope, query, key)))
    if conditions:
        code = f"torch.where({' & '.join(conditions)}, {scores}, {scores} - 1e9)"
        scores = scope.assign(code, shape, dtype, "scores", "no attention to padding or the future")
    weights = scope.assign(f"torch.softmax({scores}, dim=-1)", shape, dtype, "weights")
    if layer.dropout:
        module = scope.module(layer, f"nn.Dropout({number(layer.dropout)})", None, "dropout")
        weights = scope.assign(f"{module}({weights})", shape, dtype, "weights")
    result = scope.assign(f"{weights} @ {value}", (*query.shape[:2], value.shape[-1]), dtype)
    if query_mask is not None:
        result = scope.assign(f"{result} * {query_mask}[..., None]", result.shape, dtype)
    return (result, weights) if return_attention_scores else result


def _causal(scope: Scope, query: Var, key: Var) -> Var:
    size = f"{query}.shape[1], {key}.shape[1], dtype=torch.bool, device={query}.device"
    shape = (query.shape[1], key.shape[1])
    return scope.assign(f"torch.ones({size}).tril()", shape, "bool", "causal", "no look ahead")


def _scores(scope: Scope, layer: Any, query: Var, key: Var) -> str:
    scale = None
    if layer.scale is not None:
        scale = scope.parameter(layer, "scale", layer.scale)
    additive = isinstance(layer, layers.AdditiveAttention)
    if not additive and layer.score_mode == "dot":
        products = f"{query} @ {key}.transpose(1, 2)"
        return products if scale is None else f"{scale} * ({products})"
    total = f"{query}[:, :, None] + {key}[:, None]"
    if additive:
        terms = f"torch.tanh({total})"
        return f"({scale} * {terms}).sum(-1)" if scale else f"{terms}.sum(-1)"
    inner = f"{scale} * ({total})" if scale else total
    weight = scope.parameter(layer, "score_weight", layer.concat_score_weight)
    return f"{weight} * torch.tanh({inner}).sum(-1)"


@layer_writer(layers.MultiHeadAttention)
def write_multi_head_attention(
    scope: Scope,
    layer: Any,
    query: Var,
    value: Var,
    key: Any = None,
    query_mask: Any = None,
    value_mask: Any = None,
    key_mask: Any = None,
    attention_mask: Any = None,
    return_attention_scores: bool = False,
    use_causal_mask: bool = False,
) -> Any:
    """Attention of several heads, each of its own size."""
    if query.mask is not None and query_mask is None:
        query_mask = query.mask
    query, value = (as_float(scope, scope.last(one)) for one in (query, value))
    key = value if key is None else as_float(scope, scope.last(key))
    dtype, heads = query.dtype, layer.num_heads
    projected = []
    for name, given, size in (
        ("query", query, layer.key_dim),
        ("key", key, layer.key_dim),
        ("value", value, layer.value_dim),
    ):
        dense = getattr(layer, f"_{name}_dense")
        kernel = dense.kernel.detach().flatten(1).T
        module = _linear(scope, layer, name, kernel, dense.bias)
        shape = (given.shape[0], heads, given.shape[1], size)
        projected.append(
            scope.assign(
                f"{module}({given}).unflatten(-1, ({heads}, {size})).transpose(1, 2)",
                shape,
                dtype,
                name[0],
                f"(batch, {heads} heads, time, {size})",
            )
        )
    q, k, v = projected
    allowed = _allowed(
        scope, query, value, query_mask, value_mask, key_mask, attention_mask, use_causal_mask
    )
    shape = (query.shape[0], heads, query.shape[1], layer.value_dim)
    scores = None
    if allowed is None and not return_attention_scores:
        drop = ""
        if layer.dropout:
            drop = f", dropout_p={number(layer.dropout)} if self.training else 0.0"
        code = f"F.scaled_dot_product_attention({q}, {k}, {v}{drop})"
        attended = scope.assign(code, shape, dtype)
    else:
        factor = math.sqrt(layer.key_dim)
        root = str(int(factor)) if factor.is_integer() else f"{layer.key_dim}**0.5"
        size = (query.shape[0], heads, query.shape[1], value.shape[1])
        code = f"{q} @ {k}.transpose(-2, -1) / {root}"
        scores = scope.assign(code, size, dtype, "scores", "")
        if allowed is not None:
            code = f"{scores}.masked_fill(~{allowed}, -1e9)"
            scores = scope.assign(code, size, dtype, "scores", "")
        scores = scope.assign(f"torch.softmax({scores}, dim=-1)", size, dtype, "scores", "")
        if allowed is not None:
            code = f"{scores}.masked_fill(~{allowed}, 0)"
            scores = scope.assign(code, size, dtype, "scores", "zero for rows with nothing to see")
        weights = str(scores)
        if layer.dropout:
            module = scope.module(layer, f"nn.Dropout({number(layer.dropout)})", None, "dropout")
            weights = f"{module}({scores})"
        attended = scope.assign(f"{weights} @ {v}", shape, dtype)
    out = layer._output_dense
    kernel = out.kernel.detach().flatten(0, 1).T
    module = _linear(scope, layer, "output", kernel, out.bias)
    result = scope.assign(
        f"{module}({attended}.transpose(1, 2).flatten(2))",
        (*query.shape[:-1], out.kernel.shape[-1]),
        dtype,
    )
    return (result, scores) if return_attention_scores else result


def _linear(scope: Scope, layer: Any, name: str, kernel: Any, bias: Any) -> str:
    weights = {"weight": kernel}
    if bias is not None:
        weights["bias"] = bias.detach().flatten()
    extra = "" if bias is not None else ", bias=False"
    code = f"nn.Linear({kernel.shape[1]}, {kernel.shape[0]}{extra})"
    return scope.module(layer, code, weights, name)


def _allowed(
    scope: Scope,
    query: Var,
    value: Var,
    query_mask: Any,
    value_mask: Any,
    key_mask: Any,
    attention_mask: Any,
    use_causal_mask: bool,
) -> str | None:
    """Return the code of which query may see which key, `(batch, 1, time, steps)`."""
    parts = []
    if attention_mask is not None:
        if not isinstance(attention_mask, Var):
            raise NoEquivalentError("has a fixed attention_mask", "make it an input of the model")
        given = f"{attention_mask}.bool()" if attention_mask.dtype != "bool" else attention_mask
        rank = attention_mask.ndim
        parts.append(f"{given}[:, None]" if rank == 3 else str(given))
    for one, index in ((query_mask, "[:, None, :, None]"), (value_mask, "[:, None, None]")):
        if one is not None:
            parts.append(f"{one}{index}")
    if key_mask is not None and key_mask is not value_mask:
        parts.append(f"{key_mask}[:, None, None]")
    if use_causal_mask:
        parts.append(str(_causal(scope, query, value)))
    if not parts:
        return None
    if len(parts) == 1 and parts[0].isidentifier():
        return parts[0]
    return str(
        scope.assign(" & ".join(parts), (), "bool", "allowed", "which query may look at which step")
    )
