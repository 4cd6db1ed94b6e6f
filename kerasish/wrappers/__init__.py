"""Models as estimators of scikit-learn, which is loaded when one of them is asked for."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from kerasish.wrappers.estimators import (
        SKLearnClassifier,
        SKLearnRegressor,
        SKLearnTransformer,
    )

__all__ = ["SKLearnClassifier", "SKLearnRegressor", "SKLearnTransformer"]


def __getattr__(name: str) -> Any:
    """Import scikit-learn and the estimators that derive from its classes.

    Raises:
        ImportError: If scikit-learn is not installed.
        AttributeError: For other names.
    """
    if name not in __all__:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}", name=name)
    try:
        from kerasish.wrappers import estimators
    except ModuleNotFoundError as error:
        if (error.name or "").partition(".")[0] != "sklearn":
            raise
        raise ImportError(
            f"{name} needs scikit-learn: pip install 'kerasish[sklearn]'. "
            "Received: no module sklearn"
        ) from error
    return getattr(estimators, name)
