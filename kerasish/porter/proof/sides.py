"""One side of a proof: cells run in a kernel of their own, one after the other."""

from __future__ import annotations

import contextlib
import importlib.util
import json
import logging
import os
import re
import subprocess
import sys
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from kerasish.porter.magics import commands
from kerasish.porter.proof.errors import ProofError
from kerasish.porter.proof.preludes import SNAPSHOT, loading, prelude

_NEEDED = ("ipykernel", "jinja2", "nbclient", "nbformat")
_KERAS = ("keras", "tensorflow")
_STARTING = 300
_ENDS = (("SystemExit", ""), ("SystemExit", "0"), ("SystemExit", "None"))
_INSTALLS = re.compile(
    r"\s*[!%]+\s*(?:\S*python\S*\s+-m\s+)?(?:uv\s+)?(?:pip3?|conda|mamba|apt(?:-get)?)\b"
)


@dataclass
class CellRun:
    """What a cell did on one side.

    Attributes:
        outputs: Its outputs, as notebooks hold them.
        error: Name and message of what it raised; None if it did not.
        ran: Whether it was reached.
        ended: Whether the program ended in it or before it, as it was meant to.
        seconds: How long it took.
        variables: What it made or changed, as nodes of `inside.encode`.
        gone: The variables that it deleted.
        shown: The value of its last expression, as a node; None without.
        trainings: The curves of the trainings that began in it, as nodes.
        notes: What there is to say about it.
    """

    outputs: list[Any] = field(default_factory=list)
    error: tuple[str, str] | None = None
    ran: bool = True
    ended: bool = False
    seconds: float = 0.0
    variables: dict[str, Any] = field(default_factory=dict)
    gone: list[str] = field(default_factory=list)
    shown: dict[str, Any] | None = None
    trainings: list[Any] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)


@dataclass
class SideRun:
    """What a side did.

    Attributes:
        cells: Its cells.
        versions: The versions of Python and of the libraries, by name.
        folder: Where the arrays lie that nodes refer to, a file of NumPy's for each cell.
        prelude: What ran before the first.
    """

    cells: list[CellRun]
    versions: dict[str, str]
    folder: Path
    prelude: str


def check_packages(python: str | None = None) -> None:
    """Make sure that both sides can run.

    Args:
        python: The Python that has Keras; by default the one that runs.

    Raises:
        ProofError: If something is not installed; the message says what to install.
    """
    missing = [name for name in _NEEDED if importlib.util.find_spec(name) is None]
    if missing:
        raise ProofError(
            "A proof runs notebooks with Jupyter's libraries: pip install 'kerasish[prove]'. "
            f"Received: no {', '.join(missing)}"
        )
    if python is None:
        missing = [name for name in _KERAS if importlib.util.find_spec(name) is None]
        where = "here"
    else:
        wanted = (*_KERAS, "ipykernel")
        code = (
            "import importlib.util as u; "
            f"print(*[n for n in {wanted!r} if u.find_spec(n) is None], end='')"
        )
        try:
            done = subprocess.run(
                [python, "-c", code], capture_output=True, text=True, check=True, timeout=60
            )
        except (OSError, subprocess.SubprocessError) as error:
            raise ProofError(f"This Python does not run. Received: {python}: {error}") from error
        missing, where = done.stdout.split(), f"in {python}"
    if missing:
        raise ProofError(
            f"A proof runs the original with real Keras on TensorFlow, which is not installed "
            f"{where}: pip install {' '.join(missing)}, or name a Python that has it with "
            f"--keras-python. Received: no {', '.join(missing)}"
        )


def run_side(
    cells: list[str],
    path: Path,
    folder: Path,
    starts: Path,
    *,
    original: bool,
    seed: int,
    timeout: float,
    python: str | None = None,
    told: Callable[[int], None] | None = None,
) -> SideRun:
    """Run cells in a new kernel.

    Args:
        cells: The code.
        path: The file that they are of; they run in its folder.
        folder: Where the kernel writes what it sees.
        starts: Where the initial weights of the original lie.
        original: Whether Keras runs them, or kerasish.
        seed: What is set before the first cell.
        timeout: The seconds that a cell may take.
        python: The Python of the kernel; by default the one that runs.
        told: Called with the number of each cell before it runs.

    Raises:
        ProofError: If the kernel does not start, or the prelude fails.
    """
    from nbclient.exceptions import CellTimeoutError, DeadKernelError

    folder.mkdir(parents=True, exist_ok=True)
    client = _client(path, folder, python or sys.executable, original, seed)
    runs: list[CellRun] = []
    with contextlib.ExitStack() as stack:
        log = stack.enter_context((folder / "log.txt").open("wb"))
        try:
            stack.enter_context(client.setup_kernel(cleanup_kc=True, stdout=log, stderr=log))
        except (RuntimeError, OSError) as error:
            raise ProofError(
                f"The side of the {_name(original)} does not start. "
                f"Received: {error} {_tail(folder)}".rstrip()
            ) from error
        before = prelude(original, seed, cells)
        _start(client, loading(original, before, path, folder, starts), folder, original)
        stopped: tuple[str, str] | None = None
        for number, source in enumerate(cells, start=1):
            if told is not None:
                told(number)
            if stopped is not None:
                runs.append(CellRun(ran=False, ended=runs[-1].ended))
                continue
            source, left_out = _without_installs(source)
            if not source.strip():
                runs.append(CellRun())
                continue
            began = time.monotonic()
            try:
                run = _run(client, source, timeout)
                run.seconds = time.monotonic() - began
                seen = _run(client, SNAPSHOT.format(number=number), None, store=False)
                if seen.error is not None:
                    said = ": ".join(seen.error)
                    raise ProofError(f"What cell {number} did can't be seen. Received: {said}")
                _read(run, folder, number)
                if run.error is not None and run.error[0] in ("SystemExit", "KeyboardInterrupt"):
                    stopped = run.error
                    if run.error in _ENDS:
                        run.error, run.ended = None, True
            except CellTimeoutError:
                stopped = ("TimeoutError", f"The cell took more than {timeout:g} seconds")
                run = CellRun(error=stopped, seconds=time.monotonic() - began)
            except DeadKernelError:
                stopped = ("DeadKernelError", f"The process ended. {_tail(folder)}".strip())
                run = CellRun(error=stopped, seconds=time.monotonic() - began)
            run.notes += [f"Left out: {line}" for line in left_out]
            runs.append(run)
    versions = json.loads((folder / "versions.json").read_text(encoding="utf-8"))
    return SideRun(runs, versions, folder, before)


