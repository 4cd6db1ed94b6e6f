"""Reports: as data, in a terminal and as a page."""

from __future__ import annotations

import io
import json
import re
import xml.etree.ElementTree as ET
from collections.abc import Mapping
from html.parser import HTMLParser
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from rich.console import Console

from tests.weight_port.verify.builders import random_layer, record
from weight_port.transform import regate
from weight_port.verify import (
    InputSpec,
    Report,
    compare_outputs,
    compare_weights,
    print_report,
    to_html,
    write_html,
)

HOSTILE = "<script>alert('x')</script>\"[red]&{x}"


class Side:
    """A model that gives what it was told to."""

    def __init__(self, outputs: Mapping[str, np.ndarray]) -> None:
        self.outputs = dict(outputs)

    def input_specs(self) -> list[InputSpec]:
        return [InputSpec("x", (None, 3))]

    def layer_outputs(self, inputs: Mapping[str, np.ndarray]) -> dict[str, np.ndarray]:
        assert inputs["x"].shape == (4, 3)
        return self.outputs


def example(name: str = "rnn") -> Report:
    """A report with every verdict, a cause, NaNs and infinities."""
    gru = random_layer("GRU", inputs=40, units=12)
    dense, norm = random_layer("Dense", units=3), random_layer("BatchNormalization", units=30)
    broken = dense["kernel"].copy()
    broken[1, 2] = np.nan
    conv = np.random.default_rng(0).normal(size=(3, 3, 8, 16)).astype("float32")
    a = [
        record(f"encoder/{name}", "GRU", gru),
        record("encoder/norm", "BatchNormalization", norm),
        record("conv", "Conv2D", {"kernel": conv}),
        record("head", "Dense", dense),
        record("gone", "Dense", random_layer("Dense", units=5)),
    ]
    b = [
        record(
            f"encoder/{name}",
            "GRU",
            {n: regate(v, "gru", "keras", "torch") for n, v in gru.items()},
        ),
        record("encoder/norm", "BatchNormalization", norm),
        record("conv", "Conv2D", {"kernel": conv * np.float32(1 + 1e-6)}),
        record("head", "Dense", {**dense, "kernel": broken}),
    ]
    rng = np.random.default_rng(1)
    outputs = {n: rng.normal(size=(4, 9)) for n in (name, "norm", "head", "shape", "only a")}
    wrong = {n: v + rng.normal(size=v.shape) * 1e-3 for n, v in outputs.items() if n != "only a"}
    wrong |= {"norm": outputs["norm"], "shape": np.zeros((4, 2)), "only b": np.zeros(3)}
    wrong["head"][0, 0] = np.inf
    return Report(
        f"model {name}.keras",
        "model.safetensors",
        compare_weights(a, b, by="name"),
        compare_outputs(Side(outputs), Side(wrong)),
    )


def test_data_is_json_without_nan() -> None:
    data = json.loads(json.dumps(example().to_dict(), allow_nan=False))
    assert data["good"] is False
    assert data["headline"] == "Weights of 2 of 5 layers agree, outputs of 1 of 4 layers agree"
    gru, norm, conv, head, gone = data["weights"]["layers"]
    verdicts = [layer["verdict"] for layer in (gru, norm, conv, head, gone)]
    assert verdicts == ["different", "equal", "close", "different", "missing in b"]
    assert gru["diagnoses"][0]["hypothesis"] == "gate_order"
    kernel = head["weights"][0]["difference"]
    assert kernel["absolute"]["value"] == "inf"
    assert (kernel["absolute"]["b"], kernel["absolute"]["index"]) == ("nan", [1, 2])
    assert kernel["nans"] == [0, 1]
    assert data["outputs"]["first_different"] == "rnn"
    assert data["outputs"]["only_a"] == ["only a"]
    assert data["outputs"]["only_b"] == ["only b"]


