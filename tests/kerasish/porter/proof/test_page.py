"""The page: hostile texts stay texts, and it is whole on a phone."""

from html.parser import HTMLParser
from pathlib import Path

import pytest

from kerasish.porter.findings import Finding
from kerasish.porter.proof import CellProof, Curve, Item, Proof, State, Verdict
from kerasish.porter.proof.drawings import draw, largest_gap
from kerasish.porter.proof.page import to_html, write_html
from kerasish.porter.proof.sides import CellRun
from tests.kerasish.porter.proof.browser import browser
from weight_port.verify import Tolerance

HOSTILE = "</pre></div><script>document.title='owned'</script><img src=x onerror=alert(1)>{{ 7*7 }}"
LONG = "a_name_without_a_place_to_break_" * 12
PNG = (
    "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJg"
    "gg=="
)


def run(text: str) -> CellRun:
    outputs = [
        {"output_type": "stream", "name": "stdout", "text": text + LONG},
        {"output_type": "stream", "name": "stderr", "text": text},
        {"output_type": "display_data", "data": {"text/html": text, "text/plain": text}},
        {"output_type": "display_data", "data": {"image/png": PNG, "text/plain": "a figure"}},
        {"output_type": "display_data", "data": {"image/png": f'"><script>{text}'}},
        {"output_type": "display_data", "data": {"image/svg+xml": f"<svg>{text}</svg>"}},
        {"output_type": "error", "ename": text, "evalue": text, "traceback": []},
    ]
    return CellRun(outputs=outputs, error=(text, text + LONG), seconds=1.25, notes=[text])


def proof_of(text: str) -> Proof:
    items = (
        Item(text, text, State.DIFFER, 0.5, float("inf"), 9.0, text, text, LONG, text, 3),
        Item("model", "Sequential, weights", State.AGREE, 1e-7, 1e-6, 0.01, "weight 0"),
        Item("other", text, State.NOT_COMPARED, note=text),
    )
    curves = (
        Curve(text, (1.0, 0.5, 0.2), (1.0, 0.6, 0.1)),
        Curve("nan", (1.0, float("nan"), 2.0, 1.5), (float("nan"),) * 3),
    )
    cell = CellProof(
        number=1,
        original=text + "\n" + LONG,
        port=text + "\nport",
        original_run=run(text),
        port_run=run(text),
        items=items,
        curves=curves,
        verdict=Verdict.BOTH_FAIL,
        notes=(text,),
    )
    fine = CellProof(2, "x = 1", "x = 1", CellRun(), CellRun(), (items[1],), (), Verdict.AGREE)
    rest = CellProof(3, "", "", CellRun(ran=False), CellRun(ran=False), (), (), Verdict.NOT_RUN)
    return Proof(
        path=Path(text.replace("/", "_") + ".ipynb"),
        cells=(cell, fine, rest),
        tolerance=Tolerance(1e-3, 1e-6),
        seed=0,
        versions=({"python": text}, {"python": "3"}),
        preludes=(text, text),
        findings=(Finding(1, 2, text, text),),
    )


class Tags(HTMLParser):
    """All tags and attributes of a page."""

    def __init__(self, page: str) -> None:
        super().__init__()
        self.tags: set[str] = set()
        self.attributes: dict[str, set[str]] = {}
        self.feed(page)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.add(tag)
        for name, value in attrs:
            self.attributes.setdefault(name, set()).add(value or "")


def test_hostile_texts_stay_texts() -> None:
    plain, hostile = Tags(to_html(proof_of("x"))), Tags(to_html(proof_of(HOSTILE)))
    assert hostile.tags == plain.tags
    assert hostile.tags.isdisjoint({"script", "iframe", "object", "form", "base"})
    assert set(hostile.attributes) == set(plain.attributes)
    assert not [name for name in hostile.attributes if name.startswith("on")]
    # Jinja does not run what comes from the notebook.
    assert "{{ 7*7 }}" in to_html(proof_of(HOSTILE))


def test_nothing_is_loaded() -> None:
    tags = Tags(to_html(proof_of(HOSTILE)))
    assert tags.attributes["src"] == {f"data:image/png;base64,{PNG}"}
    assert all(link.startswith("#cell-") for link in tags.attributes["href"])


def test_it_is_replaced_whole(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    page = tmp_path / "a.html"
    page.write_text("old")
    with pytest.raises(FileExistsError, match="not to be replaced"):
        write_html(proof_of("x"), page, overwrite=False)
    with monkeypatch.context() as patch:
        patch.setattr("os.replace", lambda *_: (_ for _ in ()).throw(OSError("full")))
        with pytest.raises(OSError, match="full"):
            write_html(proof_of("x"), page)
    assert page.read_text() == "old"
    assert list(tmp_path.iterdir()) == [page]
    # A notebook may hold half a character.
    write_html(proof_of("a \ud800 b"), page)
    assert "<title>Differ" in page.read_text(encoding="utf-8")


def test_curves() -> None:
    assert largest_gap(Curve("a", (1.0, 2.0), (1.0, 2.5))) == 0.5
    assert largest_gap(Curve("a", (float("nan"),), (float("nan"),))) == float("inf")
    assert largest_gap(Curve("a", (1.0,), (1.0, 2.0))) == float("inf")
    assert draw(Curve("a", (2.0, 2.0), (2.0, 2.0))).count("<polyline") == 2
    assert "nan" not in draw(Curve("a", (float("nan"), float("inf")), (1.0, 2.0)))


def test_a_phone_shows_the_whole_page(tmp_path: Path) -> None:
    page = tmp_path / "a.html"
    write_html(proof_of(HOSTILE), page)
    opened = "document.querySelectorAll('details').forEach(one => one.open = true)"
    places = "[...document.querySelectorAll('.cell .side')].slice(0, 2).map(one => {} )"
    with browser(tmp_path) as tab:
        tab.open(page, 390, 844, phone=True)
        tab.ask(opened)
        assert tab.ask("document.title").startswith("Differ: <_pre>")
        assert tab.ask("[innerWidth, document.documentElement.scrollWidth]") == [390, 390]
        wide = "[...document.querySelectorAll('main *')].filter(one => !one.closest('pre, svg'))"
        assert tab.ask(f"Math.max(...{wide}.map(one => one.getBoundingClientRect().right))") <= 390
        left, right = tab.ask(places.format("one.getBoundingClientRect().left"))
        assert left == right  # one column
        images = "[...document.images].map(one => one.naturalWidth)"
        assert set(tab.ask(images)) == {1}
        small = "[...document.querySelectorAll('p, td, dd, summary')].map(one => "
        sizes = tab.ask(f"{small} parseFloat(getComputedStyle(one).fontSize))")
        assert min(sizes) >= 13
        tab.open(page, 1280, 900, phone=False)
        tab.ask(opened)
        assert tab.ask("document.documentElement.scrollWidth <= innerWidth")
        left, right = tab.ask(places.format("one.getBoundingClientRect().left"))
        assert right > left + 400  # side by side
        requests = [
            one["params"]["request"]["url"]
            for one in tab.messages
            if one["method"] == "Network.requestWillBeSent"
        ]
        assert {url.partition(":")[0] for url in requests} == {"file", "data"}
        assert not [one for one in tab.messages if one["method"] == "Runtime.exceptionThrown"]
