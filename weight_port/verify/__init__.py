"""Compares models, layer by layer, and finds what explains a difference."""

from weight_port.verify.compare import (
    LayerDifference,
    Verdict,
    WeightComparison,
    WeightDifference,
    compare_weights,
)
from weight_port.verify.diagnose import diagnose_layer
from weight_port.verify.diagnosis import Diagnosis
from weight_port.verify.difference import ArrayDifference, Tolerance
from weight_port.verify.html import to_html, write_html
from weight_port.verify.inputs import InputSpec, load_inputs, random_inputs
from weight_port.verify.keras_side import KerasSide
from weight_port.verify.outputs import OutputComparison, OutputDifference, compare_outputs
from weight_port.verify.report import Report, print_report
from weight_port.verify.settings import diagnose_output
from weight_port.verify.sides import LayerCall, Runnable, Traceable

__all__ = [
    "ArrayDifference",
    "Diagnosis",
    "InputSpec",
    "KerasSide",
    "LayerCall",
    "LayerDifference",
    "OutputComparison",
    "OutputDifference",
    "Report",
    "Runnable",
    "Tolerance",
    "Traceable",
    "Verdict",
    "WeightComparison",
    "WeightDifference",
    "compare_outputs",
    "compare_weights",
    "diagnose_layer",
    "diagnose_output",
    "load_inputs",
    "print_report",
    "random_inputs",
    "to_html",
    "write_html",
]