def test_terminal_shows_names_as_they_are() -> None:
    stream = io.StringIO()
    print_report(example(HOSTILE), Console(file=stream, width=400, color_system=None))
    text = stream.getvalue()
    assert f"encoder/{HOSTILE}" in text
    assert "gate_order" in text
    assert "kernel[1, 2] (in 1, unit 2)" in text
    assert "encoder/norm" in text
    stream = io.StringIO()
    print_report(example(), Console(file=stream, width=400, color_system=None), all_layers=False)
    assert "encoder/norm" not in stream.getvalue()


class Page(HTMLParser):
    """What a browser would make of a page: its elements, which must be closed in order."""

    VOID = {"meta", "br"}

    def __init__(self, text: str) -> None:
        super().__init__()
        self.found: list[tuple[str, dict[str, str | None]]] = []
        self.open: list[str] = []
        self.text = ""
        self.feed(text)
        self.close()
        assert not self.open

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.found.append((tag, dict(attrs)))
        if tag not in self.VOID:
            self.open.append(tag)

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.found.append((tag, dict(attrs)))

    def handle_endtag(self, tag: str) -> None:
        assert self.open.pop() == tag

    def handle_data(self, data: str) -> None:
        self.text += data


def check_page(text: str) -> Page:
    page = Page(text)
    assert "http://" not in text
    assert "https://" not in text
    assert "url(" not in text
    assert "@import" not in text
    tags = {tag for tag, _ in page.found}
    assert not tags & {"script", "link", "img", "iframe", "object", "embed", "base", "form", "a"}
    attributes = {name for _, found in page.found for name in found}
    assert not {n for n in attributes if n.startswith("on") or n in ("src", "href", "srcset")}
    return page


def test_page_holds_everything_and_asks_for_nothing() -> None:
    page = check_page(to_html(example()))
    for text in ("The models differ", "reset, update, new", "encoder/rnn", "equal", "gone"):
        assert text in page.text
    assert [tag for tag, _ in page.found].count("details") == 9


def test_hostile_names_are_text() -> None:
    text = to_html(example(HOSTILE))
    page = check_page(text)
    assert HOSTILE in page.text
    assert "<script" not in text


@settings(max_examples=25, deadline=None)
@given(name=st.text(alphabet="<>\"'&;/ax{}\n\x00]-!", min_size=1, max_size=12))
def test_any_name_is_text(name: str) -> None:
    arrays = {"w" + name: np.arange(6.0).reshape(2, 3)}
    other = {"w" + name: np.arange(6.0)[::-1].reshape(2, 3)}
    mine = [record("p" + name, "C" + name, arrays)]
    report = Report(name, name, compare_weights(mine, [record("p" + name, "C" + name, other)]))
    plain = Report(
        "n",
        "n",
        compare_weights(
            [record("p", "C", {"w": arrays["w" + name]})],
            [record("p", "C", {"w": other["w" + name]})],
        ),
    )
    elements = [tag for tag, _ in check_page(to_html(report)).found]
    assert elements == [tag for tag, _ in check_page(to_html(plain)).found]


def test_drawings_are_well_formed_and_finite() -> None:
    drawings = re.findall(r"<svg.*?</svg>", to_html(example()), re.S)
    assert len(drawings) > 12
    for drawing in drawings:
        for element in ET.fromstring(drawing).iter():
            for name in ("x", "y", "width", "height", "cx", "cy", "x1", "y1", "x2", "y2"):
                assert np.isfinite(float(element.get(name, "0").removesuffix("%")))


def test_agreement_and_nothing() -> None:
    weights = [record("d", "Dense", random_layer("Dense"))]
    report = Report("one", "two", compare_weights(weights, weights))
    assert report.good
    page = check_page(to_html(report))
    assert "The models agree" in page.text
    assert "Likely causes" not in page.text
    assert Report("one", "two").headline == "Nothing was compared"


def test_file_is_replaced_at_once(tmp_path: Path) -> None:
    path = tmp_path / "report.html"
    write_html(example(), path)
    assert path.read_text(encoding="utf-8") == to_html(example())
    with pytest.raises(FileExistsError):
        write_html(example(), path, overwrite=False)
    assert [p.name for p in tmp_path.iterdir()] == ["report.html"]
