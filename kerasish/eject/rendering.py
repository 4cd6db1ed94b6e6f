"""The text of the generated file."""

from __future__ import annotations

import re
import textwrap
from collections.abc import Mapping

import torch

from kerasish.eject.formatting import WIDTH, statement
from kerasish.eject.local_names import name_variables
from kerasish.eject.parts import PART_NAMES, sources
from kerasish.eject.scope import Member, Program, Scope
from kerasish.eject.variables import MARK, Loop, NestedCall, Size, Step, Var

_AXES = {3: ("time",), 4: ("height", "width"), 5: ("depth", "height", "width")}


def render(program: Program, title: str, weights_name: str) -> str:
    """Return the generated file.

    Args:
        program: Its classes, pruned; the last is the model.
        title: What its docstring says first.
        weights_name: Name of the file of the weights.
    """
    classes = [_render_class(scope, program) for scope in program.classes]
    helpers = sources(program.parts)
    model = program.classes[-1].name
    body = "\n\n\n".join([*helpers, *classes, *_ending(program, model)])
    head = [
        f'"""{title}',
        "",
        "`load()` reads the weights beside this file. Needs PyTorch and safetensors alone.",
        '"""',
        "",
        "from __future__ import annotations",
        "",
        *_imports(body),
        "",
        *statement(f'WEIGHTS = Path(__file__).with_name("{weights_name}")', 0),
    ]
    return "\n".join(head) + "\n\n\n" + body + "\n"


def _imports(body: str) -> list[str]:
    lines = ["from pathlib import Path", "", "import torch", "from torch import nn"]
    if "collections.abc" not in body and re.search(r"\bCallable\b", body):
        lines.insert(0, "from collections.abc import Callable")
    if re.search(r"\bAny\b", body):
        lines.insert(lines.index(""), "from typing import Any")
    if re.search(r"\bF\.", body):
        lines.append("from torch.nn import functional as F")
    packing = [
        name
        for name in ("pack_padded_sequence", "pad_packed_sequence")
        if re.search(rf"\b{name}\b", body)
    ]
    if packing:
        lines.append(f"from torch.nn.utils.rnn import {', '.join(packing)}")
    return lines


def _ending(program: Program, model: str) -> list[str]:
    double = ".double()" if program.dtype == "float64" else ""
    head = f"def load(path: str | Path = WEIGHTS) -> {model}:"
    if len(head) > WIDTH:
        head = f"def load(\n    path: str | Path = WEIGHTS,\n) -> {model}:"
    return [
        f"{head}\n"
        '    """Return the model with its weights, set to inference."""\n'
        "    from safetensors.torch import load_file\n\n"
        f"    model = {model}(){double}\n"
        "    model.load_state_dict(load_file(path))\n"
        "    return model.eval()",
        'if __name__ == "__main__":\n'
        "    model = load()\n"
        "    print(model)\n"
        '    print(f"{sum(p.numel() for p in model.parameters()):,} parameters")',
    ]


def _render_class(scope: Scope, program: Program) -> str:
    reserved = [*(one.name for one in program.classes), *PART_NAMES]
    names = _marks(scope, name_variables(scope, reserved))
    lines = [f"class {scope.name}(nn.Module):", *_title(scope), ""]
    lines += ["    def __init__(self) -> None:", "        super().__init__()"]
    for member in live_members(scope):
        lines += _member_lines(member)
    lines += ["", *_signature(scope, names), *_docstring(scope)]
    steps, returned = _inline_return(scope, names)
    for step in steps:
        lines += _step_lines(step, names)
    lines += returned
    return "\n".join(lines)


def _title(scope: Scope) -> list[str]:
    if not scope.left_out:
        return [f'    """{scope.title}"""']
    layers = ", ".join(scope.left_out)
    text = (
        f"Left out, since it changes nothing in inference: {layers}. Augment the data for training "
        "before they come here, such as with torchvision.transforms."
    )
    wrapped = textwrap.wrap(text, WIDTH - 4)
    return [
        f'    """{scope.title}',
        "",
        *(f"    {line}" for line in wrapped),
        '    """',
    ]


def _step_lines(step: Step, names: Mapping[str, str]) -> list[str]:
    left, right = _tidy(_resolve(step.left(), names)), _resolve(step.text(), names)
    if left == right:
        return []
    if isinstance(step, Loop):
        head = f"        for {step.item} in {_resolve(step.modules, names)}:"
        return [head, *statement(f"{left} = {right}", 12, _comment(step, names))]
    return statement(f"{left} = {right}", 8, _comment(step, names))


def live_members(scope: Scope) -> list[Member]:
    """The members that the steps use, in the order of their use."""
    used = dict.fromkeys(n for step in scope.steps for n in step.modules_used())
    by_number = {member.number: member for member in scope.members}
    return [by_number[number] for number in used]


def _marks(scope: Scope, names: Mapping[int, str]) -> dict[str, str]:
    marks = {f"v{number}": name for number, name in names.items()}
    marks.update({f"m{one.number}": f"self.{one.name}" for one in scope.members})
    return marks


