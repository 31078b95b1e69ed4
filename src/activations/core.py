"""The record: one frozen value per activation function, read by everything else in the course.

A family module writes two plain NumPy functions, the value and the derivative, and wraps them in an
`Activation` together with what is known about them. Formulas stay plain because this module takes care of the
rest, once: dtypes, scalars, memory layout, parameters and their errors, and the cache.
"""

import inspect
import itertools
import math
import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import KW_ONLY, dataclass, field
from types import MappingProxyType
from typing import Any

import numpy as np

__all__ = ["Activation", "Interval", "Param", "Spelling", "VectorActivation"]

# Bytes per block. Temporaries of this size stay in the second-level cache, which makes a formula of several NumPy
# calls about as fast as a fused one. Measured in benchmarks/functions.py.
BLOCK = 128 * 1024

# A vector function loops across its slices rather than along them where they are shorter than this.
SHORT = 32


@dataclass(frozen=True)
class Interval:
    """An interval of real numbers.

    Parameters
    ----------
    text : str
        The interval in the usual notation, such as ``"[0, inf)"``. Alternatively give `low` and `high`.
    low, high : float
        The end points, where they are computed rather than written.
    ends : str, default "[]"
        The two brackets that go with `low` and `high`.

    Raises
    ------
    ValueError
        If `text` is not an interval, or if `low` exceeds `high`.

    Examples
    --------
    >>> 0.0 in Interval("(0, inf)")
    False
    >>> print(Interval(low=-1.0, high=1.0))
    [−1, 1]
    """

    text: str = ""
    _: KW_ONLY
    low: float = -math.inf
    high: float = math.inf
    ends: str = "[]"

    def __post_init__(self):
        if self.text:
            match = re.fullmatch(r"([\[(])\s*([^,\s]+)\s*,\s*([^,\s]+)\s*([\])])", self.text)
            if match is None:
                raise ValueError(f"text must be an interval such as '[0, inf)', got {self.text!r}")
            left, low, high, right = match.groups()
            object.__setattr__(self, "low", float(low))
            object.__setattr__(self, "high", float(high))
            object.__setattr__(self, "ends", left + right)
            object.__setattr__(self, "text", "")  # so that equal intervals compare equal
        if not self.low <= self.high:
            raise ValueError(f"low must not exceed high, got {self.low} and {self.high}")

    def __contains__(self, value: float) -> bool:
        above = value >= self.low if self.ends[0] == "[" else value > self.low
        below = value <= self.high if self.ends[1] == "]" else value < self.high
        return bool(above and below)

    def __str__(self) -> str:
        low, high = (f"{v:.4g}".replace("inf", "∞").replace("-", "−") for v in (self.low, self.high))
        # An infinite end is never reached; write it open however it was given.
        left = "(" if math.isinf(self.low) else self.ends[0]
        right = ")" if math.isinf(self.high) else self.ends[1]
        return f"{left}{low}, {high}{right}"


