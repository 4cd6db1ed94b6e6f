"""What Keras keeps of its older versions."""

from kerasish.legacy import saving

__all__ = ["saving"]
