"""The generated documents are up to date, and so is the list that they come from."""

import importlib.util
import inspect
from pathlib import Path

import pytest

DOCS = Path(__file__).resolve().parents[2] / "docs"
spec = importlib.util.spec_from_file_location("docs_tables", DOCS / "tables.py")
assert spec is not None
assert spec.loader is not None
tables = importlib.util.module_from_spec(spec)
spec.loader.exec_module(tables)


@pytest.mark.parametrize("name", tables.DOCUMENTS)
def test_document_is_up_to_date(name: str) -> None:
    written = (DOCS / name).read_text(encoding="utf-8")
    assert written == tables.DOCUMENTS[name](), "run `python docs/tables.py`"


def test_the_list_of_names_is_that_of_keras() -> None:
    import keras

    listed = [name for names in tables.keras_names().values() for name in names]
    assert len(listed) == len(set(listed))
    actual = {
        name
        for name in dir(keras.layers)
        if not name.startswith("_") and not inspect.ismodule(getattr(keras.layers, name))
    }
    assert set(listed) == actual


def test_parity_tells_present_from_absent() -> None:
    text = tables.parity()
    assert "| `LSTM` | yes | yes |" in text
    assert "| `TFSMLayer` | no |  |" in text


def test_gate_orders_hold_the_known_ones() -> None:
    text = tables.gate_orders()
    assert "| keras | update, reset, new | 2 |" in text
    assert "| tf1 | input, cell, forget, output | 1 | 1 |" in text