@dataclass(frozen=True)
class Param:
    """A parameter of an activation function: its default, what is legal and what is interesting.

    Parameters
    ----------
    default : float, int, bool, str or None
        The value used when none is given.
    bounds : str, Interval, tuple or None
        What is legal: an interval such as ``"(0, inf)"``, or a tuple of the allowed choices.
        None marks a source of randomness: a seed, a `numpy.random.Generator` or None.
    slider : tuple
        What a reader should try: ``(low, high, step)`` for a number, ignored for choices.
    doc : str
        One line for tables and tooltips.
    integer : bool, default False
        Whether only whole numbers are legal.
    per_channel : bool, default False
        Whether an array is legal too: one value per channel (axis 1, as in PyTorch), or an array of as many
        dimensions as the input that broadcasts against it.

    Examples
    --------
    >>> Param(1.0, "(0, inf)", (0.1, 3, 0.1), "where it saturates").check("alpha", 2)
    2.0
    """

    default: Any
    bounds: str | Interval | tuple | None
    slider: tuple = ()
    doc: str = ""
    integer: bool = False
    per_channel: bool = False

    def __post_init__(self):
        if isinstance(self.bounds, str):
            object.__setattr__(self, "bounds", Interval(self.bounds))
        if isinstance(self.bounds, Interval):
            object.__setattr__(self, "default", self.check("default", self.default))

    def check(self, name: str, value: Any) -> Any:
        """Return `value` as the formulas want it, or raise an error that names the argument.

        Parameters
        ----------
        name : str
            What the argument is called, for the message.
        value : object
            What was given.

        Returns
        -------
        float, int, bool, str, numpy.ndarray, numpy.random.Generator or None
            The value: a Python number, so that it never widens a float32 array, or an array where the
            parameter may vary by channel.

        Raises
        ------
        TypeError
            If `value` is not of a usable type.
        ValueError
            If `value` is not legal.

        Examples
        --------
        >>> Param(1.0, "(0, inf)").check("alpha", -1)
        Traceback (most recent call last):
            ...
        ValueError: alpha must lie in (0, ∞), got -1
        """
        if self.bounds is None:
            if not (value is None or isinstance(value, int | np.integer | np.random.Generator)):
                raise TypeError(f"{name} must be None, a seed or a numpy.random.Generator, got {value!r}")
            if isinstance(value, int | np.integer) and value < 0:
                raise ValueError(f"{name} must be a seed of at least 0, got {value!r}")
            return None if value is None else np.random.default_rng(value)
        if isinstance(self.bounds, tuple):
            if not any(
                value is choice or (type(value) is type(choice) and value == choice) for choice in self.bounds
            ):
                legal = ", ".join(map(repr, self.bounds))
                raise ValueError(f"{name} must be one of {legal}, got {value!r}")
            return value
        array = np.asarray(value)
        if array.dtype.kind not in "iuf" or (self.integer and array.dtype.kind == "f"):
            raise TypeError(
                f"{name} must be {'an integer' if self.integer else 'a real number'}, got {value!r}"
            )
        if array.ndim and not self.per_channel:
            raise TypeError(f"{name} must be a single number, got an array of shape {array.shape}")
        # NaN lies in no interval, so these comparisons reject it as well.
        if not all(v in self.bounds for v in array.ravel().tolist()):
            raise ValueError(f"{name} must lie in {self.bounds}, got {value!r}")
        if array.ndim:
            return array.astype(np.float64)
        return int(array) if self.integer else float(array)


@dataclass(frozen=True)
class Spelling:
    """What a framework calls a function.

    Parameters
    ----------
    call : str
        The dotted name, such as ``"torch.nn.functional.elu"``; for ONNX the operator, such as ``"Elu"``.
    names : mapping, optional
        Our parameter name to theirs, where the two differ. A parameter mapped to None does not exist there.
    defaults : mapping, optional
        Their default by our parameter name, where it differs from ours.
    extra : mapping, optional
        Further keyword arguments that make their function ours.
    note : str, optional
        What else a reader who moves between the two should know.

    Examples
    --------
    >>> Spelling("jax.nn.leaky_relu").call
    'jax.nn.leaky_relu'
    """

    call: str
    names: Mapping[str, str | None] = field(default_factory=dict)
    defaults: Mapping[str, Any] = field(default_factory=dict)
    extra: Mapping[str, Any] = field(default_factory=dict)
    note: str = ""


def as_float_array(x: Any, name: str = "x") -> np.ndarray:
    """Return `x` as an array of float16, float32 or float64; integers and booleans become float64.

    Parameters
    ----------
    x : array_like
        Real numbers.
    name : str, default "x"
        What to call it in an error message.

    Returns
    -------
    numpy.ndarray
        A view of `x` where possible; never written to by this package.

    Raises
    ------
    TypeError
        If `x` does not hold real numbers, or holds floats wider than float64.

    Examples
    --------
    >>> as_float_array([1, 2]).dtype
    dtype('float64')
    """
    array = np.asarray(x)
    if array.dtype.kind in "iub":
        return array.astype(np.float64)
    if array.dtype.kind != "f" or array.dtype.itemsize > 8:
        raise TypeError(
            f"{name} must hold real numbers (float16, float32, float64 or integers), got {array.dtype}"
        )
    return array if array.dtype.isnative else array.astype(array.dtype.newbyteorder("="))


