"""Whether the weights of one layer fit another, and their conversion where the classes differ."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace

import numpy as np

from weight_port import layouts, transform
from weight_port.errors import LayoutError
from weight_port.formats.tensors import LazyTensors
from weight_port.layouts import Layout
from weight_port.records.record import LayerRecord
from weight_port.records.state_dict import TorchRecord

_CUDNN = "CuDNN"
Shapes = dict[str, tuple[int, ...]]


@dataclass(frozen=True, eq=False)
class Fit:
    """Two layers whose weights fit.

    Attributes:
        source: The layer that the weights come from, read as what the target is.
        target: The layer that they go to.
        through_torch: Whether they are converted through the torch arrays that both have.
    """

    source: LayerRecord
    target: LayerRecord
    through_torch: bool = False

    def moved(self) -> tuple[LayerRecord, dict[str, np.ndarray]]:
        """Read what is to be written: the layer to write to, and arrays by the names it has.

        Between two modules of torch that have the same arrays those move as they are, with what
        Keras has no weight for: a second bias, a number of batches.
        """
        source, target = self.source, self.target
        if isinstance(source, TorchRecord) and isinstance(target, TorchRecord):
            have = {name: info.shape for name, info in source.arrays.items()}
            if have == {name: info.shape for name, info in target.arrays.items()}:
                return target.as_torch(), source.arrays.read_all()
        return target, self.arrays()

    def arrays(self) -> dict[str, np.ndarray]:
        """Read the source's weights as the target has them, by the target's names."""
        source, target = self.source.layout, self.target.layout
        values = self.source.weights.read_all()
        if source is None or target is None or source is target:
            return values
        if self.through_torch:
            return transform.convert(source, target, values)
        if source.layer_class.startswith(_CUDNN):
            values = transform.convert(source, _plain(source), values)
        if target.layer_class.startswith(_CUDNN):
            values = transform.convert(_plain(target), target, values)
        return values


@dataclass(frozen=True)
class Misfit:
    """Two layers whose weights do not fit.

    Attributes:
        reason: Why, for messages.
        near: Whether they are of one kind all the same, so that the reason is worth telling.
    """

    reason: str
    near: bool = False


def fit(source: LayerRecord, target: LayerRecord) -> Fit | Misfit:
    """Tell whether the weights of one layer fit another.

    Layers of one class do if all weights have the same shapes; so do a recurrent layer and its
    cell, and the layers of cuDNN that Keras 2 had and those of today. Layers whose class is not
    known do if their torch arrays are those that the other has.
    """
    if source.layout is None and target.layout is None:
        return _as_they_are(source, target)
    if source.layout is None or target.layout is None:
        return _read_alike(source, target)
    if _depthwise(source, target) or _alphas(source, target):
        return _through_torch(source, target)
    first, second = _family(source.layout), _family(target.layout)
    if first != second:
        return Misfit(f"{source.layer_class} is not {target.layer_class}")
    variants = (
        source.layout.variant.get("reset_after", True),
        target.layout.variant.get("reset_after", True),
    )
    if variants[0] != variants[1]:
        return Misfit(
            f"{source.path} is a GRU with reset_after={variants[0]} and {target.path} one with "
            f"reset_after={variants[1]}: the reset gate acts before the recurrent product in one "
            "and after it in the other, so no weights make them equal (torch has reset_after=True "
            "only)",
            near=True,
        )
    return _compare(source, target, _shapes(source), _shapes(target))


def signature(record: LayerRecord) -> tuple | None:
    """Return what is equal for layers that fit; None if only a comparison tells."""
    layout = record.layout
    if layout is None or "Conv" in layout.layer_class or layout.layer_class == "PReLU":
        return None
    variant = layout.variant.get("reset_after", True)
    return _family(layout), variant, tuple(sorted(_shapes(record).items()))


def with_layout(record: LayerRecord, layout: Layout) -> LayerRecord | None:
    """Return a layer with a layout of the user's; None if its weights are not those."""
    if isinstance(record, TorchRecord):
        return record.read_as(layout)
    try:
        transform.torch_shapes(layout, record.shapes)
    except LayoutError:
        return None
    return replace(record, layout=layout)


