"""Runs the example notebooks and prints what each cell shows.

    python examples/run.py                          # all that need neither Keras nor TensorFlow
    python examples/run.py examples/05_port_weights_to_torch.ipynb

Figures are written to `build/examples/`. A cell that fails ends the run with its traceback.
"""

from __future__ import annotations

import base64
import re
import sys
from pathlib import Path
from typing import Any

import nbformat
from nbclient import NotebookClient

HERE = Path(__file__).resolve().parent
FIGURES = HERE.parent / "build" / "examples"


def needs_keras(notebook: Any) -> bool:
    """Return whether a notebook imports real Keras."""
    lines = [line for cell in code_cells(notebook) for line in cell.source.splitlines()]
    return any(line.split()[:2] in (["import", "keras"], ["from", "keras"]) for line in lines)


def code_cells(notebook: Any) -> list[Any]:
    """Return the code cells of a notebook."""
    return [cell for cell in notebook.cells if cell.cell_type == "code"]


def execute(path: Path) -> Any:
    """Execute a notebook in a kernel of its own and return it with its outputs.

    Args:
        path: The `.ipynb` file, which is not changed.

    Raises:
        nbclient.exceptions.CellExecutionError: If a cell fails.
    """
    notebook = nbformat.read(path, as_version=4)
    client = NotebookClient(
        notebook,
        timeout=300,
        kernel_name="python3",
        coalesce_streams=True,
        resources={"metadata": {"path": str(HERE)}},
        # Without the kernel's remark that its sockets, on this machine alone, are not encrypted.
        extra_arguments=["--IPKernelApp.log_level=ERROR"],
    )
    return client.execute()


def text_of(output: Any) -> str:
    """Return an output as plain text, without colors and the earlier states of a progress bar."""
    if output.output_type == "stream":
        text = output.text
    else:
        text = output.get("data", {}).get("text/plain", "")
    text = re.sub(r"\x1b\[[\d;]*m", "", text)
    lines = (line.rstrip("\r").rpartition("\r")[2] for line in text.split("\n"))
    return "\n".join(line.replace("\b", "").rstrip() for line in lines).strip("\n")


def show(path: Path, notebook: Any) -> None:
    """Print a notebook: its words, its code and its outputs."""
    code_number = 0
    for cell in notebook.cells:
        if cell.cell_type == "markdown":
            print(f"\n{cell.source}\n")
            continue
        code_number += 1
        print("\n".join(f"  | {line}" for line in cell.source.splitlines()))
        for output in cell.outputs:
            picture = output.get("data", {}).get("image/png")
            if picture:
                target = FIGURES / f"{path.stem}-{code_number}.png"
                target.parent.mkdir(parents=True, exist_ok=True)
                target.write_bytes(base64.b64decode(picture))
                print(f"[figure: {target.relative_to(HERE.parent)}]")
            elif text_of(output):
                print(text_of(output))


def main(arguments: list[str]) -> None:
    """Run the notebooks that are named, or all that run without Keras."""
    paths = [Path(argument) for argument in arguments]
    if not paths:
        paths = [
            path
            for path in sorted(HERE.glob("*.ipynb"))
            if not needs_keras(nbformat.read(path, as_version=4))
        ]
    for path in paths:
        print(f"\n{'=' * 88}\n{path.name}\n{'=' * 88}")
        show(path, execute(path))
    print(f"\n{len(paths)} notebooks ran without an error.")


if __name__ == "__main__":
    main(sys.argv[1:])
