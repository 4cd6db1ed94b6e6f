"""How the house is built: which module may import which, and how large a file may grow."""

from __future__ import annotations

import ast
import subprocess
import sys
from pathlib import Path

import pytest

from weight_port.gates import GATES

ROOT = Path(__file__).resolve().parents[1]
PACKAGES = ("kerasish", "weight_port")
MODULES = sorted(path for package in PACKAGES for path in (ROOT / package).rglob("*.py"))
# The command line runs models, in real Keras too where it is installed; all else is below it.
RUNNER = ROOT / "weight_port" / "cli" / "models.py"
# The floors of weight_port, lowest first: a module imports its own floor and those below.
FLOORS = (
    ("errors",),
    ("gates", "patterns", "arrays"),
    ("layouts", "plan"),
    ("checks",),
    ("transform", "legacy_config"),
    ("torch", "torch_arrays"),
    ("formats",),
    ("records",),
    ("porting", "convert"),
    ("verify",),
    ("cli",),
)


def imported_names(path: Path, top_level_only: bool = False) -> set[str]:
    """The full names that a module imports, anywhere in it or when it is imported."""
    tree = ast.parse(path.read_text(encoding="utf-8"))
    nodes = list(ast.walk(tree))
    if top_level_only:
        inner = {
            id(child)
            for node in nodes
            if isinstance(node, (ast.FunctionDef, ast.AsyncFunctionDef))
            for child in ast.walk(node)
        }
        nodes = [node for node in nodes if id(node) not in inner]
    names: set[str] = set()
    for node in nodes:
        if isinstance(node, ast.Import):
            names.update(alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            assert node.level == 0, f"{path}: relative import"
            names.update(f"{node.module}.{alias.name}" for alias in node.names)
    return names


def packages_of(path: Path) -> set[str]:
    return {name.partition(".")[0] for name in imported_names(path)}


def relative(path: Path) -> str:
    return path.relative_to(ROOT).as_posix()


def floor_of(name: str) -> int:
    part = name.split(".")[1]
    return next(number for number, floor in enumerate(FLOORS) if part in floor)


def test_the_packages_are_found() -> None:
    assert len(MODULES) > 80


@pytest.mark.parametrize("path", MODULES, ids=relative)
def test_module(path: Path) -> None:
    text = path.read_text(encoding="utf-8")
    assert len(text.splitlines()) <= 400
    names = imported_names(path)
    assert not {name for name in names if name.endswith(".*")}, "star import"
    if path == RUNNER:
        return
    assert not packages_of(path) & {"keras", "tensorflow", "tf_keras"}
    if path.is_relative_to(ROOT / "weight_port"):
        assert "kerasish" not in packages_of(path)
        if "torch" not in path.stem:
            assert "torch" not in packages_of(path)
            at_import = imported_names(path, top_level_only=True)
            assert not {name for name in at_import if name.startswith("weight_port.torch")}


@pytest.mark.parametrize("path", sorted((ROOT / "tests").rglob("*.py")), ids=relative)
def test_test_files_are_small(path: Path) -> None:
    assert len(path.read_text(encoding="utf-8").splitlines()) <= 400


def test_weight_port_imports_point_down() -> None:
    # Array operations turn to their torch side inside functions, when they meet a tensor.
    lazy = {"weight_port.torch_arrays"}
    assert not lazy & imported_names(ROOT / "weight_port" / "arrays.py", top_level_only=True)
    for path in (ROOT / "weight_port").rglob("*.py"):
        module = ".".join(path.relative_to(ROOT).with_suffix("").parts)
        if module == "weight_port.__init__":
            continue
        for name in imported_names(path):
            if name.startswith("weight_port.") and name not in lazy:
                assert floor_of(name) <= floor_of(module), f"{module} imports {name}"


def test_gate_orders_stand_in_one_file() -> None:
    """No other file spells the gates of a cell in a sequence."""
    spelled = []
    for path in MODULES:
        if path.name == "gates.py":
            continue
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(node, (ast.Tuple, ast.List)):
                values = {e.value for e in node.elts if isinstance(e, ast.Constant)}
                if values in GATES.values():
                    spelled.append(f"{relative(path)}:{node.lineno}")
    assert not spelled


def loaded_by(statement: str, names: tuple[str, ...]) -> list[str]:
    """Which of some modules a fresh interpreter has loaded after a statement."""
    code = f"import sys; {statement}; print(*[n for n in {names!r} if n in sys.modules])"
    done = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, check=True, timeout=120
    )
    return done.stdout.split()


def test_importing_kerasish_loads_little_more_than_torch() -> None:
    heavy = ("tqdm", "rich", "h5py", "matplotlib", "torch._dynamo", "keras", "tensorflow", "pandas")
    by_torch = loaded_by("import torch", heavy)
    assert loaded_by("import kerasish", heavy) == by_torch
    assert "rich" in loaded_by("import rich", heavy)  # the check itself works


def test_importing_weight_port_loads_no_torch() -> None:
    statement = "import weight_port, weight_port.transform, weight_port.layouts"
    assert not loaded_by(statement, ("torch", "keras", "tensorflow", "kerasish"))


def test_the_star_check_sees_a_star(tmp_path: Path) -> None:
    module = tmp_path / "module.py"
    module.write_text("from os import *\n")
    assert imported_names(module) == {"os.*"}
