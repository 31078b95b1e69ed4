"""Losses, each with its gradient: what a network minimises, taken from logits so that no digit is lost on the way."""

import math
from collections.abc import Callable
from dataclasses import KW_ONLY, dataclass

import numpy as np

from activations.core import as_float_array
from activations.sigmoidal import log_sigmoid, sigmoid
from activations.softmax import log_softmax

__all__ = ["Loss", "binary_cross_entropy", "cross_entropy", "mean_squared_error"]

REDUCTIONS = ("mean", "sum", "none")


@dataclass(frozen=True, eq=False, repr=False)
class Loss:
    r"""A loss function: its value, its gradient, and the output function that it goes with.

    Call it like a function: ``cross_entropy(logits, labels)``. The last two axes of the predictions are examples
    and outputs; a single axis holds examples of one output. The loss is the mean over all of them. Axes in front
    are kept: predictions of shape (S, N, C), those of an ensemble of S networks, have S losses, each a mean over
    its own N examples. Targets that all networks share may leave those axes out.

    Float dtypes are kept, and float16 is computed in float32. The inputs are never changed. A prediction of NaN
    gives NaN, an infinite one the limit.

    Parameters
    ----------
    f : callable
        ``f(predictions, targets)``: the loss of each output or example. The loss has its name and docstring.
    slope : callable
        ``slope(predictions, targets)``: its gradient with respect to the predictions.
    check : callable
        ``check(predictions, targets)``: the targets in the shape and dtype of the predictions, or an error that
        says what is wrong with them.
    output : str
        The function that turns these predictions into what a reader expects of a network, such as ``"softmax"``.
    latex, gradient_latex : str
        The two formulas for one example, without dollar signs.
    source : str
        Key of a publication in ``references.bib``.
    per_example : bool, default False
        Whether the outputs of an example have one loss together, or one each.

    Examples
    --------
    >>> print(cross_entropy(np.zeros((5, 3)), [0, 1, 2, 0, 1]).round(4))
    1.0986
    """

    f: Callable
    slope: Callable
    check: Callable
    _: KW_ONLY
    output: str
    latex: str
    gradient_latex: str
    source: str
    per_example: bool = False

    def __post_init__(self):
        for name in ("__name__", "__qualname__", "__doc__", "__module__"):
            object.__setattr__(self, name, getattr(self.f, name))

    def __reduce__(self):
        return self.__name__  # pickled and copied by name, like any function

    def __repr__(self) -> str:
        return f"<Loss {self.name}>"

    @property
    def name(self) -> str:
        """The name of the function."""
        return self.__name__

    def __call__(self, predictions, targets, reduction="mean"):
        """Return the loss."""
        predictions, targets, dtype = self._prepare(predictions, targets, reduction)
        with np.errstate(all="ignore"):
            loss = self.f(predictions, targets)
            if reduction == "none":
                return loss.astype(dtype, copy=False)[()]
            # In float64: a sum over many examples loses digits in float32.
            loss = loss.sum(axis=tuple(range(self._kept(predictions), loss.ndim)), dtype=np.float64)
            return np.asarray(loss / self._count(predictions, reduction)).astype(dtype)[()]

    def gradient(self, predictions, targets, reduction="mean"):
        """Return the gradient of the loss with respect to the predictions.

        Parameters
        ----------
        predictions : array_like
            Logits or predictions, as the loss takes them.
        targets : array_like
            Labels or targets, as the loss takes them.
        reduction : {"mean", "sum", "none"}, default "mean"
            As for the loss. With "none", each loss is differentiated by its own predictions, which gives what
            "sum" gives.

        Returns
        -------
        numpy.ndarray or numpy scalar
            Of the shape and float dtype of `predictions`.

        Raises
        ------
        TypeError
            If an argument does not hold the kind of numbers that the loss takes.
        ValueError
            If a shape, a target or the reduction is not legal.

        Examples
        --------
        >>> print(mean_squared_error.gradient([1.0, 2.0], [0.0, 0.0]))
        [1. 2.]
        """
        predictions, targets, dtype = self._prepare(predictions, targets, reduction)
        with np.errstate(all="ignore"):
            slope = self.slope(predictions, targets) / self._count(predictions, reduction)
            return np.asarray(slope).astype(dtype, copy=False)[()]

    def _prepare(self, predictions, targets, reduction):
        if not (isinstance(reduction, str) and reduction in REDUCTIONS):
            raise ValueError(f"reduction must be 'mean', 'sum' or 'none', got {reduction!r}")
        predictions = as_float_array(predictions, "predictions")
        dtype = predictions.dtype
        work = np.float32 if dtype == np.float16 else dtype
        targets = self.check(predictions, np.asarray(targets)).astype(work, copy=False)
        predictions = predictions.astype(work, copy=False)
        if reduction == "mean" and predictions.size == 0:
            raise ValueError(
                f"predictions must hold at least one example for a mean, got shape {predictions.shape}"
            )
        return predictions, targets, dtype

    def _kept(self, predictions) -> int:
        """Count the axes in front of examples and outputs."""
        return max(predictions.ndim - 2, 0)

    def _count(self, predictions, reduction) -> int:
        """Count the losses that a mean is over."""
        if reduction != "mean":
            return 1
        return math.prod(predictions.shape[self._kept(predictions) : -1 if self.per_example else None])


