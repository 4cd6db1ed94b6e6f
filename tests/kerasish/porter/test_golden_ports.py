"""Each golden case as a notebook and as a script; and that a second port changes nothing."""

import ast
import json

import nbformat
import pytest

from kerasish.porter import port_code, port_file
from kerasish.porter.magics import parse
from tests.kerasish.porter.cases import Case, findings_of, notebook_of, notebook_text, read_cases

CASES = read_cases()


def by_name(case: Case) -> str:
    return case.name


def test_the_cases_are_found() -> None:
    assert len(CASES) >= 90
    assert len({case.name for case in CASES}) == len(CASES)


@pytest.mark.parametrize("case", CASES, ids=by_name)
def test_port(case: Case) -> None:
    ported = port_code(list(case.cells), notebook=True)
    assert tuple(ported.cells) == case.ported
    assert findings_of(ported) == case.findings


@pytest.mark.parametrize("case", CASES, ids=by_name)
def test_a_second_port_changes_nothing(case: Case) -> None:
    again = port_code(list(case.ported), notebook=True)
    assert tuple(again.cells) == case.ported


@pytest.mark.parametrize("case", CASES, ids=by_name)
def test_the_port_parses_where_the_source_did(case: Case) -> None:
    for before, after in zip(case.cells, case.ported, strict=True):
        try:
            parse(before, notebook=True)
        except SyntaxError:
            assert after == before
            continue
        parse(after, notebook=True)


@pytest.mark.parametrize("case", [c for c in CASES if c.is_script], ids=by_name)
def test_a_script_ports_like_a_notebook(case: Case, tmp_path) -> None:
    source = "\n".join(case.cells)
    path = tmp_path / "script.py"
    path.write_bytes(source.encode("utf-8"))
    ported = port_file(path)
    ast.parse(ported.after)
    assert path.read_bytes() == source.encode("utf-8")
    if len(case.cells) == 1:
        assert ported.after == case.ported[0]


@pytest.mark.parametrize("indent", [1, 4, None], ids=["jupyter", "wide", "one line"])
def test_notebooks_keep_all_but_the_code(tmp_path, indent: int | None) -> None:
    for case in CASES:
        path = tmp_path / "notebook.ipynb"
        text = notebook_text(case.cells, indent)
        path.write_text(text, encoding="utf-8")
        ported = port_file(path)
        # The same bytes as if the notebook had been written with the ported code.
        assert ported.data.decode("utf-8") == notebook_text(case.ported, indent), case.name
        assert ported.report.changed == (case.cells != case.ported)


def test_ported_notebooks_are_valid_and_can_lose_their_outputs(tmp_path) -> None:
    case = next(case for case in CASES if case.name == "cell magics")
    path = tmp_path / "notebook.ipynb"
    path.write_text(notebook_text(case.cells), encoding="utf-8")
    ported = json.loads(port_file(path, clear_outputs=True).data)
    nbformat.validate(ported)
    expected = notebook_of(case.ported)
    for cell in expected["cells"]:
        if cell["cell_type"] == "code":
            cell["outputs"], cell["execution_count"] = [], None
    assert ported == expected
