"""Recurrent modules one after another that torch has as one, with `num_layers`."""

from __future__ import annotations

import re
from collections import Counter

from kerasish.eject.scope import Scope
from kerasish.eject.variables import Step


def stack(scope: Scope) -> None:
    """Join recurrent modules of one kind and size, each of which reads the one before alone."""
    while _stack_once(scope):
        pass


def _stack_once(scope: Scope) -> bool:
    count: Counter[int] = Counter(number for step in scope.steps for number in step.uses())
    count.update(one.number for one in scope.results)
    calls = Counter(step.rnn.member for step in scope.steps if step.rnn is not None)
    for first, second in zip(scope.steps, scope.steps[1:], strict=False):
        if first.rnn is None or second.rnn is None:
            continue
        a, b = first.rnn, second.rnn
        outputs, *states = first.targets
        joined = (
            a.like == b.like
            and a.mask == b.mask
            and b.x == str(outputs)
            and count[outputs.number] == 1
            and not any(count[state.number] for state in states)
            and calls[a.member] == calls[b.member] == 1
            and _last_alone(scope, second)
        )
        if joined:
            _join(scope, first, second)
            return True
    return False


def _last_alone(scope: Scope, call: Step) -> bool:
    """Whether nothing but the last layer's states is read."""
    states = {str(one) for one in call.targets[1:]}
    if any(str(one) in states for one in scope.results):
        return False
    texts = [step.text() for step in scope.steps]
    return all(
        text.count(state) == len(re.findall(re.escape(state) + r"\[-[12]\]", text))
        for text in texts
        for state in states
    )


def _join(scope: Scope, first: Step, second: Step) -> None:
    assert first.rnn is not None
    assert second.rnn is not None
    members = {member.number: member for member in scope.members}
    one, other = members[first.rnn.member], members[second.rnn.member]
    layers = len([name for name in one.weights if re.fullmatch(r"weight_ih_l\d+", name)])
    code = re.sub(r", num_layers=\d+", "", one.code)
    one.code = code.replace(", batch_first", f", num_layers={layers + 1}, batch_first")
    for name, tensor in other.weights.items():
        one.weights[name.replace("_l0", f"_l{layers}")] = tensor
    scope.members.remove(other)
    scope.steps.remove(first)
    second.code = second.code.replace(str(other), str(one)).replace(second.rnn.x, first.rnn.x)
    second.rnn = type(second.rnn)(one.number, second.rnn.like, first.rnn.x, second.rnn.mask)
    for state, before in zip(second.targets[1:], first.targets[1:], strict=True):
        state.shape = (state.shape[0] + before.shape[0], *state.shape[1:])  # type: ignore[operator]