def _client(path: Path, folder: Path, python: str, original: bool, seed: int) -> Any:
    import nbformat
    from jupyter_client.kernelspec import KernelSpec, KernelSpecManager
    from jupyter_client.manager import AsyncKernelManager
    from nbclient import NotebookClient

    environment = {
        # No start-up files of the user, and sets in the same order on both sides.
        "IPYTHONDIR": str(folder / "ipython"),
        "PYTHONHASHSEED": str(seed % 2**32),
        "PYTHONDONTWRITEBYTECODE": "1",
    }
    if original:
        environment |= {"KERAS_BACKEND": "tensorflow"}
        environment["TF_CPP_MIN_LOG_LEVEL"] = os.environ.get("TF_CPP_MIN_LOG_LEVEL", "2")

    class Here(KernelSpecManager):
        """Knows one kernel: of this Python, whatever the user has installed."""

        def get_kernel_spec(self, kernel_name: str) -> KernelSpec:
            start = [python, "-m", "ipykernel_launcher", "-f", "{connection_file}"]
            return KernelSpec(argv=start, display_name="proof", language="python", env=environment)

    # What it has to say, errors say too.
    log = logging.Logger("proof")
    log.addHandler(logging.NullHandler())
    return NotebookClient(
        nbformat.v4.new_notebook(),
        km=AsyncKernelManager(kernel_spec_manager=Here(), kernel_name="proof"),
        log=log,
        timeout=None,
        startup_timeout=_STARTING,
        allow_errors=True,
        coalesce_streams=True,
        shutdown_kernel="immediate",
        resources={"metadata": {"path": str(path.resolve().parent)}},
        extra_arguments=["--IPKernelApp.log_level=ERROR"],
    )


def _start(client: Any, code: str, folder: Path, original: bool) -> None:
    from nbclient.exceptions import CellTimeoutError, DeadKernelError

    name = _name(original)
    try:
        run = _run(client, code, _STARTING, store=False)
    except (CellTimeoutError, DeadKernelError) as error:
        raise ProofError(f"The side of the {name} does not start. Received: {error}") from error
    if run.error is not None:
        said = ": ".join(run.error)
        raise ProofError(f"The side of the {name} does not start. Received: {said}")


def _name(original: bool) -> str:
    return "original" if original else "port"


def _run(client: Any, source: str, timeout: float | None, *, store: bool = True) -> CellRun:
    import nbformat

    cell = nbformat.v4.new_code_cell(source)
    client.nb.cells = [cell]
    client.timeout = None if timeout is None else max(1, round(timeout))
    done = client.execute_cell(cell, 0, store_history=store)
    errors = [one for one in done.outputs if one.output_type == "error"]
    error = (errors[0].ename, errors[0].evalue) if errors else None
    return CellRun(outputs=list(done.outputs), error=error)


def _read(run: CellRun, folder: Path, number: int) -> None:
    found = json.loads((folder / f"{number}.json").read_text(encoding="utf-8"))
    run.variables, run.gone, run.shown = found["variables"], found["gone"], found["shown"]
    run.trainings, run.notes = found["trainings"], found["notes"]


def _without_installs(source: str) -> tuple[str, list[str]]:
    """Leave out what would change the installed packages."""
    lines = {line for line in commands(source) if _INSTALLS.match(line)}
    if not lines:
        return source, []
    kept = [
        line[: len(line) - len(line.lstrip())] + "pass" if line in lines else line
        for line in source.splitlines()
    ]
    return "\n".join(kept), sorted(line.strip() for line in lines)


def _tail(folder: Path) -> str:
    text = (folder / "log.txt").read_text(encoding="utf-8", errors="replace").strip()
    return text[-300:]
