"""Whatever `port` takes, as layers that can be read and, but for files, written."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from os import PathLike
from typing import Any, Protocol

import numpy as np

from weight_port import formats
from weight_port.convert.convert_file import own_config
from weight_port.convert.from_torch import records_from_torch
from weight_port.errors import WeightPortError
from weight_port.formats.tensor_bundle import TensorBundleFile
from weight_port.layouts import Layout
from weight_port.porting.fitting import with_layout
from weight_port.records.config_tree import config_tree
from weight_port.records.files import records_of
from weight_port.records.live import LiveModel, is_live
from weight_port.records.record import LayerRecord
from weight_port.records.state_dict import records_of_state_dict

_KERAS_FORMATS = ("keras", "h5", "weights.h5", "weights.json")
# What sorts arrays by name, and has no architecture to tell the order of the layers.
_SORTED = ("safetensors", "safetensors.index.json", "weights.h5", "weights.json")


@dataclass(frozen=True)
class Opened:
    """What weights come from.

    Attributes:
        records: Its layers.
        ordered: Whether they are in the order of the model.
        to_json: Gives the architecture in Keras 3's form, of a model of Keras in memory.
    """

    records: tuple[LayerRecord, ...]
    ordered: bool
    to_json: Callable[[], str] | None = None


class Target(Protocol):
    """A model whose weights can be written."""

    @property
    def records(self) -> tuple[LayerRecord, ...]:
        """Its layers."""

    def assign(self, values: Sequence[tuple[LayerRecord, Mapping[str, np.ndarray]]]) -> None:
        """Write weights of its layers, all or none."""


def is_path(value: Any) -> bool:
    """Tell whether something names a file."""
    return isinstance(value, (str, PathLike))


@contextmanager
def opened(
    source: Any, layouts_for: Mapping[str, Layout], limits: formats.Limits
) -> Iterator[Opened]:
    """Give the layers of anything that weights can come from; a file is open meanwhile.

    Raises:
        WeightPortError: If it is nothing that has weights.
    """
    if not is_path(source):
        yield Opened(in_memory(source, layouts_for).records, True, getattr(source, "to_json", None))
        return
    with formats.open_file(source, limits=limits) as file:
        of_keras = file.format in _KERAS_FORMATS
        framework = file.metadata.get("layout", "torch")
        if framework not in ("torch", "keras"):
            raise WeightPortError(
                f"{file.path} has the names and gates of another framework; convert it first: "
                f"weight_port.convert.convert_file(..., layout='torch'). Received: {framework!r}"
            )
        ordered = (of_keras and file.config is not None) or file.format not in _SORTED
        if of_keras or isinstance(file, TensorBundleFile):
            records = records_of(file)
        elif (config := own_config(file, limits)) is not None and framework == "torch":
            # The architecture that `convert` put in tells classes that arrays alone do not.
            records = records_from_torch(file, config_tree(config), file.path)
            ordered = True
        else:
            records = records_of_state_dict(file)
        if isinstance(file, TensorBundleFile):
            ordered = bool(file.graph)
        yield Opened(tuple(_known(record, layouts_for) for record in records), ordered)


def in_memory(model: Any, layouts_for: Mapping[str, Layout]) -> Target:
    """Return a model in memory as layers.

    Args:
        model: A Keras or kerasish model or layer, a torch module, or a `state_dict`.
        layouts_for: Layouts by the names of classes.

    Raises:
        WeightPortError: If it is none of these.
    """
    if is_live(model):
        return LiveModel.of(model, layouts_for)
    of_torch = hasattr(model, "state_dict") and hasattr(model, "named_modules")
    if of_torch or isinstance(model, Mapping):
        from weight_port.records.torch_modules import TorchModel

        return TorchModel.of(model, layouts_for) if of_torch else TorchModel.of_state_dict(model)
    raise WeightPortError(
        "Weights are moved between model files, state_dicts, torch modules, and models or layers "
        f"of Keras or kerasish. Received: {type(model).__module__}.{type(model).__qualname__}"
    )


def _known(record: LayerRecord, layouts_for: Mapping[str, Layout]) -> LayerRecord:
    """Apply the layouts of the user's to a layer of a file."""
    layout = layouts_for.get(record.layer_class)
    if layout is None:
        return record
    return with_layout(record, layout) or record
