"""What importing weight_port brings along."""

import ast
import subprocess
import sys
from pathlib import Path

import weight_port

PACKAGE = Path(weight_port.__file__).parent
HEAVY = {"torch", "keras", "tensorflow", "tf_keras", "kerasish"}


def run(code):
    result = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True)
    assert result.returncode == 0, result.stderr
    return result.stdout.strip()


def test_the_table_and_the_transform_need_numpy_only():
    out = run(
        "import sys, numpy as np, weight_port\n"
        "from weight_port import gates, layouts, transform\n"
        "k = {'kernel': np.ones((2, 9)), 'recurrent_kernel': np.ones((3, 9)),"
        " 'bias': np.ones((2, 9))}\n"
        "t = transform.to_torch(layouts.get('GRU'), k)\n"
        "transform.to_keras(layouts.get('GRU'), t)\n"
        f"print(sorted({HEAVY!r} & set(sys.modules)))"
    )
    assert out == "[]"


def test_the_torch_module_means_the_real_torch():
    out = run(
        "import sys, weight_port.torch as w\n"
        "print(w.torch.__name__, hasattr(w.torch, 'Tensor'), 'keras' in sys.modules,"
        " 'kerasish' in sys.modules)"
    )
    assert out == "torch True False False"


def imported(path):
    """Return the absolute names that a module imports, anywhere in it."""
    names = []
    for node in ast.walk(ast.parse(path.read_text())):
        if isinstance(node, ast.Import):
            names += [alias.name for alias in node.names]
        elif isinstance(node, ast.ImportFrom):
            assert node.level == 0, f"{path} imports relatively"
            names += [f"{node.module}.{alias.name}" for alias in node.names]
    return names


def test_only_modules_named_after_torch_import_it_and_none_imports_keras():
    # The command line runs models, on top of both packages.
    for path in set(PACKAGE.rglob("*.py")) - {PACKAGE / "cli" / "models.py"}:
        roots = {name.partition(".")[0] for name in imported(path)}
        allowed = {"torch"} if "torch" in path.stem else set()
        assert not (roots & HEAVY) - allowed, path


def test_layers_of_the_package_depend_one_way():
    order = ["errors", "gates", "patterns", "arrays", "plan", "layouts", "checks", "transform"]
    for index, name in enumerate(order):
        target = PACKAGE / name
        files = target.rglob("*.py") if target.is_dir() else [target.with_suffix(".py")]
        for path in files:
            for later in order[index + 1 :]:
                assert not any(n.startswith(f"weight_port.{later}") for n in imported(path)), path
