import keras
import pytest

from kerasish.saving import (
    CustomObjectScope,
    custom_object_scope,
    get_custom_objects,
    get_registered_name,
    get_registered_object,
    register_keras_serializable,
)

pytestmark = pytest.mark.usefixtures("own_registrations")

BOTH = pytest.mark.parametrize("library", ["keras", "kerasish"])


def _api(library):
    import kerasish.saving

    return keras.saving if library == "keras" else kerasish.saving


@BOTH
@pytest.mark.parametrize(
    ("arguments", "expected"),
    [((), "Custom>scale"), (("pack",), "pack>scale"), (("pack", "other"), "pack>other")],
)
def test_names(library, arguments, expected):
    api = _api(library)

    def scale(x):
        return x

    assert api.register_keras_serializable(*arguments)(scale) is scale
    assert api.get_registered_name(scale) == expected
    assert api.get_registered_object(expected) is scale
    assert api.get_custom_objects().pop(expected) is scale
    assert api.get_registered_object(expected) is None


@BOTH
def test_a_class_needs_get_config(library):
    with pytest.raises(ValueError, match="get_config"):
        _api(library).register_keras_serializable()(type("Bare", (), {}))


@BOTH
def test_what_is_not_registered(library):
    api = _api(library)

    def free(x):
        return x

    assert api.get_registered_name(free) == "free"
    assert api.get_registered_object("free") is None
    assert api.get_registered_object("free", custom_objects={"free": free}) is free
    assert api.get_registered_object("free", module_objects={"free": free}) is free
    assert api.get_registered_object("free", {"free": 1}, {"free": 2}) == 1


@BOTH
def test_a_scope_wins_and_ends(library):
    api = _api(library)
    api.get_custom_objects()["name"] = 1
    with api.custom_object_scope({"name": 2}):
        assert api.get_registered_object("name", {"name": 3}) == 2
    assert api.get_registered_object("name", {"name": 3}) == 1
    del api.get_custom_objects()["name"]


def test_scopes_nest():
    with CustomObjectScope({"a": 1, "b": 1}), CustomObjectScope({"b": 2}):
        assert get_registered_object("a") == 1
        assert get_registered_object("b") == 2
    assert get_registered_object("a") is None


def test_a_scope_ends_after_an_error():
    scope = custom_object_scope({"a": 1})
    with pytest.raises(RuntimeError), scope:
        raise RuntimeError
    assert get_registered_object("a") is None
    with scope:
        assert get_registered_object("a") == 1
    with custom_object_scope(None):
        assert get_registered_object("a") is None


def test_registering_again_replaces():
    for _ in range(2):

        def scale(x):
            return x

        register_keras_serializable("pack")(scale)
    assert get_registered_object("pack>scale") is scale


def test_objects_without_a_hash():
    class Unhashable:
        __hash__ = None
        __name__ = "unhashable"

    assert get_registered_name(Unhashable()) == "unhashable"
    assert get_custom_objects() == {}
