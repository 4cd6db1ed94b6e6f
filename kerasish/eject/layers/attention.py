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
    shape = (query.shape[0], query.shape[1] or "time", key.shape[1] or "steps")
    scores = scope.assign(_scores(scope, layer, query, key), shape, dtype, "scores")
    query_mask, allowed = (mask[0], mask[1]) if mask else (None, None)
    conditions = [] if allowed is None else [f"{allowed}[:, None]"]
    notes = [] if allowed is None else ["padding"]
    if use_causal_mask:
        conditions.append(str(_causal(scope, query, key)))
        notes.append("later steps")
    if conditions:
        code = f"torch.where({' & '.join(conditions)}, {scores}, {scores} - 1e9)"
        scores = scope.assign(code, shape, dtype, "scores", f"not to {' and '.join(notes)}")
    weights = scope.assign(f"torch.softmax({scores}, dim=-1)", shape, dtype, "weights")
    if layer.dropout:
        module = scope.module(layer, f"nn.Dropout({number(layer.dropout)})", None, "dropout")
        weights = scope.assign(f"{module}({weights})", shape, dtype, "weights")
    result = scope.assign(f"{weights} @ {value}", (*query.shape[:2], value.shape[-1]), dtype)
    if query_mask is not None:
        result = scope.assign(f"{result} * {query_mask}[..., None]", result.shape, dtype)
    return (result, weights) if return_attention_scores else result


def _causal(scope: Scope, query: Var, key: Var) -> Var:
    size = f"{query}.shape[1], {key}.shape[1]"
    ones = f"torch.ones({size}, dtype=torch.bool, device={query}.device)"
    shape = (query.shape[1], key.shape[1])
    return scope.assign(f"{ones}.tril()", shape, "bool", "causal", "no look ahead")


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
        summed = f"torch.tanh({total})"
        return f"({scale} * {summed}).sum(-1)" if scale else f"{summed}.sum(-1)"
    inner = f"{scale} * ({total})" if scale else total
    shape = (*query.shape[:2], key.shape[1], query.shape[2])
    terms = scope.assign(f"torch.tanh({inner})", shape, query.dtype, "terms", "of each pair")
    weight = scope.parameter(layer, "score_weight", layer.concat_score_weight)
    return f"{weight} * {terms}.sum(-1)"


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
    _require_plain(layer, query)
    q, k, v = (
        _project(scope, layer, name, one)
        for name, one in (("query", query), ("key", key), ("value", value))
    )
    given = (query_mask, value_mask, key_mask, attention_mask)
    causal = use_causal_mask and all(one is None for one in given)
    scores = None
    if not layer.dropout and not return_attention_scores:
        options = ", is_causal=True" if causal else ""
        if not causal:
            allowed = _allowed(scope, query, value, *given, use_causal_mask)
            if allowed is not None:
                options = f", attn_mask={_bias(scope, allowed)}"
        code = f"F.scaled_dot_product_attention({q}, {k}, {v}{options})"
        attended = scope.assign(code, _shape(layer, query, v), query.dtype)
    else:
        allowed = _allowed(scope, query, value, *given, use_causal_mask)
        attended, scores = _attend(scope, layer, q, k, v, allowed)
    out = layer._output_dense
    module = _linear(scope, layer, "output", out.kernel.detach().flatten(0, 1).T, out.bias)
    result = scope.assign(
        f"{module}({attended}.transpose(1, 2).flatten(2))",
        (*query.shape[:-1], out.kernel.shape[-1]),
        query.dtype,
    )
    return (result, scores) if return_attention_scores else result


def _require_plain(layer: Any, query: Var) -> None:
    """Refuse what is rarely used: other axes, gates, windows, outputs of several axes."""
    if query.ndim != 3 or layer._output_dense.kernel.ndim != 3:
        raise NoEquivalentError(
            "attends along other axes than one of time, or gives several axes",
            "reshape the input to (batch, time, features)",
        )
    for option in ("use_gate", "sliding_window"):
        if getattr(layer, option, None):
            raise NoEquivalentError(f"has {option}", "leave it out")


def _shape(layer: Any, query: Var, values: Var) -> tuple:
    return (query.shape[0], layer.num_heads, query.shape[1] or "time", values.shape[-1])


def _project(scope: Scope, layer: Any, name: str, given: Var) -> Var:
    """Write a projection to heads, `(batch, heads, time, features)`."""
    dense = getattr(layer, f"_{name}_dense")
    heads, size = dense.kernel.shape[1:]
    module = _linear(scope, layer, name, dense.kernel.detach().flatten(1).T, dense.bias)
    shape = (given.shape[0], heads, given.shape[1] or "time", size)
    code = f"{module}({given}).unflatten(-1, ({heads}, {size})).transpose(1, 2)"
    note = "heads: (batch, heads, time, features)" if name == "query" else ""
    return scope.assign(code, shape, given.dtype, name[0], note)


def _bias(scope: Scope, allowed: str) -> Var:
    # A boolean mask would give zeros to a query that may look at nothing, Keras the mean.
    code = f"torch.where({allowed}, 0.0, -2e38)"
    if scope.program.dtype == "float64":
        code += ".double()"
    return scope.assign(code, (), scope.program.dtype, "bias", "added to the scores")


def _attend(
    scope: Scope, layer: Any, q: Var, k: Var, v: Var, allowed: str | None
) -> tuple[Var, Var]:
    """Write the attention by hand, where its weights are dropped or returned."""
    dtype, factor = q.dtype, math.sqrt(layer.key_dim)
    root = str(int(factor)) if factor.is_integer() else f"{layer.key_dim}**0.5"
    shape = (*q.shape[:3], "steps" if k.shape[2] == "time" else k.shape[2])
    scores = scope.assign(f"{q} @ {k}.transpose(-2, -1) / {root}", shape, dtype, "scores")
    if allowed is not None:
        code = f"{scores}.masked_fill(~{allowed}, -1e9)"
        scores = scope.assign(code, shape, dtype, "scores", "")
    scores = scope.assign(f"torch.softmax({scores}, dim=-1)", shape, dtype, "scores", "")
    if allowed is not None:
        code = f"{scores}.masked_fill(~{allowed}, 0)"
        scores = scope.assign(code, shape, dtype, "scores", "zero for rows with nothing to see")
    weights = str(scores)
    if layer.dropout:
        module = scope.module(layer, f"nn.Dropout({number(layer.dropout)})", None, "dropout")
        weights = f"{module}({scores})"
    attended = scope.assign(f"{weights} @ {v}", (*q.shape[:3], v.shape[-1]), dtype)
    return attended, scores


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
