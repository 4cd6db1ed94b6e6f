"""The table of layers in the document is that of the converters."""

import re
from pathlib import Path

from kerasish.export.onnx.registry import CELLS, LAYERS
from kerasish.layers.core.operations import Operation
from kerasish.saving.builtin_table import public_name

DOCUMENT = Path(__file__).resolve().parents[3] / "docs" / "onnx.md"


def test_every_layer_with_a_converter_is_listed():
    text = DOCUMENT.read_text(encoding="utf-8")
    table = text.split("<!-- layers -->")[1].split("<!-- end layers -->")[0]
    listed = {
        name
        for row in table.splitlines()[3:]
        for name in re.findall(r"`([A-Z]\w+)`", row.split("|")[1])
    }
    known = {
        (public_name(one) or ("", one.__name__))[1]
        for one in [*LAYERS._table, *CELLS._table]
        if one.__module__.startswith("kerasish") and not issubclass(one, Operation)
    }
    assert listed == known
