"""Images: resizing and projecting them as TensorFlow does."""

from kerasish.image.projection import affine_transform
from kerasish.image.resizing import resize, saturate_cast

__all__ = ["affine_transform", "resize", "saturate_cast"]
