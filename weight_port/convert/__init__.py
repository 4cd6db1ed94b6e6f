"""Model files from one format to another, one array at a time."""

from weight_port.convert.convert_file import ConvertReport, OldArchitectureError, convert_file
from weight_port.convert.frameworks import FRAMEWORKS, to_framework

__all__ = ["FRAMEWORKS", "ConvertReport", "OldArchitectureError", "convert_file", "to_framework"]
