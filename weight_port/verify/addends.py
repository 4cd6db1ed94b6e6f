"""The torch arrays whose sum a Keras weight is."""

from __future__ import annotations

import numpy as np

from weight_port.records.record import LayerRecord
from weight_port.records.state_dict import TorchRecord

Addends = dict[str, tuple[np.ndarray, ...]]


def addends_of(record: LayerRecord) -> Addends:
    """Return the parts of each weight that is a sum, in Keras's layout.

    An LSTM of torch has two biases that act as their sum, which is the bias that Keras has.

    Args:
        record: A layer; one that is not of torch has no such parts.
    """
    if not isinstance(record, TorchRecord) or record.layout is None:
        return {}
    found: Addends = {}
    for name in record.weights:
        weight = record.layout.weight(name)
        if weight.relation == "sum" and all(key in record.arrays for key in weight.torch_names):
            found[name] = tuple(
                np.asarray(plan.to_keras(record.arrays.read(plan.array.name)))
                for plan in record.layout.plans[name].arrays
            )
    return found
