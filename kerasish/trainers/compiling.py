"""`compile`, and the step functions that users override."""

from __future__ import annotations

import inspect
import warnings
from collections.abc import Mapping
from typing import Any

import torch

from kerasish import optimizers
from kerasish.distribution import processes
from kerasish.layers.base.layer import Layer
from kerasish.metrics.metric import Metric
from kerasish.metrics.reduction import Mean
from kerasish.optimizers.base.lookups import watch_tables
from kerasish.optimizers.base.optimizer import Optimizer
from kerasish.optimizers.loss_scale_optimizer import LossScaleOptimizer
from kerasish.saving.registry import deserialize_keras_object, serialize_keras_object
from kerasish.trainers.compile_loss import CompileLoss
from kerasish.trainers.compile_metrics import CompileMetrics
from kerasish.trainers.later_logs import LaterLogs
from kerasish.trainers.nested import flatten
from kerasish.trainers.torch_loss import with_torch_losses

_TORCH_ARGUMENTS = {"fullgraph", "dynamic", "backend", "mode", "options", "disable"}


class Compiling(Layer):
    """The part of `Model` that holds what it is compiled with, and takes steps.

    Attributes:
        stop_training: Set to True, by a callback for instance, to end `fit` after the step.
        stop_evaluating: Set to True to end `evaluate` after the step.
        compiled: Whether `compile` was called with Keras's meaning.
        optimizer: What `compile` was given, as an optimizer.
    """

    stop_training: bool = False
    stop_evaluating: bool = False
    compiled: bool = False
    optimizer: Any = None
    loss: Any = None
    run_eagerly: bool = False
    steps_per_execution: int = 1
    jit_compile: bool | str = False
    _loss_tracker: Metric | None = None
    _compile_loss: CompileLoss | None = None
    _compile_metrics: CompileMetrics | None = None
    _compile_config: Mapping[str, Any] | None = None
    _parallel: Any = None

    def _call_impl(self, *args: Any, **kwargs: Any) -> Any:
        """Run a call, or this process's share of it while several processes train together."""
        parallel = self._parallel
        if parallel is not None and parallel.applies():
            return parallel(*args, **kwargs)
        return super()._call_impl(*args, **kwargs)

    def compile(  # type: ignore[override]
        self,
        optimizer: Any = "rmsprop",
        loss: Any = None,
        loss_weights: Any = None,
        metrics: Any = None,
        weighted_metrics: Any = None,
        run_eagerly: bool = False,
        steps_per_execution: int = 1,
        jit_compile: bool | str = "auto",
        auto_scale_loss: bool = True,
        **kwargs: Any,
    ) -> None:
        """Say how the model is trained; or, with torch's arguments, compile it with torch.

        `compile(backend=..., fullgraph=..., dynamic=..., mode=..., options=..., disable=...)`,
        with no argument of Keras, is torch's `Module.compile`.

        Args:
            optimizer: Name, config or optimizer; also a `torch.optim.Optimizer`, or a class or
                partial that makes one of `model.parameters()`.
            loss: A loss, or several in the structure of the outputs; also modules and functions
                of torch, called `(prediction, target)`.
            loss_weights: Factors of the losses.
            metrics: Metrics that ignore sample weights.
            weighted_metrics: Metrics that count sample weights.
            run_eagerly: Whether `torch.compile` is kept out, whatever `jit_compile` says.
            steps_per_execution: Number of steps between calls of the callbacks.
            jit_compile: True runs the model's call by `torch.compile`, in training and inference;
                `"auto"` and False do not.
            auto_scale_loss: Whether a float16 model scales its loss.
            **kwargs: torch's arguments.

        Raises:
            ValueError: If an argument is unknown, or both kinds are given.
        """
        if "sample_weight_mode" in kwargs:
            warnings.warn(
                "compile: `sample_weight_mode` does nothing; weights of shape (batch, time) count "
                "for single steps.",
                DeprecationWarning,
                2,
            )
            kwargs = {name: one for name, one in kwargs.items() if name != "sample_weight_mode"}
        given = (optimizer, loss, loss_weights, metrics, weighted_metrics)
        if kwargs:
            unknown = set(kwargs) - _TORCH_ARGUMENTS
            if unknown or given != ("rmsprop", None, None, None, None):
                raise ValueError(
                    f"Model '{self.name}': compile takes Keras's arguments, or those of "
                    f"torch.compile ({sorted(_TORCH_ARGUMENTS)}), not both. "
                    f"Received: {sorted(kwargs)} with optimizer={optimizer!r}, loss={loss!r}"
                )
            super().compile(**kwargs)
            return
        if steps_per_execution is None:  # as Keras 2 wrote the default
            steps_per_execution = 1
        if not isinstance(steps_per_execution, int) or steps_per_execution < 1:
            raise ValueError(
                f"Model '{self.name}': `steps_per_execution` is a positive integer. "
                f"Received: {steps_per_execution!r}"
            )
        if jit_compile not in (True, False, "auto"):
            raise ValueError(
                f"Model '{self.name}': `jit_compile` is True, False or 'auto'. "
                f"Received: {jit_compile!r}"
            )
        made = self._made_optimizer(optimizer)
        scales = auto_scale_loss and self.compute_dtype == "float16" and isinstance(made, Optimizer)
        if scales and not isinstance(made, LossScaleOptimizer):
            made = LossScaleOptimizer(made)
        names = getattr(self, "output_names", None) if self._has_graph() else None
        state = {
            "optimizer": made,
            "loss": loss,
            "run_eagerly": run_eagerly,
            "steps_per_execution": steps_per_execution,
            "jit_compile": jit_compile is True and not run_eagerly,
            "stop_training": False,
            "compiled": True,
            "_loss_tracker": Mean(name="loss"),
            "_compile_loss": None,
            "_compile_metrics": None,
            "_compile_config": {
                "optimizer": made,
                "loss": loss,
                "loss_weights": loss_weights,
                "metrics": metrics,
                "weighted_metrics": weighted_metrics,
                "run_eagerly": run_eagerly,
                "steps_per_execution": steps_per_execution,
                "jit_compile": bool(jit_compile is True),
            },
        }
        if loss is not None:
            compiled_loss = CompileLoss(with_torch_losses(loss), loss_weights, output_names=names)
            compiled_loss.weighs_batches = run_eagerly
            state["_compile_loss"] = compiled_loss
        if metrics is not None or weighted_metrics is not None:
            state["_compile_metrics"] = CompileMetrics(
                metrics, weighted_metrics, output_names=names
            )
        # Not as modules: what a model is trained with is no part of its state_dict.
        for name, value in state.items():
            object.__setattr__(self, name, value)
        self._compiled_call_impl = None
        if self.jit_compile:
            super().compile()

    def _has_graph(self) -> bool:
        try:
            return bool(getattr(self, "outputs", None))
        except (AttributeError, ValueError):
            return False

    def _made_optimizer(self, optimizer: Any) -> Any:
        if isinstance(optimizer, torch.optim.Optimizer) and not isinstance(optimizer, Optimizer):
            return optimizer
        target = getattr(optimizer, "func", optimizer)
        if inspect.isclass(target) and issubclass(target, torch.optim.Optimizer):
            if issubclass(target, Optimizer):
                return optimizer()
            trained = [p for p in self.parameters() if p.requires_grad]
            if not trained:
                raise ValueError(
                    f"Model '{self.name}' has no weights yet to make a {target.__name__} for; "
                    f"call it on data first. Received: optimizer={optimizer!r}"
                )
            return optimizer(trained)
        return optimizers.get(optimizer)

    # Metrics

    @property
    def metrics(self) -> list[Any]:
        """The metrics of the loss, of `compile`, of the model and of its layers."""
        found: list[Any] = []
        if self.compiled:
            found += [m for m in (self._loss_tracker, self._compile_metrics) if m is not None]
            found += self._compile_loss.metrics if self._compile_loss is not None else []
        inner: set[int] = set()
        own = []
        for module in self.modules():
            if isinstance(module, Metric) and id(module) not in inner:
                own.append(module)
                inner.update(map(id, module.modules()))
        return found + own

    @property
    def metrics_names(self) -> list[str]:
        """The names of `metrics`."""
        return [metric.name for metric in self.metrics]

    def reset_metrics(self) -> None:
        """Set all metrics to zero."""
        for metric in self.metrics:
            metric.reset_state()

    def get_metrics_result(self) -> dict[str, Any]:
        """Return the results of all metrics by name."""
        results: dict[str, Any] = {}
        for metric in self.metrics:
            if isinstance(metric, CompileMetrics) and not metric.built:
                continue
            result = metric.result()
            results.update(result if isinstance(result, Mapping) else {metric.name: result})
        return results

    # Steps

    def compute_loss(
        self,
        x: Any = None,
        y: Any = None,
        y_pred: Any = None,
        sample_weight: Any = None,
        training: bool = True,
    ) -> Any:
        """Return the loss of a batch: that of `compile`, and what layers added.

        Raises:
            ValueError: If there is neither.
        """
        parts = []
        if self._compile_loss is not None:
            if y is None:
                raise ValueError(
                    f"Model '{self.name}' has a loss, so batches need targets. Received: y=None"
                )
            value = self._compile_loss(y, y_pred, sample_weight)
            if value is not None:
                parts.append(value)
        parts += [loss.sum() if loss.dim() else loss for loss in self.losses]
        if not parts:
            raise ValueError(
                f"Model '{self.name}' has no loss: give one to compile, or add one with add_loss. "
                f"Received: loss={self.loss!r}"
            )
        return sum(parts[1:], parts[0])

    def compute_metrics(
        self, x: Any, y: Any, y_pred: Any, sample_weight: Any = None
    ) -> dict[str, Any]:
        """Add a batch to the metrics of `compile`, and return all results."""
        self._update_metrics(y, y_pred, sample_weight)
        return self.get_metrics_result()

    def _update_metrics(self, y: Any, y_pred: Any, sample_weight: Any) -> None:
        if self._compile_metrics is not None and y is not None:
            with torch.no_grad():
                self._compile_metrics.update_state(y, y_pred, sample_weight)

    def train_step(self, data: Any) -> dict[str, Any]:
        """Train on one batch; override it for a step of your own.

        Args:
            data: `(x, y, sample_weight)`, or less.

        Returns:
            Values to log by name.
        """
        x, y, sample_weight = (*data, None, None)[:3]
        return self.compute_metrics(x, y, self._trained_on(x, y, sample_weight), sample_weight)

    def _trained_on(self, x: Any, y: Any, sample_weight: Any) -> Any:
        """Train on one batch, and return the predictions."""
        if isinstance(self.optimizer, Optimizer) and not self.optimizer.built:
            watch_tables(self)
        y_pred = self(x, training=True)
        loss = self.compute_loss(x, y, y_pred, sample_weight, True)
        self._track(loss, x)
        if self.optimizer is not None:
            self._apply_loss(loss)
        return y_pred

    def _track(self, loss: torch.Tensor, x: Any) -> None:
        assert self._loss_tracker is not None
        if not isinstance(x, torch.Tensor):
            x = next((leaf for leaf in flatten(x) if isinstance(leaf, torch.Tensor)), None)
        size = 1 if x is None else x.shape[0]
        self._loss_tracker.update_state(loss.detach(), sample_weight=size)

    def _apply_loss(self, loss: torch.Tensor) -> None:
        optimizer = self.optimizer
        if not isinstance(optimizer, Optimizer):
            optimizer.zero_grad(set_to_none=True)
            loss.backward()
            optimizer.step()
            self.apply_constraints()
            return
        if not optimizer.built:
            optimizer.build(self.trainable_variables)
        if not loss.requires_grad:
            warnings.warn(f"Model '{self.name}' has nothing to train.", stacklevel=3)
            return
        for group in optimizer.param_groups:
            for parameter in group["params"]:
                parameter.grad = None
        optimizer.scale_loss(loss).backward()
        optimizer.step()

    def test_step(self, data: Any) -> dict[str, Any]:
        """Evaluate on one batch; override it for a step of your own."""
        x, y, sample_weight = (*data, None, None)[:3]
        return self.compute_metrics(x, y, self._tested_on(x, y, sample_weight), sample_weight)

    def _tested_on(self, x: Any, y: Any, sample_weight: Any) -> Any:
        """Evaluate on one batch, and return the predictions."""
        y_pred = self(x, training=False)
        self._track(self.compute_loss(x, y, y_pred, sample_weight, False), x)
        return y_pred

    def predict_step(self, data: Any) -> Any:
        """Return the outputs for one batch."""
        return self(data[0] if isinstance(data, tuple) else data, training=False)

    def _loop_step(self, kind: str) -> Any:
        """Return a step for a loop: `train_step`, or one without what nobody looks at."""
        own = (f"{kind}_step", "compute_metrics", "get_metrics_result", "metrics")
        standard = all(getattr(type(self), name) is getattr(Compiling, name) for name in own)
        # Several processes may have to compute results together.
        if processes.is_active() or not standard or own[0] in self.__dict__:
            return getattr(self, f"{kind}_step")
        run = self._trained_on if kind == "train" else self._tested_on

        def step(data: Any) -> LaterLogs:
            x, y, sample_weight = data
            self._update_metrics(y, run(x, y, sample_weight), sample_weight)
            return LaterLogs(self.get_metrics_result)

        return step

    def _require_compiled(self, verb: str) -> None:
        if not self.compiled:
            raise ValueError(
                f"Model '{self.name}' has to be compiled before `{verb}`: "
                f"model.compile(optimizer, loss). Received: {verb} of a model without a loss"
            )

    # Configs

    def get_compile_config(self) -> dict[str, Any]:
        """Return what the model was compiled with; empty if it was not."""
        if not self.compiled or self._compile_config is None:
            return {}
        return serialize_keras_object(dict(self._compile_config))

    def compile_from_config(self, config: Mapping[str, Any]) -> None:
        """Compile with what `get_compile_config` gave, here or in Keras."""
        config = {key: value for key, value in config.items() if key != "auto_scale_loss"}
        found = deserialize_keras_object(config)
        if isinstance(found.get("optimizer"), Mapping):
            found["optimizer"] = optimizers.deserialize(found["optimizer"])
        self.compile(**found)
        if isinstance(self.optimizer, Optimizer) and self.built:
            self.optimizer.build(self.trainable_variables)
