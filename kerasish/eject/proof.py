"""Whether the generated file computes what the model does, and the test that shows it again."""

from __future__ import annotations

import importlib.util
from pathlib import Path
from typing import Any

import numpy as np
import torch

from kerasish.eject.errors import EjectError
from kerasish.eject.formatting import statement

_TEST = '''"""Proof that {module}.py computes what Keras does: its outputs are beside this file."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import torch

from {module} import load

{stored}


def stored(case: int, kind: str, count: int) -> list[torch.Tensor]:
    return [torch.from_numpy(STORED[f"case_{{case}}_{{kind}}_{{i}}"]) for i in range(count)]


def test_outputs_are_those_of_keras() -> None:
    model = load()
    for case in range({cases}):
        with torch.no_grad():
            outputs = {call}
        for output, expected in zip(outputs, stored(case, "output", {outputs}), strict=True):
            torch.testing.assert_close(
                output, expected, rtol={rtol}, atol={atol}, equal_nan=True
            )
'''


def tolerances(outputs: list[list[np.ndarray]], dtype: str) -> tuple[float, float]:
    """Return rtol and atol for outputs, the second by the largest of them."""
    base = 1e-5 if dtype == "float32" else 1e-7
    largest = max(
        (float(np.max(np.abs(one[np.isfinite(one)]), initial=0.0)) for c in outputs for one in c),
        default=0.0,
    )
    scale = 10.0 ** max(0, int(np.ceil(np.log10(max(largest, 1.0)))))
    return base, float(f"{base * scale:.0e}")


def render_test(module: str, arrays: str, structure: str, cases: int, counts: tuple) -> str:
    """Return the text of the generated test.

    Args:
        module: Name of the generated module.
        arrays: Name of the file of the arrays.
        structure: `"one"`, `"tuple"` or `"dict"`: what the module returns.
        cases: Number of samples.
        counts: Numbers of inputs and outputs, rtol, atol.
    """
    inputs, outputs, rtol, atol = counts
    call = f'model(*stored(case, "input", {inputs}))'
    call = {"one": f"[{call}]", "tuple": call, "dict": f"{call}.values()"}[structure]
    text = _TEST.format(
        module=module,
        stored="\n".join(statement(f'STORED = np.load(Path(__file__).with_name("{arrays}"))', 0)),
        cases=cases,
        call=call,
        outputs=outputs,
        rtol=rtol,
        atol=atol,
    )
    joined = (
        f"            torch.testing.assert_close(output, expected, rtol={rtol}, atol={atol}, "
        "equal_nan=True)"
    )
    if len(joined) > 100:
        return text
    start = text.index("            torch.testing.assert_close(\n")
    return text[:start] + joined + "\n"


def import_file(path: Path) -> Any:
    """Import a generated file under a name that nothing else has."""
    spec = importlib.util.spec_from_file_location(f"_ejected_{path.stem}", path)
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def check(path: Path, samples: list[Any], expected: list[Any], dtype: str) -> float:
    """Run the generated file and compare its outputs.

    Args:
        path: The file, with its weights beside it.
        samples: The inputs, flattened.
        expected: The model's outputs.
        dtype: Type of the model.

    Returns:
        The largest difference.

    Raises:
        EjectError: If they differ.
    """
    module = import_file(path).load()
    rtol, atol = tolerances(expected, dtype)
    largest = 0.0
    for arrays, wanted in zip(samples, expected, strict=True):
        with torch.no_grad():
            outputs = module(*map(torch.from_numpy, arrays))
        if isinstance(outputs, dict):
            outputs = list(outputs.values())
        found = [outputs] if isinstance(outputs, torch.Tensor) else list(outputs)
        for one, other in zip(found, wanted, strict=True):
            difference = np.abs(one.numpy().astype(float) - other.astype(float))
            same = np.isclose(one.numpy(), other, rtol=rtol, atol=atol, equal_nan=True)
            if one.shape != other.shape or not same.all():
                raise EjectError(
                    "The code that was written computes something else, so it was thrown away. "
                    "Please report the model. Received: outputs of shape "
                    f"{tuple(one.shape)} for {other.shape}, with a largest difference of "
                    f"{np.nanmax(difference) if one.shape == other.shape else 'none to tell'}"
                )
            largest = max(largest, float(np.nanmax(difference, initial=0.0)))
    return largest