def in_one_pass(formula: Callable) -> Callable:
    """Mark a formula that is a single NumPy call: without temporaries, cutting its input into blocks gains nothing.

    Parameters
    ----------
    formula : callable
        A value or derivative, as `Activation` takes it.

    Returns
    -------
    callable
        The same.

    Examples
    --------
    >>> @in_one_pass
    ... def tanh(x):
    ...     return np.tanh(x)
    """
    formula.in_one_pass = True
    return formula


@np.errstate(all="ignore")
def _elementwise(f: Callable, x: np.ndarray, params: dict) -> np.ndarray:
    """Apply a formula to every element, block by block, in float32 for float16."""
    arrays = {k: v for k, v in params.items() if isinstance(v, np.ndarray)}
    work = np.dtype(np.float32) if x.dtype == np.float16 else x.dtype
    plain = not arrays and x.dtype == work
    if x.size <= block_length(work) or (plain and hasattr(f, "in_one_pass")):
        if arrays:
            params = {**params, **{k: v.astype(work) for k, v in arrays.items()}}
        # A single number goes in as an array of one: NumPy's scalars count as Python floats, too.
        whole = x.reshape(1) if x.ndim == 0 else x
        y = np.asarray(f(whole.astype(work, copy=False), **params)).astype(x.dtype, copy=False)
        return y.reshape(()) if x.ndim == 0 else y
    out = np.empty_like(x, subok=False)
    for target, source, *values in _blocks(out, x, arrays, work):
        if arrays:
            params = {**params, **dict(zip(arrays, values, strict=True))}
        target[...] = f(source, **params)
    return out


def _blocks(out: np.ndarray, x: np.ndarray, arrays: dict, work: np.dtype) -> Iterator[tuple]:
    """Walk over an output, its input and per-channel parameters, a one-dimensional block of each at a time."""
    length = block_length(work)
    if not arrays and x.dtype == work and x.flags.forc:  # plain memory, which only has to be cut
        flat_out, flat = out.reshape(-1, order="A"), x.reshape(-1, order="A")
        for start in range(0, x.size, length):
            yield flat_out[start : start + length], flat[start : start + length]
        return
    # nditer walks any memory layout without copying it whole, casts float16 and repeats per-channel parameters, all
    # through buffers of one block.
    with np.nditer(
        [out, x, *(np.broadcast_to(v, x.shape) for v in arrays.values())],
        flags=["external_loop", "buffered"],
        op_flags=[["writeonly"]] + [["readonly"]] * (1 + len(arrays)),
        op_dtypes=[work] * (2 + len(arrays)),
        casting="same_kind",
        buffersize=length,
    ) as blocks:
        yield from blocks


def block_length(dtype: np.dtype) -> int:
    """Return the number of elements that make a block."""
    return BLOCK // dtype.itemsize


