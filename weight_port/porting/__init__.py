"""Moves weights from any model to any other: files, state dicts, torch modules, Keras models."""

from weight_port.porting.errors import AmbiguousMatchError, MappingError, PortError, UnmatchedError
from weight_port.porting.mapping import read_mapping
from weight_port.porting.report import MovedWeight, PortEntry, PortReport, Unmatched
from weight_port.porting.run import port
from weight_port.porting.templates import template

__all__ = [
    "AmbiguousMatchError",
    "MappingError",
    "MovedWeight",
    "PortEntry",
    "PortError",
    "PortReport",
    "Unmatched",
    "UnmatchedError",
    "port",
    "read_mapping",
    "template",
]
