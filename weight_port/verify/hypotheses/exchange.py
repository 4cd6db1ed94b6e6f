"""Weights that stand in the place of another weight of their layer."""

from __future__ import annotations

from collections.abc import Callable, Iterator

from weight_port.verify.hypotheses.hypothesis import Candidate, Hypothesis, Subject


def _between(first: str, second: str) -> Callable[[Subject], Iterator[Candidate]]:
    """Return the candidates for an exchange of two parts of a name: `forward/` and `backward/`."""
    other = {first: second, second: first}

    def candidates(subject: Subject) -> Iterator[Candidate]:
        parts = subject.name.split("/")
        name = "/".join(other.get(part, part) for part in parts)
        if name != subject.name and name in subject.layer:
            yield f"that of {name}", subject.layer[name]

    return candidates


def _any_other(subject: Subject) -> Iterator[Candidate]:
    for name, array in subject.layer.items():
        if name != subject.name:
            yield f"that of {name}", array


EXCHANGES = (
    Hypothesis(
        "kernels_swapped",
        "The input kernel and the recurrent kernel are exchanged in {wrong}: {weights}.",
        "kernel multiplies the input (torch: weight_ih), recurrent_kernel the state (weight_hh).",
        _between("kernel", "recurrent_kernel"),
    ),
    Hypothesis(
        "gamma_beta_swapped",
        "gamma and beta are exchanged in {wrong}: {weights}.",
        "gamma is the scale (torch: weight), beta the offset (torch: bias).",
        _between("gamma", "beta"),
    ),
    Hypothesis(
        "mean_variance_swapped",
        "The moving mean and the moving variance are exchanged in {wrong}: {weights}.",
        "moving_mean is torch's running_mean, moving_variance its running_var.",
        _between("moving_mean", "moving_variance"),
    ),
    Hypothesis(
        "directions_swapped",
        "The forward and the backward layer are exchanged in {wrong}: {weights}.",
        "torch marks the backward direction by _reverse; Keras's comes second.",
        _between("forward", "backward"),
    ),
    Hypothesis(
        "other_weight",
        "{weights} in {wrong} is another weight of the same layer: {detail}.",
        "Assign the weights by name; do not rely on their order.",
        _any_other,
    ),
)
