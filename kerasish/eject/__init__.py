"""Models as plain PyTorch source, which needs neither Keras nor kerasish."""

from kerasish.eject.eject import Ejected, eject, target_files
from kerasish.eject.errors import EjectError, NoEquivalentError
from kerasish.eject.registry import layer_writer, mask_writer
from kerasish.eject.scope import Scope
from kerasish.eject.variables import Var

__all__ = [
    "EjectError",
    "Ejected",
    "NoEquivalentError",
    "Scope",
    "Var",
    "eject",
    "layer_writer",
    "mask_writer",
    "target_files",
]
