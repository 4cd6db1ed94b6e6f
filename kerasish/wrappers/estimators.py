"""`SKLearnClassifier`, `SKLearnRegressor`, `SKLearnTransformer`: models in scikit-learn.

Source: https://keras.io/api/utils/sklearn_wrappers/
"""

from __future__ import annotations

import copy
from typing import Any

import numpy as np
from sklearn.base import BaseEstimator, ClassifierMixin, RegressorMixin, TransformerMixin
from sklearn.preprocessing import OneHotEncoder
from sklearn.utils.multiclass import type_of_target
from sklearn.utils.validation import check_is_fitted, validate_data

from kerasish.models import Model, clone_model


class _Estimator(BaseEstimator):
    """A model with the methods of an estimator.

    Args:
        model: A compiled `Model`, of which a copy with new weights is fitted; or a function of `X`,
            `y` and `model_kwargs` that gives a compiled one.
        warm_start: Whether a second `fit` goes on with the model of the first.
        model_kwargs: Arguments of the function.
        fit_kwargs: Arguments of `model.fit`; those of `fit` come before them.

    Attributes:
        model_: The fitted model.
        history_: What its `fit` returned.
    """

    def __init__(
        self,
        model: Any,
        warm_start: bool = False,
        model_kwargs: dict[str, Any] | None = None,
        fit_kwargs: dict[str, Any] | None = None,
    ) -> None:
        self.model = model
        self.warm_start = warm_start
        self.model_kwargs = model_kwargs
        self.fit_kwargs = fit_kwargs

    def __sklearn_tags__(self) -> Any:
        tags = super().__sklearn_tags__()
        tags.non_deterministic = True
        return tags

    def __sklearn_clone__(self) -> Any:
        # A model can be called, but a copy of its own is what a clone needs.
        model = copy.deepcopy(self.model) if isinstance(self.model, Model) else self.model
        return type(self)(
            model=model,
            warm_start=self.warm_start,
            model_kwargs=self.model_kwargs,
            fit_kwargs=self.fit_kwargs,
        )

    @property
    def epoch_(self) -> Any:
        """The epochs of the last `fit`; 0 before one."""
        return self.history_.epoch if hasattr(self, "history_") else 0

    def fit(self, X: Any, y: Any, **kwargs: Any) -> Any:
        """Fit the model.

        Args:
            X: Samples, `(samples, features)`.
            y: Targets, `(samples,)`.
            **kwargs: Arguments of `model.fit`.

        Returns:
            The estimator itself.

        Raises:
            RuntimeError: If the model is not compiled.
        """
        X, y = validate_data(self, X, y)
        y = self._encode(y)
        model = self._start(X, y)
        if not model.compiled or not model.loss or not model.optimizer:
            raise RuntimeError(
                f"{type(self).__name__} takes models that were compiled with a loss and an "
                f"optimizer. Received: {model.name!r}, which was not"
            )
        self.history_ = model.fit(X, y, **{**(self.fit_kwargs or {}), **kwargs})
        self.model_ = model
        return self

    def predict(self, X: Any) -> Any:
        """Return the predictions, in the form of the targets."""
        return self._decode(self._outputs(X))

    def _outputs(self, X: Any) -> np.ndarray:
        check_is_fitted(self)
        return self.model_.predict(validate_data(self, X, reset=False), verbose=0)

    def _start(self, X: np.ndarray, y: np.ndarray) -> Any:
        if self.warm_start and hasattr(self, "model_"):
            return self.model_
        if isinstance(self.model, Model):
            return clone_model(self.model)
        return self.model(X=X, y=y, **(self.model_kwargs or {}))

    def _encode(self, y: np.ndarray) -> np.ndarray:
        """Return targets as the model takes them, `(samples, outputs)`."""
        if type_of_target(y) == "unknown":
            raise ValueError(f"Unknown label type. Received: y={y!r}")
        self._one_column = y.ndim == 1
        return y.reshape(-1, 1) if self._one_column else y

    def _decode(self, outputs: np.ndarray) -> np.ndarray:
        return outputs[:, 0] if self._one_column and outputs.ndim == 2 else outputs


class SKLearnClassifier(ClassifierMixin, _Estimator):
    """A model as a classifier of scikit-learn; its last layer gives a number for each class.

    Args:
        model: A compiled `Model`, of which a copy with new weights is fitted; or a function of `X`,
            `y` (one-hot) and `model_kwargs` that gives a compiled one.
        warm_start: Whether a second `fit` goes on with the model of the first.
        model_kwargs: Arguments of the function.
        fit_kwargs: Arguments of `model.fit`; those of `fit` come before them.

    Attributes:
        model_: The fitted model.
        history_: What its `fit` returned.
        classes_: The labels, in the order of the model's outputs.
    """

    def decision_function(self, X: Any) -> Any:
        """Return the model's outputs, `(samples, classes)`."""
        return self._outputs(X)

    def __sklearn_tags__(self) -> Any:
        tags = super().__sklearn_tags__()
        tags.classifier_tags.poor_score = True
        return tags

    def _encode(self, y: np.ndarray) -> np.ndarray:
        kind = type_of_target(y)
        if kind not in ("binary", "multiclass"):
            raise ValueError(
                "SKLearnClassifier takes one label for each sample, of two or more classes. "
                f"Received: targets of type {kind!r}"
            )
        column = super()._encode(y)
        self._labels = OneHotEncoder(sparse_output=False).fit(column)
        self.classes_ = np.unique(y)
        if len(self.classes_) == 1:
            raise ValueError(
                "Classifier can't train when only one class is present. "
                f"Received: {self.classes_[0]!r} alone"
            )
        return self._labels.transform(column)

    def _decode(self, outputs: np.ndarray) -> np.ndarray:
        return super()._decode(self._labels.inverse_transform(outputs))


class SKLearnRegressor(RegressorMixin, _Estimator):
    """A model as a regressor of scikit-learn.

    Args:
        model: A compiled `Model`, of which a copy with new weights is fitted; or a function of `X`,
            `y` and `model_kwargs` that gives a compiled one.
        warm_start: Whether a second `fit` goes on with the model of the first.
        model_kwargs: Arguments of the function.
        fit_kwargs: Arguments of `model.fit`; those of `fit` come before them.

    Attributes:
        model_: The fitted model.
        history_: What its `fit` returned.
    """

    def __sklearn_tags__(self) -> Any:
        tags = super().__sklearn_tags__()
        tags.regressor_tags.poor_score = True
        return tags


class SKLearnTransformer(TransformerMixin, _Estimator):
    """A model as a transformer of scikit-learn: `transform` gives its outputs.

    Args:
        model: A compiled `Model`, of which a copy with new weights is fitted; or a function of `X`,
            `y` and `model_kwargs` that gives a compiled one.
        warm_start: Whether a second `fit` goes on with the model of the first.
        model_kwargs: Arguments of the function.
        fit_kwargs: Arguments of `model.fit`; those of `fit` come before them.

    Attributes:
        model_: The fitted model.
        history_: What its `fit` returned.
    """

    def transform(self, X: Any) -> Any:
        """Return the model's outputs for samples, `(samples, features)`."""
        return self._outputs(X)

    def __sklearn_tags__(self) -> Any:
        tags = super().__sklearn_tags__()
        tags.transformer_tags.preserves_dtype = []
        return tags
