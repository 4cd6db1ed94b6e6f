"""The layers of any model file that Keras wrote."""

from __future__ import annotations

from weight_port.errors import FileFormatError
from weight_port.formats.legacy_h5 import LegacyH5File
from weight_port.formats.tensor_bundle import TensorBundleFile
from weight_port.formats.tensors import OpenFile
from weight_port.formats.weights_h5 import WeightsH5File
from weight_port.records.config_tree import ConfigNode
from weight_port.records.legacy_h5 import layers_by_name, records_of_legacy_h5
from weight_port.records.record import LayerRecord
from weight_port.records.tensor_bundle import records_of_tensor_bundle
from weight_port.records.weights_h5 import records_of_weights_h5


def records_of(file: OpenFile, tree: ConfigNode | None = None) -> list[LayerRecord]:
    """Return the layers of an open Keras file with their weights.

    Args:
        file: The file, from `formats.open_file`.
        tree: The layers of the model, for files of weights alone; by default those of the file's
            own configuration.

    Raises:
        FileFormatError: If the file is of no format of Keras, or its arrays can't be told apart.
    """
    if isinstance(file, WeightsH5File):
        return records_of_weights_h5(file, tree)
    if isinstance(file, LegacyH5File):
        return records_of_legacy_h5(file, layers_by_name(tree) if tree is not None else None)
    if isinstance(file, TensorBundleFile):
        return records_of_tensor_bundle(file, tree)
    raise FileFormatError(
        f"{file.path} does not store its arrays by Keras's layers. Received: format {file.format}"
    )
