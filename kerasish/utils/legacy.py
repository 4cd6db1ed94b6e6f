"""Objects as Keras 2 wrote them."""

from kerasish.saving.keras2_objects import deserialize_keras_object, serialize_keras_object

__all__ = ["deserialize_keras_object", "serialize_keras_object"]
