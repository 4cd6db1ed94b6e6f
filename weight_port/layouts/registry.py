"""Look-up of layouts by Keras layer class and settings."""

from __future__ import annotations

from dataclasses import replace
from functools import lru_cache

from weight_port.errors import LayoutError
from weight_port.layouts.entry import Layout, Weight

_BY_CLASS: dict[str, list[Layout]] = {}


def register(layout: Layout) -> Layout:
    """Add an entry to the table, and return it.

    The first entry of a class says what its settings are by default.

    Raises:
        LayoutError: If the class has an entry with the same settings, or its entries do not differ
            in the same settings.
    """
    same_class = _BY_CLASS.setdefault(layout.layer_class, [])
    for entry in same_class:
        if dict(entry.variant) == dict(layout.variant):
            raise LayoutError(
                "The layout table has an entry for this layer class and these settings already. "
                f"Received: {layout.describe()}"
            )
        if entry.variant.keys() != layout.variant.keys():
            raise LayoutError(
                f"The entries of {layout.layer_class} must all give the settings "
                f"{sorted(entry.variant)}. Received: {sorted(layout.variant)}"
            )
    same_class.append(layout)
    _get.cache_clear()
    return layout


def known_classes() -> tuple[str, ...]:
    """Return the Keras layer classes that have an entry, sorted."""
    return tuple(sorted(_BY_CLASS))


def entries() -> tuple[Layout, ...]:
    """Return every entry of the table as registered."""
    return tuple(layout for layouts in _BY_CLASS.values() for layout in layouts)


def get(layer_class: str, **variant: object) -> Layout:
    """Return the layout of a Keras layer class.

    Args:
        layer_class: The class name, as in a Keras config (`"LSTM"`, `"Conv2D"`, ...).
        **variant: What tells the layouts of a class apart. `reset_after` for GRU, `projection`
            (`"packed"`, `"separate"`, `"linear"`) and `num_heads` for MultiHeadAttention,
            `depth_multiplier` for the depthwise and separable convolutions, `spatial_rank` for
            PReLU, `num_layers` and `bidirectional` for the recurrent layers.

    Returns:
        The layout. Equal arguments give the same object.

    Raises:
        LayoutError: If the table has no such class or setting.

    Example:
        >>> get("GRU", reset_after=False).torch_names
        ('weight_ih_l0', 'weight_hh_l0', 'bias_ih_l0')
    """
    return _get(layer_class, tuple(sorted(variant.items())))


@lru_cache(maxsize=4096)
def _get(layer_class: str, variant: tuple[tuple[str, object], ...]) -> Layout:
    """Find the entry of a class, and apply the settings that are not entries of their own."""
    given = dict(variant)
    if layer_class not in _BY_CLASS:
        raise LayoutError(
            f"The layout table has no entry for this layer class. Known: {list(known_classes())}. "
            f"Received: {layer_class!r}"
        )
    same_class = _BY_CLASS[layer_class]
    defaults = same_class[0].variant
    wanted = {key: given.pop(key, default) for key, default in defaults.items()}
    layout = next((entry for entry in same_class if dict(entry.variant) == wanted), None)
    if layout is None:
        raise LayoutError(
            f"{layer_class} has entries for {[dict(entry.variant) for entry in same_class]} only. "
            f"Received: {wanted}"
        )
    sizes = {}
    for argument, axis in layout.parameters.items():
        value = given.pop(argument, None)
        if value is None:
            continue
        if not isinstance(value, int) or value < 1:
            raise LayoutError(
                f"{layer_class}: {argument} must be a positive integer. Received: {value!r}"
            )
        sizes[axis] = value
    if sizes:
        layout = replace(layout, sizes={**layout.sizes, **sizes})
    if layout.recurrent:
        num_layers = given.pop("num_layers", 1)
        bidirectional = given.pop("bidirectional", False)
        if not isinstance(num_layers, int) or num_layers < 1:
            raise LayoutError(
                f"{layer_class}: num_layers must be a positive integer. Received: {num_layers!r}"
            )
        layout = _stacked(layout, num_layers, bool(bidirectional))
    if given:
        known = [*defaults, *layout.parameters]
        known += ["num_layers", "bidirectional"] if layout.recurrent else []
        raise LayoutError(
            f"The layout of {layer_class} depends on {known or 'no settings'}. Received: {given}"
        )
    return layout


def _stacked(layout: Layout, num_layers: int, bidirectional: bool) -> Layout:
    """Compose the layout of a stack of recurrent layers, as torch names it.

    Keras gives the weights of a Bidirectional layer as those of its forward layer followed by those
    of its backward layer. torch marks the layer by `_l{k}` and the backward direction by
    `_reverse`. A prefix tells equal Keras names apart: `forward/kernel`, `1/backward/bias`.
    """
    if num_layers == 1 and not bidirectional:
        return layout
    weights: list[Weight] = []
    for layer in range(num_layers):
        for direction in ("forward", "backward") if bidirectional else ("",):
            prefix = f"{layer}/" if num_layers > 1 else ""
            prefix += f"{direction}/" if direction else ""
            suffix = f"_l{layer}" + ("_reverse" if direction == "backward" else "")
            for weight in layout.weights:
                # The inputs of an upper layer are the outputs of the layer below: another axis.
                own = weight.with_axis("in", "below") if layer else weight
                weights.append(own.renamed(prefix, suffix))
    return replace(layout, weights=tuple(weights))
