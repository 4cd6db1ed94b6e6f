"""Model files from one format to another, one array at a time."""

from weight_port.convert.convert import ConvertReport, convert
from weight_port.convert.frameworks import FRAMEWORKS, to_framework

__all__ = ["FRAMEWORKS", "ConvertReport", "convert", "to_framework"]