def _read_alike(source: LayerRecord, target: LayerRecord) -> Fit | Misfit:
    """Compare a layer with a layout to one without."""
    raw, other = (source, target) if source.layout is None else (target, source)
    assert other.layout is not None
    if not isinstance(raw, TorchRecord):
        if raw.layer_class not in ("", other.layer_class):
            return Misfit(
                f"{raw.layer_class} is not {other.layer_class}; if its weights lie as that "
                "layer's do, give a layout for it by layouts_for"
            )
        return _as_they_are(source, target)
    read = raw.read_as(_plain(other.layout))
    if read is None:
        return Misfit(f"the arrays of {raw.describe()} are not those of {other.layer_class}")
    if raw.layer_class and raw.layer_class not in ("", read.layer_class) and _is_known(raw):
        return Misfit(f"{raw.layer_class} is not {other.layer_class}")
    return fit(read, target) if raw is source else fit(source, read)


def _is_known(record: LayerRecord) -> bool:
    return record.layer_class in layouts.known_classes()


def _as_they_are(source: LayerRecord, target: LayerRecord) -> Fit | Misfit:
    """Compare layers of which at least one has a class that the table does not have."""
    classes = {source.layer_class, target.layer_class} - {""}
    of_torch = isinstance(source, TorchRecord) != isinstance(target, TorchRecord)
    if len(classes) > 1 and not of_torch:
        return Misfit(f"{source.layer_class} is not {target.layer_class}")
    return _compare(source, target, source.shapes, target.shapes)


def _compare(source: LayerRecord, target: LayerRecord, have: Shapes, need: Shapes) -> Fit | Misfit:
    if have == need:
        return Fit(source, target)
    wrong = [
        f"{name} {have[name]} against {need[name]}"
        for name in have
        if name in need and have[name] != need[name]
    ]
    wrong += [
        f"{name} {shape} is the source's alone" for name, shape in have.items() if name not in need
    ]
    wrong += [
        f"{name} {shape} is the target's alone" for name, shape in need.items() if name not in have
    ]
    return Misfit(
        f"{source.path} and {target.path} are both {target.layer_class or 'alike'}, but: "
        + ", ".join(wrong),
        near=True,
    )


def _through_torch(source: LayerRecord, target: LayerRecord) -> Fit | Misfit:
    assert source.layout is not None
    assert target.layout is not None
    try:
        have = transform.torch_shapes(source.layout, source.shapes)
        need = transform.torch_shapes(target.layout, target.shapes)
    except LayoutError as error:
        return Misfit(str(error))
    found = _compare(source, target, have, need)
    return replace(found, through_torch=True) if isinstance(found, Fit) else found


def _depthwise(source: LayerRecord, target: LayerRecord) -> bool:
    """Tell a depthwise convolution of Keras from the grouped one of torch that it is."""
    for keras, torch in ((source, target), (target, source)):
        plain = keras.layer_class.removeprefix("Depthwise")
        if plain != keras.layer_class and plain == torch.layer_class:
            return isinstance(torch, TorchRecord)
    return False


def _alphas(source: LayerRecord, target: LayerRecord) -> bool:
    """Tell two PReLUs, of which Keras's may have axes of size 1 that torch's has not."""
    return source.layer_class == target.layer_class == "PReLU" and (
        isinstance(source, TorchRecord) != isinstance(target, TorchRecord)
    )


def _family(layout: Layout) -> str:
    """Return the class without what makes no difference to the weights."""
    name = layout.layer_class.removeprefix(_CUDNN)
    if name in ("LSTMCell", "GRUCell", "SimpleRNNCell"):
        return name.removesuffix("Cell")
    return "GroupQueryAttention" if name == "GroupedQueryAttention" else name


def _plain(layout: Layout) -> Layout:
    """Return the layout of today's layer for one of cuDNN's."""
    name = layout.layer_class
    return layouts.get(name.removeprefix(_CUDNN)) if name.startswith(_CUDNN) else layout


def _shapes(record: LayerRecord) -> Shapes:
    """Return the shapes of the weights, those of cuDNN's layers as of today's."""
    layout = record.layout
    if layout is None or not layout.layer_class.startswith(_CUDNN):
        return record.shapes
    hollow = {n: np.broadcast_to(np.zeros((), np.bool_), s) for n, s in record.shapes.items()}
    return {n: a.shape for n, a in transform.convert(layout, _plain(layout), hollow).items()}


def weights_named(record: LayerRecord, names: Mapping[str, str]) -> LayerRecord:
    """Return a layer with some of its weights, under other names."""
    infos = {new: record.weights[old] for new, old in names.items()}
    weights = LazyTensors(infos, lambda name: record.weights.read(names[name]))
    return LayerRecord(record.path, record.layer_class, None, weights)
