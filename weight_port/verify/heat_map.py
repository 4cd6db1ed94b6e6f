"""Where a weight differs, as a small grid of the largest differences."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from weight_port.verify.axes import NamedAxes
from weight_port.verify.difference import as_float

Band = tuple[str, int, int]


@dataclass(frozen=True)
class HeatMap:
    """The largest absolute difference in each cell of a grid laid over a weight.

    The last dimension runs to the right, all others downwards.

    Attributes:
        cells: The largest differences by row and column; infinity where one side alone is NaN or
            infinite.
        rows: The rows of the weight, as a matrix.
        columns: Its columns.
        bands: The gates along the columns: name, first and last grid column (excluded).
    """

    cells: tuple[tuple[float, ...], ...]
    rows: int
    columns: int
    bands: tuple[Band, ...] = ()


def heat_map(
    a: np.ndarray,
    b: np.ndarray,
    axes: NamedAxes | None = None,
    *,
    max_rows: int = 32,
    max_columns: int = 64,
) -> HeatMap | None:
    """Lay a grid over the differences of two arrays of one shape.

    Args:
        a: An array.
        b: An array of the same shape.
        axes: What its axes are; columns of different gates share no cell.
        max_rows: The most rows of the grid.
        max_columns: The most columns of the grid, if there are fewer gates.

    Returns:
        The grid; None for an array without values.
    """
    if not a.size:
        return None
    columns = a.shape[-1] if a.ndim else 1
    rows = a.size // columns
    bands = axes.bands(-1) if axes is not None else []
    row_edges = _edges(0, rows, max_rows)
    column_edges: list[int] = []
    grid_bands: list[Band] = []
    for name, start, stop in bands or [("", 0, columns)]:
        first = len(column_edges)
        column_edges += _edges(start, stop, max(1, max_columns // max(1, len(bands))))
        grid_bands.append((name, first, len(column_edges)))
    flat_a, flat_b = a.reshape(rows, columns), b.reshape(rows, columns)
    cells = []
    for start, stop in zip(row_edges, [*row_edges[1:], rows], strict=True):
        gap = _gap(flat_a[start:stop], flat_b[start:stop]).max(axis=0)
        cells.append(tuple(float(v) for v in np.maximum.reduceat(gap, column_edges)))
    return HeatMap(tuple(cells), rows, columns, tuple(grid_bands) if bands else ())


def _edges(start: int, stop: int, most: int) -> list[int]:
    """Return where the cells between two positions begin."""
    count = min(stop - start, most)
    return [start + (stop - start) * i // count for i in range(count)]


def _gap(a: np.ndarray, b: np.ndarray) -> np.ndarray:
    wide_a, wide_b = as_float(a), as_float(b)
    with np.errstate(all="ignore"):
        gap = np.abs(wide_a - wide_b)
        same = (wide_a == wide_b) | (np.isnan(wide_a) & np.isnan(wide_b))
    return np.where(same, 0.0, np.where(np.isfinite(gap), gap, np.inf))


def grid_levels(cells: Sequence[Sequence[float]]) -> list[list[float]]:
    """Return the cells as numbers from 0 to 1 on a log scale over three decades; equal is 0."""
    finite = [v for row in cells for v in row if 0 < v < np.inf]
    top = max(finite, default=1.0)
    return [[_level(v, top) for v in row] for row in cells]


def _level(value: float, top: float) -> float:
    if value == 0:
        return 0.0
    if not np.isfinite(value):
        return 1.0
    return float(np.clip(1 + np.log10(value / top) / 3, 0.08, 1.0))