def _row_blocks(shape: tuple[int, ...], limit: int) -> Iterator[tuple[slice, ...]]:
    """Cut the leading axes of an array, never the last one, into blocks of at most so many elements."""
    lead, sizes = shape[:-1], list(shape[:-1])
    while math.prod(sizes) * shape[-1] > limit and max(sizes, default=1) > 1:
        longest = sizes.index(max(sizes))
        sizes[longest] = -(-sizes[longest] // 2)
    starts = (range(0, max(n, 1), max(size, 1)) for n, size in zip(lead, sizes, strict=True))
    for corner in itertools.product(*starts):
        yield tuple(slice(start, start + size) for start, size in zip(corner, sizes, strict=True))


def _lay_out(rows: np.ndarray, work: np.dtype) -> np.ndarray:
    """Bring a block into the memory order in which NumPy works on its last axis fastest.

    A long axis runs innermost. A short one runs outermost, so that the loops run across the slices instead.
    """
    order = "F" if rows.ndim > 1 and rows.shape[-1] < SHORT else "C"
    return np.asarray(rows, work, order=order)


@np.errstate(all="ignore")
def _along_axis(f: Callable, x: np.ndarray, axis: int, params: dict, *gradient: np.ndarray) -> np.ndarray:
    """Apply a formula that works on the last axis to blocks of slices, in float32 for float16."""
    work = np.dtype(np.float32) if x.dtype == np.float16 else x.dtype
    operands = [_to_last(a, axis) if a.ndim == x.ndim else a for a in (x, *gradient)]
    limit = block_length(work)
    out = None
    if x.size <= limit or x.size == operands[0].shape[-1]:  # one block, or one long slice
        out = np.asarray(f(*(_lay_out(a, work) for a in operands), **params))
        out = np.asarray(_from_last(out, axis) if out.ndim == x.ndim else out, x.dtype, order="C")
        return out.copy() if np.may_share_memory(out, x) else out
    for block in _row_blocks(operands[0].shape, limit):
        rows = np.asarray(f(*(_lay_out(a[block], work) for a in operands), **params))
        keeps_axis = rows.ndim == x.ndim
        if out is None:
            shape = list(operands[0].shape[:-1])
            if keeps_axis:
                shape.insert(axis % x.ndim, rows.shape[-1])
            out = np.empty(shape, x.dtype)
            target = _to_last(out, axis) if keeps_axis else out
        target[block] = rows
        del rows  # before the next block is made
    return out


def _to_last(a: np.ndarray, axis: int) -> np.ndarray:
    return a if axis in (-1, a.ndim - 1) else np.moveaxis(a, axis, -1)


def _from_last(a: np.ndarray, axis: int) -> np.ndarray:
    return a if axis in (-1, a.ndim - 1) else np.moveaxis(a, -1, axis)


def pieces(*operands: np.ndarray) -> Iterator[list[np.ndarray]]:
    """Cut the last axis of arrays where it outgrows a block, so that formulas on long slices need little memory.

    Parameters
    ----------
    *operands : numpy.ndarray
        Arrays of the shape of the first, or of length 1 on the last axis: those go with every piece.

    Yields
    ------
    list of numpy.ndarray
        A view of each operand.

    Examples
    --------
    >>> [len(a) for a, _ in pieces(np.ones(20_000), np.ones(1))]
    [16384, 3616]
    """
    length = block_length(operands[0].dtype)
    if operands[0].shape[-1] <= length:
        yield list(operands)
        return
    for start in range(0, operands[0].shape[-1], length):
        yield [a if a.shape[-1] == 1 else a[..., start : start + length] for a in operands]


def in_pieces(f: Callable, *operands: np.ndarray, out: np.ndarray | None = None) -> np.ndarray:
    """Evaluate an elementwise formula inside a vector function, without temporaries as long as a long slice.

    Parameters
    ----------
    f : callable
        A formula of as many arrays as there are operands.
    *operands : numpy.ndarray
        Arrays of the shape of the first, or of length 1 on the last axis.
    out : numpy.ndarray, optional
        Where to put the result; may be one of the operands.

    Returns
    -------
    numpy.ndarray
        The value of ``f(*operands)``.

    Examples
    --------
    >>> in_pieces(lambda a, b: a * b, np.array([1.0, 2.0]), np.array([3.0]))
    array([3., 6.])
    """
    if out is None:
        if operands[0].shape[-1] <= block_length(operands[0].dtype):
            return f(*operands)
        out = np.empty(operands[0].shape, operands[0].dtype)
    for target, *values in pieces(out, *operands):
        target[...] = f(*values)
    return out


def sum_in_pieces(f: Callable, *operands: np.ndarray, exact: bool = False, start: float = 0.0) -> np.ndarray:
    """Sum an elementwise formula over the last axis, without temporaries as long as a long slice.

    Parameters
    ----------
    f : callable
        A formula of as many arrays as there are operands.
    *operands : numpy.ndarray
        Arrays of the shape of the first, or of length 1 on the last axis.
    exact : bool, default False
        Whether to sum to about half a unit in the last place, at a few times the cost. No term may be negative.
    start : float, default 0
        What to add to an exact sum before it is rounded; a power of two or its negative.

    Returns
    -------
    numpy.ndarray
        The sum of ``f(*operands)``, with length 1 on the last axis.

    Examples
    --------
    >>> sum_in_pieces(lambda a, b: a * b, np.array([1.0, 2.0]), np.array([3.0]))
    array([9.])
    """
    total = _sum_exactly if exact else _sum
    if operands[0].shape[-1] <= block_length(operands[0].dtype):
        return total(f(*operands), start)
    return total(np.concatenate([total(f(*values)) for values in pieces(*operands)], axis=-1), start)


def _sum(terms: np.ndarray, start: float = 0.0) -> np.ndarray:
    return np.add.reduce(terms, axis=-1, keepdims=True, initial=start)


def _sum_exactly(terms: np.ndarray, start: float = 0.0) -> np.ndarray:
    if terms.dtype == np.float32:
        # einsum adds along a short axis twice as fast as add.reduce.
        total = np.einsum("...i->...", terms.astype(np.float64))[..., None]
        return (total + start).astype(np.float32)
    if terms.size == terms.shape[-1] <= 100:
        return np.array(math.fsum([*terms.ravel().tolist(), start]), ndmin=terms.ndim)
    # Next to a number this large all terms are rounded to multiples of one unit, and multiples add up exactly. What
    # the rounding took from each term is so small that the errors of its own sum do not matter.
    bound = np.maximum.reduce(terms, axis=-1, keepdims=True, initial=0) * terms.shape[-1]
    large = np.ldexp(1.5, np.frexp(bound)[1])
    multiples = terms + large
    multiples -= large
    total = _sum(multiples, start)
    np.subtract(terms, multiples, out=multiples)
    total += _sum(multiples)
    return total


@dataclass(frozen=True, eq=False, repr=False)
class _Record:
    """What elementwise and vector activation functions have in common."""

    f: Callable
    _: KW_ONLY
    latex: str
    derivative_latex: str
    params: Mapping[str, Param] = field(default_factory=dict)
    aliases: tuple[str, ...] = ()
    source: str = ""
    frameworks: Mapping[str, Spelling] = field(default_factory=dict)
    constraint: Callable[..., str | None] | None = None
    monotone: bool | Callable = True
    image: Interval | Callable = field(default_factory=Interval)

    def __post_init__(self):
        # The record stands in for its function: same name, docstring and signature.
        for name in ("__name__", "__qualname__", "__doc__", "__module__"):
            object.__setattr__(self, name, getattr(self.f, name))
        object.__setattr__(self, "__wrapped__", self.f)
        kind = inspect.Parameter.POSITIONAL_OR_KEYWORD
        arguments = [inspect.Parameter(k, kind, default=p.default) for k, p in self.params.items()]
        signature = inspect.Signature([inspect.Parameter("x", kind), *arguments])
        object.__setattr__(self, "__signature__", signature)
        for name in ("params", "frameworks"):
            object.__setattr__(self, name, MappingProxyType(dict(getattr(self, name))))
        object.__setattr__(self, "_defaults", {k: p.default for k, p in self.params.items()})
        if self.constraint is not None and (complaint := self.constraint(**self._defaults)):
            raise ValueError(f"the defaults of {self.name} do not go together: {complaint}")
        for name in self._facts:
            object.__setattr__(self, name, self._as_function_of_parameters(name))

    _facts = ("image", "monotone")

    def __reduce__(self):
        return self.__name__  # pickled and copied by name, like any function

    @property
    def name(self) -> str:
        """The name under which the function is found in the catalogue."""
        return self.__name__

    @property
    def family(self) -> str:
        """The family, which is the name of the module and of the chapter."""
        return self.__module__.rpartition(".")[2]

    def __repr__(self) -> str:
        arguments = ", ".join(["x", *(f"{k}={p.default!r}" for k, p in self.params.items())])
        return f"<{type(self).__name__} {self.name}({arguments})>"

    def _as_function_of_parameters(self, name: str) -> Callable:
        value = getattr(self, name)

        def fact(**params):
            bound = self.bind(**params)
            return value(**bound) if callable(value) else value

        fact.__name__, fact.__doc__ = (
            name,
            f"{name} of {self.name} for the given parameters (default: the defaults).",
        )
        return fact

    def bind(self, *args, **params) -> dict[str, Any]:
        """Fill in defaults and check every parameter.

        Parameters
        ----------
        *args, **params
            Parameters of the function, by position or by name.

        Returns
        -------
        dict
            Every parameter by name.

        Raises
        ------
        TypeError
            If a parameter is unknown, given twice or of an unusable type.
        ValueError
            If a value is not legal.

        Examples
        --------
        >>> from activations import leaky_relu
        >>> leaky_relu.bind(0.2)
        {'negative_slope': 0.2}
        """
        if len(args) > len(self.params):
            raise TypeError(
                f"{self.name} takes at most {len(self.params)} parameters besides x, got {len(args)}"
            )
        given = dict(zip(self.params, args, strict=False))
        for name, value in params.items():
            if name not in self.params:
                legal = ", ".join(self.params) or "none"
                raise TypeError(f"{self.name} has no parameter {name!r}; its parameters: {legal}")
            if name in given:
                raise TypeError(f"{self.name} got {name} twice")
            given[name] = value
        bound = {**self._defaults, **{k: self.params[k].check(k, value) for k, value in given.items()}}
        if given and self.constraint is not None and (complaint := self.constraint(**bound)):
            raise ValueError(complaint)
        return bound


@dataclass(frozen=True, eq=False, repr=False)
class Activation(_Record):
    """An elementwise activation function: value, derivative and what is known about them.

    Call it like a function: ``elu(x, alpha=2.0)``. Every method takes the same parameters, by position or by
    name. Float dtypes are kept, integers become float64, scalars stay scalars, the input is never changed.
    NaN gives NaN, and ±inf gives the limit. float16 is computed in float32 and rounded once.

    Parameters
    ----------
    f, df : callable
        Value and derivative of a float array: plain NumPy functions ``f(x, **params)``. The name, docstring and
        module (the family) of the record are those of `f`.
    latex, derivative_latex : str
        The two formulas, without dollar signs.
    params : mapping of str to Param
        The parameters, in the order of the signature of `f`.
    aliases : tuple of str
        Other names in use.
    image : Interval or callable
        The set of values, its closure where it is open only by rounding; a function of the parameters where it
        depends on them. The same holds for `joints`, `smoothness` and `monotone`. On the record all four
        are functions of the parameters: ``elu.image(alpha=2.0)``.
    joints : tuple of float or callable
        The points where pieces meet.
    smoothness : int, float or callable
        The largest k for which the function is k times continuously differentiable; -1 where it jumps,
        inf where it is smooth.
    monotone : bool or callable
        Whether it never decreases.
    source : str
        Key of the defining publication in ``references.bib``.
    frameworks : mapping of str to Spelling
        Its spelling in ``torch``, ``keras``, ``jax`` and ``onnx``.
    param_derivatives : mapping of str to callable
        For learned parameters: the derivative with respect to the parameter.
    constraint : callable, optional
        Takes all parameters, returns a complaint when they do not go together, else None.

    Examples
    --------
    >>> import numpy as np
    >>> def cube(x):
    ...     return x * x * x
    >>> def cube_prime(x):
    ...     return 3 * x * x
    >>> cube = Activation(cube, cube_prime, latex="x^3", derivative_latex="3x^2")
    >>> print(cube([1, 2]), cube.derivative(2.0))
    [1. 8.] 12.0
    """

    df: Callable
    _: KW_ONLY
    joints: tuple[float, ...] | Callable = ()
    smoothness: float | Callable = math.inf
    param_derivatives: Mapping[str, Callable] = field(default_factory=dict)

    _facts = ("image", "monotone", "joints", "smoothness")

    def __call__(self, x, *args, **params):
        """Return the value at `x`."""
        return self._evaluate(self.f, x, args, params)

    def derivative(self, x, *args, **params):
        """Return the derivative at `x`.

        Parameters
        ----------
        x : array_like
            Real numbers, of any shape.
        *args, **params
            Parameters of the function.

        Returns
        -------
        numpy.ndarray or numpy scalar
            Of the shape and float dtype of `x`. At a joint, the convention that the function's docstring states.

        Raises
        ------
        TypeError
            If `x` does not hold real numbers or a parameter is unknown.
        ValueError
            If a parameter is not legal.

        Examples
        --------
        >>> from activations import relu
        >>> print(relu.derivative([-1.0, 0.0, 2.0]))
        [0. 0. 1.]
        """
        return self._evaluate(self.df, x, args, params)

    def vjp(self, x, g, *args, **params):
        """Carry a gradient backwards: the vector–Jacobian product ``g * derivative(x)``.

        Parameters
        ----------
        x : array_like
            Where the function was evaluated.
        g : array_like
            The gradient with respect to the output, of the shape of `x`.
        *args, **params
            Parameters of the function.

        Returns
        -------
        numpy.ndarray or numpy scalar
            The gradient with respect to `x`, of its shape and float dtype.

        Raises
        ------
        ValueError
            If `g` has another shape than `x`, or a parameter is not legal.
        TypeError
            If an input does not hold real numbers, or a parameter is unknown.

        Examples
        --------
        >>> from activations import relu
        >>> print(relu.vjp([-1.0, 2.0], [10.0, 10.0]))
        [ 0. 10.]
        """
        x, g = as_float_array(x), self._like(g, np.shape(x))
        with np.errstate(all="ignore"):
            return (self._evaluate(self.df, x, args, params) * g).astype(x.dtype, copy=False)[()]

    def param_vjp(self, x, g, *args, **params) -> dict[str, np.ndarray]:
        """Carry a gradient to the learned parameters.

        Parameters
        ----------
        x : array_like
            Where the function was evaluated.
        g : array_like
            The gradient with respect to the output, of the shape of `x`.
        *args, **params
            Parameters of the function.

        Returns
        -------
        dict
            For each learned parameter the gradient, of the shape of the parameter; empty where none is learned.

        Raises
        ------
        ValueError
            If `g` has another shape than `x`, or a parameter is not legal.
        TypeError
            If an input does not hold real numbers, or a parameter is unknown.

        Examples
        --------
        >>> from activations import prelu
        >>> prelu.param_vjp([-3.0, 2.0], [1.0, 1.0])
        {'weight': array(-3.)}
        """
        x, g = as_float_array(x), self._like(g, np.shape(x))
        bound = self._bind_for(x, args, params)
        gradients = {}
        for name, rule in self.param_derivatives.items():
            # Summed in float64 at least: a sum over a batch in float16 would overflow.
            flow = _elementwise(rule, x, bound).astype(np.float64) * g
            value = np.asarray(bound[name])
            kept = [a for a in range(x.ndim) if value.ndim and value.shape[a] > 1]
            total = flow.sum(axis=tuple(a for a in range(x.ndim) if a not in kept), keepdims=bool(value.ndim))
            given = np.shape(params.get(name, dict(zip(self.params, args, strict=False)).get(name, 0.0)))
            gradients[name] = np.asarray(total).reshape(given).astype(x.dtype)
        return gradients

    def bounded(self, **params) -> bool:
        """Whether the values stay in a finite interval."""
        image = self.image(**params)
        return math.isfinite(image.low) and math.isfinite(image.high)

    def zero_centred(self, **params) -> bool:
        """Whether the mean output is zero for every input that is symmetric about zero: whether it is odd."""
        x = np.linspace(0.01, 20, 500)
        return bool(np.allclose(self(-x, **params), -self(x, **params), rtol=1e-12, atol=0))

    def saturates(self, **params) -> tuple[str, ...]:
        """On which sides the slope tends to zero: a selection of ``"left"`` and ``"right"``."""
        ends = {"left": -math.inf, "right": math.inf}
        return tuple(side for side, x in ends.items() if self.derivative(x, **params) == 0)

    def max_slope(self, **params) -> float:
        """Return the largest absolute slope on a fine grid from -20 to 20 and at ±inf."""
        x = np.concatenate([[-math.inf], np.linspace(-20, 20, 40_001), [math.inf]])
        return float(np.nanmax(np.abs(self.derivative(x, **params))))  # periodic slopes are NaN at ±inf

    def _evaluate(self, rule, x, args, params):
        x = as_float_array(x)
        return _elementwise(rule, x, self._bind_for(x, args, params))[()]

    def _bind_for(self, x, args, params):
        bound = self.bind(*args, **params)
        for name, value in bound.items():
            if isinstance(value, np.ndarray):
                bound[name] = self._per_channel(name, value, x)
        return bound

    @staticmethod
    def _per_channel(name, value, x):
        """Reshape one value per channel so that it broadcasts against `x`."""
        shape = value.shape
        if value.ndim == 1 and x.ndim >= 2:
            shape = (1, value.size, *(1,) * (x.ndim - 2))
        if len(shape) != x.ndim or any(v not in (1, n) for v, n in zip(shape, x.shape, strict=True)):
            raise ValueError(
                f"{name} must be a number, one value per channel (axis 1 of x) or broadcast against x; "
                f"got shape {value.shape} for x of shape {x.shape}"
            )
        return value.reshape(shape)

    @staticmethod
    def _like(g, shape):
        g = as_float_array(g, "g")
        if g.shape != shape:
            raise ValueError(f"g must have the shape of the output, {shape}, got {g.shape}")
        return g


@dataclass(frozen=True, eq=False, repr=False)
class VectorActivation(_Record):
    r"""An activation function of whole vectors, such as softmax: an output depends on several inputs.

    Call it like a function: ``softmax(x, axis=-1)``. Its derivative is a Jacobian, so there is only `vjp`.
    The promises on dtypes and inputs are those of `Activation`; a single number has no axis and is an error.

    Parameters
    ----------
    f : callable
        The value: a plain NumPy function of an array that works along the last axis.
    pullback : callable
        ``pullback(x, g, **params)``: the vector–Jacobian product, along the last axis too.
    latex, derivative_latex, params, aliases, image, monotone, source, frameworks, constraint : various
        As in `Activation`; `params` may hold ``axis``, which the formulas never see. `monotone` says
        whether each output never decreases in its own input.
    width : callable, optional
        ``width(n, **params)``: how many outputs a slice of n inputs has, None where it becomes one number without
        an axis. If not given, `vjp` evaluates one slice to find out.
    fixed_axis : int, default -1
        The axis, where there is no parameter for it.

    Examples
    --------
    >>> import numpy as np
    >>> def total(x):
    ...     return x.sum(axis=-1)
    >>> def total_pullback(x, g):
    ...     return np.broadcast_to(g[..., None], x.shape)
    >>> total = VectorActivation(total, total_pullback, latex="\\sum x", derivative_latex="1")
    >>> print(total([[1, 2], [3, 4]]))
    [3. 7.]
    """

    pullback: Callable
    _: KW_ONLY
    width: Callable | None = None
    fixed_axis: int = -1

    def __call__(self, x, *args, **params):
        """Return the value at `x`."""
        x, axis, bound = self._prepare(x, args, params)
        return _along_axis(self.f, x, axis, bound)[()]

    def vjp(self, x, g, *args, **params):
        """Carry a gradient backwards: the vector–Jacobian product.

        Parameters
        ----------
        x : array_like
            Where the function was evaluated.
        g : array_like
            The gradient with respect to the output, of the shape of the output.
        *args, **params
            Parameters of the function.

        Returns
        -------
        numpy.ndarray
            The gradient with respect to `x`, of its shape and float dtype.

        Raises
        ------
        ValueError
            If `g` does not have the shape of the output, or a parameter is not legal.
        TypeError
            If an input does not hold real numbers, or a parameter is unknown.

        Examples
        --------
        >>> from activations import softmax
        >>> print(softmax.vjp([0.0, 0.0], [1.0, 0.0]))
        [ 0.25 -0.25]
        """
        x, axis, bound = self._prepare(x, args, params)
        g, expected = as_float_array(g, "g"), self._output_shape(x, axis, bound)
        if g.shape != expected:
            raise ValueError(f"g must have the shape of the output, {expected}, got {g.shape}")
        return _along_axis(self.pullback, x, axis, bound, g)

    def _output_shape(self, x, axis, bound):
        shape = list(x.shape)
        if self.width is None:
            first = _to_last(x, axis)[(slice(0, 1),) * (x.ndim - 1)]
            width = list(_along_axis(self.f, first, -1, bound).shape[x.ndim - 1 :])
        else:
            width = [w for w in [self.width(x.shape[axis], **bound)] if w is not None]
        shape[axis : axis + 1 or None] = width
        return tuple(shape)

    def _prepare(self, x, args, params):
        x = as_float_array(x)
        bound = self.bind(*args, **params)
        if "axis" not in self.params and x.ndim < -self.fixed_axis:
            raise ValueError(f"x must have at least {-self.fixed_axis} dimensions, got shape {x.shape}")
        if x.ndim == 0:
            raise ValueError("x must have at least one axis, got a single number")
        axis = bound.pop("axis", self.fixed_axis)
        if not -x.ndim <= axis < x.ndim:
            raise ValueError(f"axis must name one of the {x.ndim} axes of x, got {axis}")
        return x, axis, bound