def _resolve(text: str, names: Mapping[str, str]) -> str:
    return MARK.sub(lambda found: names[found[1] + found[2]], text)


def _tidy(left: str) -> str:
    """Write one `_` for a tuple of which nothing is used."""
    return re.sub(r"\(_(, _)*\)", "_", left)


def _member_lines(member: Member) -> list[str]:
    if member.kind == "buffer":
        return statement(f'self.register_buffer("{member.name}", {member.code})', 8)
    return statement(f"self.{member.name} = {member.code}", 8)


def _parameters(scope: Scope) -> list[Var]:
    return [one for one in scope.parameters if one.number in scope.used_parameters]


def _signature(scope: Scope, names: Mapping[str, str]) -> list[str]:
    given = "".join(f", {names[f'v{one.number}']}: torch.Tensor" for one in _parameters(scope))
    count = len(scope.results) + len(scope.wanted)
    returned = "torch.Tensor"
    if scope.return_code.startswith("{"):
        returned = "dict[str, torch.Tensor]"
    elif count > 1:
        returned = f"tuple[{', '.join(['torch.Tensor'] * count)}]"
        returned = returned if count <= 3 else "tuple[torch.Tensor, ...]"
    line = f"    def forward(self{given}) -> {returned}:"
    if len(line) <= WIDTH:
        return [line]
    head, tail = "    def forward(", f"    ) -> {returned}:"
    if len(given) + 12 <= WIDTH:
        return [head, f"        self{given}", tail]
    return [head, *(f"        {one}," for one in f"self{given}".split(", ")), tail]


def _docstring(scope: Scope) -> list[str]:
    given = [f"{one.hint} {shape_text(one)} {one.dtype}" for one in _parameters(scope)]
    masks = [one for one in scope.mask_results if one is not None and one.number in scope.wanted]
    made = [shape_text(one) for one in scope.results] + [f"mask {shape_text(m)}" for m in masks]
    text = f'"""Take {", ".join(given)}; return {", ".join(made)}."""'
    if len(text) + 8 <= 100:
        return [f"        {text}"]
    lines = ['        """Compute the outputs.', "", "        Args:"]
    lines += [
        f"            {one.hint}: {shape_text(one)}, {one.dtype}." for one in _parameters(scope)
    ]
    lines += ["", "        Returns:", *(f"            {one}" for one in made), '        """']
    return lines


def _inline_return(scope: Scope, names: Mapping[str, str]) -> tuple[list[Step], list[str]]:
    """Return the steps before the last and the `return`, which is the last where it can be."""
    masks = [
        str(one) for one in scope.mask_results if one is not None and one.number in scope.wanted
    ]
    code = scope.return_code
    if masks:
        body = code[1:-1] if code.startswith("(") else code
        code = f"({body}, {', '.join(masks)})"
    steps = scope.steps
    if steps and len(steps[-1].targets) == 1 and not isinstance(steps[-1], (NestedCall, Loop)):
        last = steps[-1]
        if code == str(last.targets[0]) == last.target:
            text = _resolve(last.text(), names)
            return steps[:-1], statement(f"return {text}", 8, _comment(last, names))
    if steps and isinstance(steps[-1], NestedCall) and code == steps[-1].left():
        text = _resolve(steps[-1].text(), names)
        return steps[:-1], statement(f"return {text}", 8, _comment(steps[-1], names))
    text = _resolve(code, names)
    if text.startswith("(") and len(text) + 15 <= 100 and not text.endswith(",)"):
        text = text[1:-1]
    return steps, statement(f"return {text}", 8)


def _comment(step: Step, names: Mapping[str, str]) -> str:
    if step.note is not None:
        return _resolve(step.note, names)
    shown = [one for one in step.targets if names.get(f"v{one.number}") != "_"]
    return shape_text(shown[0]) if shown and shown[0].shape else ""


def shape_text(value: Var) -> str:
    """Return a shape as a comment has it, `(batch, time, 32)`, the axes as torch has them."""
    sizes: list[Size] = list(value.shape)
    if not sizes:
        return "()"
    rank = len(sizes)
    axes = _AXES.get(rank, ()) or (("time",) if rank == 2 else ())
    named = ["batch" if sizes[0] is None else sizes[0]]
    for index, size in enumerate(sizes[1:]):
        open_name = axes[index] if index < len(axes) else f"size_{index + 1}"
        named.append(open_name if size is None else size)
    if value.first:
        named = [named[0], named[-1], *named[1:-1]]
    return f"({', '.join(map(str, named))}{',' if rank == 1 else ''})"


def weights_of(scope: Scope, prefix: str = "") -> dict[str, torch.Tensor]:
    """Return the weights by the names that they have in the generated class."""
    return {
        prefix + ".".join(filter(None, (member.name, name))): tensor
        for member in live_members(scope)
        for name, tensor in member.weights.items()
    }
