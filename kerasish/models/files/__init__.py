"""Models and their weights in files: Keras's formats and torch's."""
