"""Compares models, layer by layer, and finds what explains a difference."""
