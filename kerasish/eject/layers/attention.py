"""Attention."""

from __future__ import annotations

from typing import Any

from kerasish import layers
from kerasish.eject.calls import as_float, number
from kerasish.eject.errors import NoEquivalentError
from kerasish.eject.registry import layer_writer
from kerasish.eject.scope import Scope
from kerasish.eject.variables import MARK, Var


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
    given = (query_mask, value_mask, key_mask, attention_mask)
    plain = not layer.dropout and not return_attention_scores
    causal = plain and use_causal_mask and all(one is None for one in given)
    allowed = None if causal else _allowed(scope, query, value, *given, use_causal_mask)
    module = _heads(scope, layer, query, key, value, plain)
    inputs = [str(query), str(key), str(value), *([] if allowed is None else [allowed])]
    code = f"{module}({', '.join([*inputs, *(['causal=True'] if causal else [])])})"
    shape = (*query.shape[:-1], layer._output_dense.kernel.shape[-1])
    if plain:
        return scope.assign(code, shape, query.dtype)
    result = scope.new(shape, query.dtype)
    size = (query.shape[0], layer.num_heads, query.shape[1] or "time", value.shape[1] or "steps")
    scores = scope.new(size, query.dtype, "scores")
    scope.assign_all(f"{result}, {scores}", [result, scores], code)
    return (result, scores) if return_attention_scores else result


def _heads(scope: Scope, layer: Any, query: Var, key: Var, value: Var, plain: bool) -> str:
    """Make the module with the projections."""
    weights = {}
    for name in ("query", "key", "value"):
        dense = getattr(layer, f"_{name}_dense")
        weights[f"{name}.weight"] = dense.kernel.detach().flatten(1).T
        if dense.bias is not None:
            weights[f"{name}.bias"] = dense.bias.detach().flatten()
    out = layer._output_dense
    weights["output.weight"] = out.kernel.detach().flatten(0, 1).T
    if out.bias is not None:
        weights["output.bias"] = out.bias.detach()
    features = ", ".join(str(one.shape[-1]) for one in (query, key, value))
    code = f"heads={layer.num_heads}, sizes=({layer.key_dim}, {layer.value_dim}), "
    code += f"features=({features}), outputs={out.kernel.shape[-1]}"
    code += "" if layer.use_bias else ", bias=False"
    code += f", dropout={number(layer.dropout)}" if layer.dropout else ""
    name = scope.part("MultiHeadAttention" if plain else "ScoredAttention")
    return scope.module(layer, f"{name}({code})", weights)


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
    if len(parts) == 1 and MARK.fullmatch(parts[0]):
        return parts[0]
    return str(
        scope.assign(" & ".join(parts), (), "bool", "allowed", "which query may look at which step")
    )
