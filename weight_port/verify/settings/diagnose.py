"""Finds which setting explains a difference of outputs, by computing the layer with each."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import replace
from typing import Any

import numpy as np

from weight_port.errors import WeightPortError
from weight_port.verify.diagnosis import Diagnosis
from weight_port.verify.hypotheses.hypothesis import gap
from weight_port.verify.settings.hypotheses import OUTPUT_HYPOTHESES
from weight_port.verify.settings.reference import KNOWN, Settings, run, settings_of

# How near the reference must come, relative to the largest output: what float32 leaves of some
# hundred steps of a recurrent layer.
_NEAR = 5e-5


def diagnose_output(
    layer_class: str,
    config: Mapping[str, Any],
    weights: Mapping[str, np.ndarray],
    output_a: np.ndarray,
    output_b: np.ndarray,
    inputs_a: np.ndarray,
    inputs_b: np.ndarray | None = None,
    mask: np.ndarray | None = None,
    *,
    path: str = "",
) -> Diagnosis | None:
    """Find the setting in which a layer of `b` differs from that of `a`.

    Nothing is claimed unless the reference gives the output of `a` with the settings that `a`
    says it has, and that of `b` with one of them changed and not without.

    Args:
        layer_class: Keras's class name.
        config: The configuration of the layer of `a`.
        weights: Its weights by Keras name, in Keras's layout.
        output_a: Its output.
        output_b: The output of the layer of `b`.
        inputs_a: The input of the layer of `a`.
        inputs_b: The input of the layer of `b`; by default the same.
        mask: The mask that the layer of `a` got, `(batch, time)`.
        path: The path of the layer, for the report.

    Returns:
        The diagnosis; None if no setting explains the difference.

    Raises:
        WeightPortError: If the class is not one of those that are tried.
    """
    if layer_class not in KNOWN:
        raise WeightPortError(
            f"Settings are tried for the layers {sorted(KNOWN)}. Received: {layer_class!r}"
        )
    settings = settings_of(layer_class, config, weights)
    if settings is None or output_a.shape != output_b.shape:
        return None
    inputs_b = inputs_a if inputs_b is None else inputs_b
    readings = [
        reading
        for reading in _readings(settings)
        if _near(run(layer_class, reading, weights, inputs_a, mask), output_a)
    ]
    if not readings:
        return None
    settings = readings[0]
    plain = run(layer_class, settings, weights, inputs_b, mask)
    if _near(plain, output_b):
        return None
    for hypothesis in OUTPUT_HYPOTHESES:
        if layer_class not in hypothesis.classes:
            continue
        hits: list[tuple[float, str]] = []
        for detail, changed in hypothesis.variants(settings):
            with np.errstate(all="ignore"):
                tried = run(layer_class, changed, weights, inputs_b, mask)
            apart = gap(tried, output_b)
            if _near(tried, output_b) and apart < 0.01 * gap(plain, output_b):
                hits.append((apart, detail))
        if hits:
            # Where these inputs do not tell two settings apart, both are named.
            scale = np.max(np.abs(output_b), initial=0.0)
            enough = max(2 * min(hits)[0], 1e-7 * scale)
            details = " or ".join(detail for apart, detail in hits if apart <= enough)
            sentence = hypothesis.sentence.replace("{have}", hypothesis.have(settings))
            sentence = sentence.replace("{detail}", details)
            return Diagnosis(hypothesis.name, path, (), sentence, hypothesis.remedy)
    return None


def _readings(settings: Settings) -> Iterator[Settings]:
    """Give what the settings can mean: Keras 2 has another function under one of the names."""
    older = {"hard_sigmoid": "hard_sigmoid of Keras 2"}
    yield settings
    changed = replace(
        settings,
        activation=older.get(settings.activation, settings.activation),
        recurrent_activation=older.get(
            settings.recurrent_activation, settings.recurrent_activation
        ),
    )
    if changed != settings:
        yield changed


def _near(computed: np.ndarray, output: np.ndarray) -> bool:
    if computed.shape != output.shape or not output.size:
        return False
    wide = np.asarray(output, np.float64)
    scale = np.max(np.abs(wide[np.isfinite(wide)]), initial=0.0)
    return gap(computed, wide) <= _NEAR * scale
