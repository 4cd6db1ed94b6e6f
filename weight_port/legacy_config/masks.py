"""The one thing that today's layers can't be told: what `Bidirectional` gave at masked steps."""

from __future__ import annotations

import warnings
from collections.abc import Iterator, Mapping
from typing import Any

from weight_port.legacy_config.era import Era


def warn_of_masked_outputs(config: Any, era: Era) -> None:
    """Warn if a masked step may give another output than it did.

    Since TensorFlow 1.13 a `Bidirectional` layer that returns sequences gives zeros at masked
    steps; before, and in all of Keras on its own, it repeated the last valid output.

    Args:
        config: The model's configuration, as the file holds it.
        era: Which Keras wrote it.
    """
    if not era.is_before_tensorflow2:
        return
    masked, names = False, []
    for class_name, inner in _objects(config):
        if class_name == "Masking" or (class_name == "Embedding" and inner.get("mask_zero")):
            masked = True
        if class_name == "Bidirectional":
            layer = inner.get("layer")
            settings = layer.get("config") if isinstance(layer, Mapping) else None
            if isinstance(settings, Mapping) and settings.get("return_sequences"):
                names.append(str(inner.get("name"))[:80])
    if masked and names:
        warnings.warn(
            "Layers that are Bidirectional give zeros at masked steps, where the Keras that wrote "
            "this model repeated the last valid output. Steps that are not masked are the same. "
            f"Received: {names[:10]}",
            stacklevel=3,
        )


def _objects(value: Any) -> Iterator[tuple[str, Mapping[str, Any]]]:
    pending = [value]
    while pending:
        one = pending.pop()
        if isinstance(one, Mapping):
            class_name, inner = one.get("class_name"), one.get("config")
            if isinstance(class_name, str) and isinstance(inner, Mapping):
                yield class_name, inner
            pending.extend(one.values())
        elif isinstance(one, (list, tuple)):
            pending.extend(one)
