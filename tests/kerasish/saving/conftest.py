import pytest

from kerasish.saving import builtin_table, custom_objects


@pytest.fixture
def own_table(monkeypatch):
    """A table without layers, in which a test can register stand-ins under Keras's names."""
    kept = {key: obj for key, obj in builtin_table._by_name.items() if key[0] != "keras.layers"}
    monkeypatch.setattr(builtin_table, "_by_name", kept)
    monkeypatch.setattr(builtin_table, "_public_name", dict(builtin_table._public_name))


@pytest.fixture
def own_registrations(monkeypatch):
    """Registrations of a test that end with it."""
    monkeypatch.setattr(custom_objects, "_global_objects", {})
    monkeypatch.setattr(custom_objects, "_global_names", {})
