"""Linear algebra: `keras.ops.linalg`, on torch's LAPACK and cuSOLVER."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import torch

from kerasish.graph.structure import map_structure
from kerasish.ops.dispatch import operation, tensor
from kerasish.ops.promotion import alike_floats, floats
from kerasish.ops.reductions import norm as norm
from kerasish.ops.specified import specified


def _matrices(name: str, x: Any, square: bool = True) -> torch.Tensor:
    x = floats(x)
    if x.ndim < 2 or (square and x.shape[-1] != x.shape[-2]):
        what = "square matrices" if square else "matrices"
        raise ValueError(f"{name} takes {what}. Received: shape {tuple(x.shape)}")
    return x


@operation
def cholesky(x: Any, upper: bool = False) -> torch.Tensor:
    """Return the triangular matrix that gives `x` when multiplied with its adjoint.

    Args:
        x: Positive definite matrices `(..., n, n)`; the lower triangle is read.
        upper: Whether to return the upper triangular matrix.

    Raises:
        ValueError: If a matrix is not square or not positive definite.
    """
    x = _matrices("cholesky", x)
    try:
        found = torch.linalg.cholesky(x)
    except torch.linalg.LinAlgError as error:
        raise ValueError(f"cholesky takes positive definite matrices. Received: {error}") from error
    return found.mH if upper else found


@operation
def cholesky_inverse(x: Any, upper: bool = False) -> torch.Tensor:
    """Return the inverse of a matrix whose Cholesky factor is given.

    Args:
        x: Triangular matrices `(..., n, n)`; the other triangle is not read.
        upper: Whether they are upper triangular.
    """
    x = _matrices("cholesky_inverse", x)
    return torch.cholesky_inverse(x.triu() if upper else x.tril(), upper=upper)


@operation
def det(x: Any) -> torch.Tensor:
    """Return the determinants of matrices `(..., n, n)`."""
    return torch.linalg.det(_matrices("det", x))


@operation
def logdet(x: Any) -> torch.Tensor:
    """Return the logarithms of the determinants of positive definite matrices `(..., n, n)`.

    Others give NaN, as in TensorFlow, which takes the lower triangle for all.
    """
    factor, wrong = torch.linalg.cholesky_ex(_matrices("logdet", x))
    found = 2 * factor.diagonal(dim1=-2, dim2=-1).real.log().sum(-1)
    return torch.where(wrong == 0, found, torch.nan)


@operation
def eig(x: Any) -> tuple[torch.Tensor, torch.Tensor]:
    """Return the eigenvalues `(..., n)` and eigenvectors `(..., n, n)`, complex, of any order."""
    values, vectors = torch.linalg.eig(_matrices("eig", x))
    return values, vectors


@operation
def eigh(x: Any) -> tuple[torch.Tensor, torch.Tensor]:
    """Return the eigenvalues `(..., n)`, ascending, and eigenvectors of Hermitian matrices."""
    # Only the lower triangle counts, for gradients too.
    x = _matrices("eigh", x).tril()
    values, vectors = torch.linalg.eigh(x + x.tril(-1).mH)
    return values, vectors


@operation
def inv(x: Any) -> torch.Tensor:
    """Return the inverses of matrices `(..., n, n)`."""
    return torch.linalg.inv(_matrices("inv", x))


@operation
def lu_factor(x: Any) -> tuple[torch.Tensor, torch.Tensor]:
    """Return the LU factors of matrices `(..., n, n)`, and which of their rows each row is.

    Returns:
        Both factors in one matrix, without the ones of the lower one; and the places of the rows of
        `x` in the factors' product, int32 `(..., n)`.
    """
    factors, pivots = torch.linalg.lu_factor(_matrices("lu_factor", x, square=False))
    permutation, _, _ = torch.lu_unpack(factors, pivots, unpack_data=False)
    return factors, permutation.real.argmax(-1).to(torch.int32)


@operation
def qr(x: Any, mode: str = "reduced") -> tuple[torch.Tensor, torch.Tensor]:
    """Return an orthogonal and an upper triangular matrix whose product is `x`.

    Args:
        x: `(..., m, n)`.
        mode: `"reduced"` for `(..., m, k)` and `(..., k, n)`, `"complete"` for `(..., m, m)` and
            `(..., m, n)`.

    Raises:
        ValueError: For another mode.
    """
    if mode not in ("reduced", "complete"):
        raise ValueError(f"qr takes 'reduced' or 'complete' as mode. Received: mode={mode!r}")
    first, second = torch.linalg.qr(_matrices("qr", x, square=False), mode)
    return first, second


def _equations(name: str, a: Any, b: Any) -> tuple[torch.Tensor, torch.Tensor, bool]:
    """Return matrices and right-hand sides, and whether these are vectors."""
    a, b = alike_floats(a, b)
    a = _matrices(name, a)
    vectors = b.ndim == a.ndim - 1
    if not b.ndim or b.shape[-1 if vectors else -2] != a.shape[-1]:
        raise ValueError(
            f"{name} takes right-hand sides with as many rows as the matrices. "
            f"Received: a of shape {tuple(a.shape)}, b of shape {tuple(b.shape)}"
        )
    return a, b.unsqueeze(-1) if vectors else b, vectors


@operation
def solve(a: Any, b: Any) -> torch.Tensor:
    """Return what gives `b` when multiplied by `a` from the left.

    Args:
        a: Matrices `(..., n, n)`.
        b: `(..., n)` or `(..., n, k)`.
    """
    a, b, vectors = _equations("solve", a, b)
    found = torch.linalg.solve(a, b)
    return found.squeeze(-1) if vectors else found


@operation
def solve_triangular(a: Any, b: Any, lower: bool = False) -> torch.Tensor:
    """Return what gives `b` when multiplied by a triangular matrix from the left.

    Args:
        a: Matrices `(..., n, n)`, of which one triangle is read.
        b: `(..., n)` or `(..., n, k)`.
        lower: Whether it is the lower one.
    """
    a, b, vectors = _equations("solve_triangular", a, b)
    found = torch.linalg.solve_triangular(a, b, upper=not lower)
    return found.squeeze(-1) if vectors else found


@operation
def svd(x: Any, full_matrices: bool = True, compute_uv: bool = True) -> Any:
    """Return the singular value decomposition.

    Args:
        x: `(..., m, n)`.
        full_matrices: Whether the factors are square.
        compute_uv: Whether there are factors at all.

    Returns:
        `u`, the singular values `(..., k)` in descending order, and the adjoint of `v`; or the
        singular values alone.
    """
    x = _matrices("svd", x, square=False)
    if not compute_uv:
        return torch.linalg.svdvals(x)
    u, s, vh = torch.linalg.svd(x, full_matrices=full_matrices)
    return u, s, vh


@operation
def lstsq(a: Any, b: Any, rcond: float | None = None) -> torch.Tensor:
    """Return the shortest solution of an equation in the sense of least squares.

    Args:
        a: Matrix `(m, n)`.
        b: `(m,)` or `(m, k)`.
        rcond: Singular values below this share of the largest count as zero; by default the type's
            precision times the larger of `m` and `n`.

    Raises:
        ValueError: If the shapes are others.
    """
    a, b = alike_floats(a, b)
    if a.ndim != 2 or b.ndim not in (1, 2) or a.shape[0] != b.shape[0]:
        raise ValueError(
            "lstsq takes a matrix and a vector or matrix with as many rows. "
            f"Received: a of shape {tuple(a.shape)}, b of shape {tuple(b.shape)}"
        )
    precision = torch.finfo(a.dtype).eps
    if rcond is None:
        rcond = precision * max(a.shape)
    u, s, vh = torch.linalg.svd(a, full_matrices=False)
    counts = s >= (precision if rcond < 0 else rcond) * s[0]
    inverse = torch.where(counts, 1 / torch.where(counts, s, 1), 0).to(a.dtype)
    found = vh.mH @ (inverse[:, None] * (u.mH @ (b[:, None] if b.ndim == 1 else b)))
    return found[:, 0] if b.ndim == 1 else found


@operation
def matrix_rank(x: Any, tol: Any = None) -> torch.Tensor:
    """Return how many singular values are above a bound, int32 `(...)`.

    Args:
        x: `(..., m, n)`.
        tol: The bound; by default the largest singular value, times the type's precision, times the
            larger of `m` and `n`.
    """
    x = _matrices("matrix_rank", x, square=False)
    options = {} if tol is None else {"atol": tol, "rtol": 0.0}
    return torch.linalg.matrix_rank(x, **options).to(torch.int32)


@operation
def pinv(x: Any, rcond: Any = None) -> torch.Tensor:
    """Return the Moore-Penrose inverses of matrices `(..., m, n)`.

    Args:
        x: The matrices.
        rcond: Singular values up to this share of the largest count as zero; by default ten times
            the type's precision, times the larger of `m` and `n`.
    """
    x = _matrices("pinv", x, square=False)
    if rcond is None:
        rcond = 10.0 * max(x.shape[-2:]) * torch.finfo(x.dtype).eps
    return torch.linalg.pinv(x, rtol=rcond)


@specified()
def jvp(fun: Callable, primals: Any, tangents: Any, has_aux: bool = False) -> Any:
    """Return a function's value and its derivative in a direction, by forward differentiation.

    Args:
        fun: A function of tensors.
        primals: Its arguments, a list or tuple.
        tangents: The direction, nested likewise.
        has_aux: Whether the function returns something else besides its value.

    Returns:
        The value, the derivative, and what else was returned with `has_aux`.
    """
    primals = map_structure(tensor, tuple(primals))
    tangents = map_structure(tensor, tuple(tangents))
    tangents = tuple(
        _alike_leaves(one, other) for one, other in zip(tangents, primals, strict=True)
    )
    return torch.func.jvp(fun, primals, tangents, has_aux=has_aux)


def _alike_leaves(tangent: Any, primal: Any) -> Any:
    if isinstance(primal, torch.Tensor):
        return tangent.to(primal.dtype)
    if isinstance(primal, dict):
        return {key: _alike_leaves(tangent[key], one) for key, one in primal.items()}
    return type(primal)(map(_alike_leaves, tangent, primal))
