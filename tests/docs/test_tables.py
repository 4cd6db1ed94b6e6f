"""The generated documents are up to date, and every difference from Keras has its reason."""

import importlib.util
import sys
from pathlib import Path
from typing import Any

import pytest

DOCS = Path(__file__).resolve().parents[2] / "docs"
HINT = "run `python docs/tables.py`"


def load(name: str) -> Any:
    spec = importlib.util.spec_from_file_location(name, DOCS / f"{name}.py")
    assert spec is not None
    assert spec.loader is not None
    module = sys.modules[name] = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


# In the order of their imports.
signatures = load("parity_signatures")
parity_tables = load("parity_tables")
coverage_table = load("coverage_table")
tables = load("tables")


def test_the_documents_are_up_to_date() -> None:
    documents = tables.documents()
    written = {path.relative_to(DOCS).as_posix() for path in DOCS.glob("parity/*.md")}
    assert written == {name for name in documents if name.startswith("parity/")}, HINT
    for name, text in documents.items():
        assert (DOCS / name).read_text(encoding="utf-8") == text, f"{name}: {HINT}"


def test_every_difference_has_a_reason_and_every_reason_a_difference() -> None:
    assert not parity_tables.unexplained(), "add a line to docs/parity_reasons.yaml"
    assert not parity_tables.parity().unused, "take these lines out of docs/parity_reasons.yaml"


def test_parity_tells_what_works_from_what_does_not() -> None:
    rows = {row.name: row for found in parity_tables.parity().rows.values() for row in found}
    assert rows["keras.layers.Dropout"].status == "works"
    assert rows["keras.layers.TFSMLayer"].status == "not"
    assert rows["keras.layers.Convolution2D"].same_as == "keras.layers.Conv2D"
    assert len(rows) > 1400


def test_all_that_notebooks_use_ports() -> None:
    becomes = {
        symbol: coverage_table.what_becomes(symbol) for symbol, _ in coverage_table.symbols()
    }
    assert len(becomes) == 275
    assert not [symbol for symbol, (status, _) in becomes.items() if status == "not"]
    assert becomes["keras.optimizers.Adam(lr=)"] == (
        "new",
        "`kerasish.optimizers.Adam(learning_rate=value)`",
    )
    assert coverage_table.what_becomes("keras.layers.Dens")[0] == "not"
    assert coverage_table.what_becomes("keras.layers.Dense(unit=)")[0] == "not"


class Theirs:
    """What Keras would have."""

    def __init__(self, size: object, step: object = (1, 1), *, seed: int = 0) -> None: ...

    def call(self, x: object, mask: object = None) -> None: ...

    def save(self) -> None: ...

    @property
    def path(self) -> str:
        return ""


class Ours:
    """What would be here."""

    def __init__(self, step: object = 1, size: object = 2, more: object = 3) -> None: ...

    def call(self, x: object, extra: object) -> None: ...


def test_the_comparison_sees_each_kind_of_difference() -> None:
    found = signatures.compare("a.B", Theirs, Ours, lambda _: None)
    assert {one.key: one.text for one in found} == {
        "a.B(size)": "`size` is `2` here, is required in Keras",
        "a.B(seed)": "no argument `seed`",
        "a.B(order)": "order of `size`, `step`",
        "a.B.call(mask)": "`call`: `mask` is called `extra` and is required, is `None` in Keras",
        "a.B.save": "no `save`",
        "a.B.path": "no `path`",
    }
    assert signatures.compare("a.B", Theirs, Theirs, lambda _: None) == []


@pytest.mark.parametrize(
    ("key", "reason"),
    [("a.B(x)", "one argument"), ("a.C(x)", "any class"), ("a.C.call(y)", "y"), ("a.C", None)],
)
def test_the_longest_reason_counts(key: str, reason: str | None) -> None:
    known = {"a.*(x)": "any class", "a.B(x)": "one argument", "*.call(y)": "y"}
    assert parity_tables.Reasons(known).get(key) == reason


def test_gate_orders_hold_the_known_ones() -> None:
    text = tables.gate_orders()
    assert "| keras | update, reset, new | 2 |" in text
    assert "| tf1 | input, cell, forget, output | 1 | 1 |" in text
