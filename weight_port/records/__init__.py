"""Layers with their weights, read from Keras files, torch files and live models alike."""

from weight_port.records.record import LayerRecord

__all__ = ["LayerRecord"]
