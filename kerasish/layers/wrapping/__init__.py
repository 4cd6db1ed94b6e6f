"""Torch modules that exist already, as layers."""