def _shapes(predictions, *, without_outputs):
    """Return the shapes that targets may have: that of the predictions, and that without the axes in front."""
    shape = predictions.shape[:-1] if without_outputs else predictions.shape
    return {shape, shape[max(predictions.ndim - 2, 0) :]}


def _check_shape(targets, shapes, what):
    if targets.shape not in shapes:
        legal = " or ".join(str(shape) for shape in sorted(shapes, key=len))
        raise ValueError(f"{what} of shape {legal}, got {targets.dtype} of shape {targets.shape}")


def _check_all(legal, targets, what):
    """Raise an error that shows the first target that is not legal."""
    if not legal.all():
        index = tuple(int(i) for i in np.argwhere(~legal)[0])
        raise ValueError(f"{what}, got {targets[index]} at index {index}")


def _check_numbers(predictions, targets):
    """Return finite targets in the shape of the predictions."""
    targets = as_float_array(targets, "targets")
    _check_shape(targets, _shapes(predictions, without_outputs=False), "targets must be numbers")
    _check_all(np.isfinite(targets), targets, "targets must be finite")
    return np.broadcast_to(targets, predictions.shape)


def _check_binary(predictions, targets):
    """Return labels from 0 to 1 in the shape of the logits."""
    targets = _check_numbers(predictions, targets)
    _check_all((targets >= 0) & (targets <= 1), targets, "targets must lie between 0 and 1")
    return targets


def _check_classes(predictions, targets):
    """Return the probability of each class, in the shape of the logits, from labels or from probabilities."""
    if predictions.ndim == 0 or predictions.shape[-1] == 0:
        raise ValueError(
            f"predictions must hold one logit per class on the last axis, got shape {predictions.shape}"
        )
    classes = predictions.shape[-1]
    if targets.dtype.kind in "iu":
        what = "targets that are whole numbers are labels; they must be"
        _check_shape(targets, _shapes(predictions, without_outputs=True), what)
        what = f"targets must be labels from 0 to {classes - 1}"
        _check_all((targets >= 0) & (targets < classes), targets, what)
        targets = targets[..., None] == np.arange(classes)
    else:
        targets = as_float_array(targets, "targets")
        what = "targets must be labels (whole numbers) or the probabilities of the classes,"
        _check_shape(targets, _shapes(predictions, without_outputs=False), what)
        _check_all(targets >= 0, targets, "targets must be probabilities")
        sums = targets.sum(axis=-1, dtype=np.float64)
        _check_all(np.abs(sums - 1) <= 1e-3, sums, "targets must sum to 1 over the classes")
    return np.broadcast_to(targets, predictions.shape)


def _times(weight, value):
    """Multiply; a weight of 0 wins over an infinity, since what it weighs does not count."""
    return np.where(weight == 0, 0, weight * value)


def binary_cross_entropy(predictions, targets):
    r"""Binary cross-entropy from logits, :math:`-t \log \sigma(z) - (1 - t) \log \sigma(-z)`.

    Parameters
    ----------
    predictions : array_like
        Logits :math:`z`, of shape (examples, outputs) with any axes in front, or (examples,).
    targets : array_like
        Labels :math:`t`: 0 or 1, or probabilities in between. Of the shape of `predictions`, or of its last two axes.
    reduction : {"mean", "sum", "none"}, default "mean"
        Whether to return the mean over examples and outputs, their sum, or every loss.

    Returns
    -------
    numpy.ndarray or numpy scalar
        The loss, in the float dtype of `predictions`: of the shape of the axes in front, or with "none" of the shape
        of `predictions`.

    Raises
    ------
    ValueError
        If the shapes do not fit, a label lies outside of [0, 1], or `reduction` is unknown.
    TypeError
        If an argument does not hold real numbers.

    Notes
    -----
    Of the two terms neither is negative, so nothing cancels; the textbook form, with the sigmoid computed first, is
    infinite from :math:`z \approx 37` on. The gradient :math:`\sigma(z) - t` is taken as
    :math:`(1 - t)\,\sigma(z) - t\,\sigma(-z)`, which keeps its digits where :math:`\sigma(z)` rounds to 1.

    An infinite logit costs nothing if its label is sure of the same, else infinitely much.

    References
    ----------
    Bishop (2006), Pattern recognition and machine learning, section 4.3.2.

    Examples
    --------
    >>> print(binary_cross_entropy([40.0, 0.0], [1, 1], reduction="none"))
    [4.24835426e-18 6.93147181e-01]
    """
    return -_times(targets, log_sigmoid(predictions)) - _times(1 - targets, log_sigmoid(-predictions))


