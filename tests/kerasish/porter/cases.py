"""The golden cases: a folder of texts, each with many small notebooks before and after the port.

    === name
    cells, divided by lines `# %%`
    ---> ported
    the cells after the port
    ---> not ported
    cell:line name

`python -m tests.kerasish.porter.cases` writes them anew from what the porter does now; read the
difference before it is committed.
"""

from __future__ import annotations

import ast
import json
from dataclasses import dataclass
from pathlib import Path
from typing import Any

FOLDER = Path(__file__).parent / "golden"
_CELL = "\n# %%\n"


@dataclass(frozen=True)
class Case:
    name: str
    cells: tuple[str, ...]
    ported: tuple[str, ...]
    findings: tuple[str, ...]

    @property
    def is_script(self) -> bool:
        """Whether it is Python, without lines of IPython."""
        try:
            ast.parse("\n".join(self.cells))
        except SyntaxError:
            return False
        return True


def read_cases() -> list[Case]:
    cases = []
    for path in sorted(FOLDER.glob("*.txt")):
        text = "\n" + path.read_text(encoding="utf-8")
        for part in text.split("\n=== ")[1:]:
            name, _, rest = part.partition("\n")
            before, _, rest = rest.partition("\n---> ported\n")
            after, _, rest = (rest + "\n").partition("\n---> not ported\n")
            found = tuple(line for line in rest.splitlines() if line)
            cases.append(Case(name, _cells(before), _cells(after), found))
    return cases


def findings_of(ported: Any) -> tuple[str, ...]:
    return tuple(f"{one.cell}:{one.line} {one.name}" for one in ported.findings)


def notebook_of(cells: tuple[str, ...]) -> dict[str, Any]:
    """A notebook with the cells, with words, outputs, metadata and numbers that must survive."""
    made: list[dict[str, Any]] = []
    for number, cell in enumerate(cells):
        made.append({"cell_type": "markdown", "metadata": {}, "source": ["import keras\n", "ü"]})
        made.append(
            {
                "cell_type": "code",
                "execution_count": number,
                "metadata": {"tags": ["keep"], "zoom": 1e5},
                "outputs": [{"name": "stdout", "output_type": "stream", "text": ["import keras"]}],
                "source": cell.splitlines(keepends=True),
            }
        )
    kernel = {"display_name": "Python 3", "language": "python", "name": "python3"}
    return {"cells": made, "metadata": {"kernelspec": kernel}, "nbformat": 4, "nbformat_minor": 4}


def notebook_text(cells: tuple[str, ...], indent: int | None = 1) -> str:
    return json.dumps(notebook_of(cells), indent=indent, ensure_ascii=False) + "\n"


def _cells(text: str) -> tuple[str, ...]:
    cells: list[list[str]] = [[]]
    for line in text.split("\n"):
        if line == "# %%":
            cells.append([])
        else:
            cells[-1].append(line)
    return tuple("\n".join(lines) for lines in cells)


def _write() -> None:
    from kerasish.porter import port_code

    by_file: dict[Path, list[str]] = {}
    names = {}
    for path in sorted(FOLDER.glob("*.txt")):
        for part in ("\n" + path.read_text(encoding="utf-8")).split("\n=== ")[1:]:
            names[part.partition("\n")[0]] = path
    for case in read_cases():
        ported = port_code(list(case.cells), notebook=True)
        found = "".join(f"{line}\n" for line in findings_of(ported))
        by_file.setdefault(names[case.name], []).append(
            f"=== {case.name}\n"
            + _CELL.join(case.cells)
            + "\n---> ported\n"
            + _CELL.join(ported.cells)
            + f"\n---> not ported\n{found}"
        )
    for path, parts in by_file.items():
        path.write_text("".join(parts), encoding="utf-8")


if __name__ == "__main__":
    _write()
