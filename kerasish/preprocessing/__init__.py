"""`keras.preprocessing`: data made ready, under the names of Keras 2 and 3."""

from kerasish.preprocessing import sequence, text

__all__ = ["sequence", "text"]
