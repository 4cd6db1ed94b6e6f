"""What a config may name, and the way from objects to configs and back."""

from kerasish.saving.builtin_table import (
    builtin,
    did_you_mean,
    names_in,
    near_matches,
    public_name,
)
from kerasish.saving.custom_objects import (
    CustomObjectScope,
    custom_object_scope,
    get_custom_objects,
    get_registered_name,
    get_registered_object,
    register_keras_serializable,
)
from kerasish.saving.deserialize import deserialize_keras_object
from kerasish.saving.dtype_policy import DTypePolicy
from kerasish.saving.serialize import serialize_keras_object
from kerasish.saving.sharing import ObjectSharingScope

__all__ = [
    "CustomObjectScope",
    "DTypePolicy",
    "ObjectSharingScope",
    "builtin",
    "custom_object_scope",
    "deserialize_keras_object",
    "did_you_mean",
    "get_custom_objects",
    "get_registered_name",
    "get_registered_object",
    "names_in",
    "near_matches",
    "public_name",
    "register_keras_serializable",
    "serialize_keras_object",
]
