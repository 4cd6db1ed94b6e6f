"""Keras 3's layers and models on native `torch.nn` modules."""