def binary_cross_entropy_slope(predictions, targets):
    return (1 - targets) * sigmoid(predictions) - targets * sigmoid(-predictions)


binary_cross_entropy = Loss(
    binary_cross_entropy,
    binary_cross_entropy_slope,
    _check_binary,
    output="sigmoid",
    latex=r"-t \log \sigma(z) - (1 - t) \log \sigma(-z)",
    gradient_latex=r"\sigma(z) - t",
    source="bishop2006pattern",
)


def cross_entropy(predictions, targets):
    r"""Cross-entropy from logits, :math:`-\sum_c t_c \log \operatorname{softmax}(z)_c`, for any number of classes.

    Parameters
    ----------
    predictions : array_like
        Logits :math:`z`, of shape (examples, classes) with any axes in front, or (classes,) for one example.
    targets : array_like
        Labels, whole numbers from 0 to one below the number of classes: of the shape of `predictions` without its
        last axis, or (examples,). Or the probability :math:`t_c` of each class, as floats: of the shape of
        `predictions`, or (examples, classes).
    reduction : {"mean", "sum", "none"}, default "mean"
        Whether to return the mean over the examples, their sum, or the loss of each.

    Returns
    -------
    numpy.ndarray or numpy scalar
        The loss, in the float dtype of `predictions`: of the shape of the axes in front, or with "none" of the shape
        of `predictions` without its last axis.

    Raises
    ------
    ValueError
        If the shapes do not fit, a label is out of range, probabilities are negative or do not sum to 1 (to within
        0.001), or `reduction` is unknown.
    TypeError
        If an argument does not hold real numbers.

    Notes
    -----
    Both come from `log_softmax`, which neither overflows nor cancels: the loss is its value at the label, and the
    gradient :math:`\operatorname{softmax}(z) - t` is its vector–Jacobian product with :math:`-t`. So a loss of 1e-18
    is not rounded to 0, nor is its gradient.

    A logit of −∞ makes its class impossible: it costs nothing if its target is 0, else infinitely much.

    References
    ----------
    Bishop (2006), Pattern recognition and machine learning, section 4.3.4.

    Examples
    --------
    >>> print(cross_entropy([[2.0, 1.0, 0.0], [0.0, 0.0, 0.0]], [0, 2], reduction="none"))
    [0.40760596 1.09861229]
    >>> print(cross_entropy.gradient([[40.0, 0.0]], [0]))
    [[-4.24835426e-18  4.24835426e-18]]
    """
    return -_times(targets, log_softmax(predictions)).sum(axis=-1)


def cross_entropy_slope(predictions, targets):
    return log_softmax.vjp(predictions, -targets)


cross_entropy = Loss(
    cross_entropy,
    cross_entropy_slope,
    _check_classes,
    output="softmax",
    latex=r"-\sum_c t_c \log \operatorname{softmax}(z)_c",
    gradient_latex=r"\operatorname{softmax}(z) - t",
    source="bishop2006pattern",
    per_example=True,
)


def mean_squared_error(predictions, targets):
    r"""Mean squared error, :math:`(y - t)^2` for each output.

    Parameters
    ----------
    predictions : array_like
        Predictions :math:`y`, of shape (examples, outputs) with any axes in front, or (examples,).
    targets : array_like
        Targets :math:`t`, of the shape of `predictions`, or of its last two axes. Nothing is broadcast otherwise:
        predictions of shape (N, 1) and targets of shape (N,) are an error.
    reduction : {"mean", "sum", "none"}, default "mean"
        Whether to return the mean over examples and outputs, their sum, or every square.

    Returns
    -------
    numpy.ndarray or numpy scalar
        The loss, in the float dtype of `predictions`: of the shape of the axes in front, or with "none" of the shape
        of `predictions`.

    Raises
    ------
    ValueError
        If the shapes do not fit, a target is not finite, or `reduction` is unknown.
    TypeError
        If an argument does not hold real numbers.

    Notes
    -----
    There is no factor of ½, as in PyTorch and Keras, so that the gradient is :math:`2(y - t)`.

    References
    ----------
    Bishop (2006), Pattern recognition and machine learning, section 3.1.1.

    Examples
    --------
    >>> print(mean_squared_error([1.0, 2.0], [0.0, 0.0]))
    2.5
    """
    error = predictions - targets
    return error * error


def mean_squared_error_slope(predictions, targets):
    return 2 * (predictions - targets)


mean_squared_error = Loss(
    mean_squared_error,
    mean_squared_error_slope,
    _check_numbers,
    output="identity",
    latex=r"(y - t)^2",
    gradient_latex=r"2\,(y - t)",
    source="bishop2006pattern",
)
