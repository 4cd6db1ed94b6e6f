"""Images: resizing and projecting them as TensorFlow does."""

from kerasish.image.resizing import resize, saturate_cast

__all__ = ["resize", "saturate_cast"]
