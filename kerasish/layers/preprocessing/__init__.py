"""Layers that turn raw data into tensors: text, categories, numbers and images."""
