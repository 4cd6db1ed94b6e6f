"""What is measured: kinds of layers, sizes, actions and masks."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from fnmatch import fnmatch

from benchmarks.works import WORKS, Work

LAYERS = ("LSTM", "GRU", "SimpleRNN", "Bidirectional")
ACTIONS = ("forward", "train", "predict")
MANY = "predict-10k"
SAMPLES, MANY_BATCH = 10_000, 32
MASKS = ("right", "left", "holes")
# The share of steps that a mask leaves.
VALID_SHARE = 0.62
_KERNEL = 3 * 3


@dataclass(frozen=True)
class Size:
    """Sizes of the inputs `(batch, time, features)` and of the layer.

    With `side`, a step is an image: `(batch, time, side, side, features)`.
    """

    name: str
    batch: int
    time: int
    features: int
    units: int
    side: int | None = None

    def __str__(self) -> str:
        image = [] if self.side is None else [f"{self.side} x {self.side}"]
        return ", ".join(map(str, [self.batch, self.time, *image, self.features, self.units]))


SIZES = (
    Size("small", 1, 8, 2, 3),
    Size("medium", 32, 100, 64, 128),
    Size("large", 64, 200, 128, 256),
)
SMALL, MEDIUM, LARGE = SIZES
SINGLE = Size("single", 1, 100, 64, 128)
LONG = Size("long", 8, 2000, 32, 64)
SERIES = Size("series", 32, 50, 16, 32)
FRAMES = Size("frames", 4, 10, 3, 16, side=16)


@dataclass(frozen=True)
class Case:
    """One measurement: a layer with `return_sequences=True`, a size, an action, maybe a mask.

    Attributes:
        layer: A name in `WORKS`.
        size: Sizes of inputs and layer.
        action: `forward` (inference on a tensor), `train` (forward, mean squared error of the
            valid steps, backward, a step of plain SGD), `predict` (NumPy in, NumPy out, one batch)
            or `predict-10k` (10,000 samples in batches of 32).
        mask: One of `MASKS`, or None.
    """

    layer: str
    size: Size
    action: str
    mask: str | None = None

    @property
    def name(self) -> str:
        """The name that `--cases` matches, such as `LSTM/medium/train/right`."""
        parts = [self.layer, self.size.name, self.action]
        return "/".join([*parts, self.mask] if self.mask else parts)

    @property
    def work(self) -> Work:
        """What the layer is."""
        return WORKS[self.layer]

    @property
    def samples(self) -> int:
        """Number of rows in the inputs."""
        return SAMPLES if self.action == MANY else self.size.batch

    @property
    def batch(self) -> int:
        """Number of rows in a batch."""
        return MANY_BATCH if self.action == MANY else self.size.batch

    @property
    def shape(self) -> str:
        """The sizes for people, `batch, time, features, units`; of many samples, their number."""
        return str(replace(self.size, batch=self.samples))

    @property
    def part_features(self) -> list[int]:
        """How many features each recurrent layer gets."""
        stacked = self.work.arrangement == "stacked"
        second = self.size.units if stacked else self.size.features
        return [self.size.features, second][: self.work.parts]

    @property
    def outputs(self) -> int:
        """Number of output features."""
        return self.size.units * (2 if self.work.arrangement == "bidirectional" else 1)

    @property
    def flops(self) -> float:
        """Operations in the matrix products that the case cannot do without.

        A backward pass has two products for each of the recurrent ones, and one for each of the
        inputs' where the inputs need no gradient, which those of a second layer do. Masked steps
        are not counted.
        """
        size, training = self.size, self.action == "train"
        per_step = 0
        for number, features in enumerate(self.part_features):
            needed = self.work.arrangement == "stacked" and number > 0
            inputs, recurrent = (2 + needed, 3) if training else (1, 1)
            per_step += inputs * features + recurrent * size.units
        per_step *= 2 * self.work.gates * size.units
        if size.side is not None:
            per_step *= _KERNEL * size.side**2
        steps = self.samples * size.time * (VALID_SHARE if self.mask else 1)
        return steps * per_step


def all_cases() -> list[Case]:
    """Every case, the dense ones first."""
    return [*_dense_cases(), *_kinds_cases(), *_masked_cases()]


def _dense_cases() -> Iterator[Case]:
    for layer in LAYERS:
        for size in SIZES:
            yield from (Case(layer, size, action) for action in ACTIONS)
    for layer in LAYERS[:2]:
        yield from (Case(layer, SINGLE, action) for action in ("forward", "predict"))
        yield from (Case(layer, LONG, action) for action in ("forward", "train"))
        yield from (Case(layer, size, MANY) for size in (SMALL, SERIES))


def _kinds_cases() -> Iterator[Case]:
    for layer, work in WORKS.items():
        if layer in LAYERS:
            continue
        size = FRAMES if work.image else MEDIUM
        # Nothing is dropped in inference, so it is that of the plain layer.
        actions = ("train",) if work.random else ("forward", "train")
        yield from (Case(layer, size, action) for action in actions)
    yield from (Case(layer, LARGE, "forward") for layer in ("LSTM-stacked", "GRU-reset_before"))


def _masked_cases() -> Iterator[Case]:
    for layer in LAYERS:
        for action in ("forward", "train"):
            yield from (Case(layer, MEDIUM, action, mask) for mask in MASKS)
    for layer in LAYERS[:2]:
        yield from (Case(layer, LARGE, "forward", mask) for mask in MASKS)
        yield Case(layer, LARGE, "train", "right")


def quick_cases() -> list[Case]:
    """A choice of each kind, which takes about two minutes."""
    small, medium, large = (size.name for size in SIZES)
    chosen = (
        *(f"LSTM/{small}/{action}" for action in ACTIONS),
        *(f"LSTM/{medium}/{action}" for action in ACTIONS[:2]),
        *(f"GRU/{medium}/{action}" for action in ACTIONS),
        f"GRU/{small}/forward",
        f"LSTM/{large}/forward",
        f"GRU-reset_before/{medium}/forward",
        f"LSTM/{medium}/forward/right",
    )
    return [case for case in all_cases() if case.name in chosen]


def select(cases: Sequence[Case], patterns: str | None) -> list[Case]:
    """Choose cases by name.

    Args:
        cases: What to choose from.
        patterns: Shell patterns, separated by commas, such as `LSTM/*,GRU/large/*`; None for all.

    Raises:
        ValueError: If a pattern matches nothing.
    """
    if patterns is None:
        return list(cases)
    wanted = [pattern.strip() for pattern in patterns.split(",")]
    for pattern in wanted:
        if not any(fnmatch(case.name, pattern) for case in cases):
            raise ValueError(
                f"No case matches; they are named like {cases[0].name!r}. "
                f"Received: pattern {pattern!r}"
            )
    return [case for case in cases if any(fnmatch(case.name, one) for one in wanted)]
