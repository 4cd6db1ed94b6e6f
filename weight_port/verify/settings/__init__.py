"""Settings that explain a difference of outputs where the weights are equal."""

from weight_port.verify.settings.diagnose import diagnose_output
from weight_port.verify.settings.hypotheses import OUTPUT_HYPOTHESES, OutputHypothesis
from weight_port.verify.settings.reference import KNOWN, Settings, run, settings_of

__all__ = [
    "KNOWN",
    "OUTPUT_HYPOTHESES",
    "OutputHypothesis",
    "Settings",
    "diagnose_output",
    "run",
    "settings_of",
]
