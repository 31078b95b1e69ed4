r"""Initialisers: how the weights and biases of a layer start.

Each is a plain function ``initialiser(rng, fan_in, fan_out)`` that draws from a NumPy generator and returns
the weights, of shape ``(fan_in, fan_out)``, and the biases, of shape ``(fan_out,)``. Any function of that
form will do for a network:

>>> import numpy as np
>>> def tiny(rng, fan_in, fan_out):
...     return rng.normal(0, 1e-3, (fan_in, fan_out)), np.zeros(fan_out)

The question that all of them answer: which variance of the weights lets the signal, or its gradient, keep its
size from layer to layer? With independent weights of mean 0, a pre-activation :math:`z = \sum_{i=1}^n w_i
a_i` has the variance :math:`n \operatorname{Var}(w)\, \mathbb{E}(a^2)`, so the variance must be a constant
over :math:`n`. The constant depends on the activation function.
"""

import inspect
import math
from collections.abc import Callable
from functools import partial

import numpy as np

__all__ = [
    "he",
    "initialiser_for",
    "initialisers",
    "lecun",
    "normal",
    "scaled",
    "siren",
    "suited",
    "torch_default",
    "xavier",
]

Pair = tuple[np.ndarray, np.ndarray]


def xavier(
    rng: np.random.Generator, fan_in: int, fan_out: int, *, gain: float = 1.0, distribution: str = "uniform"
) -> Pair:
    r"""Draw weights of variance :math:`2g^2/(n_\text{in} + n_\text{out})`, and biases of 0.

    A compromise: :math:`1/n_\text{in}` would keep the variance of the signal on its way forwards, and
    :math:`1/n_\text{out}` that of the gradient on its way back, where the slope of the activation function is
    near 1, as for tanh at 0.

    Parameters
    ----------
    rng : numpy.random.Generator
        Source of the draws.
    fan_in, fan_out : int
        Inputs and outputs of the layer.
    gain : float, default 1
        The factor :math:`g` on the standard deviation.
    distribution : {"uniform", "normal"}, default "uniform"
        Which distribution of that variance. The paper's is uniform, up to
        :math:`\pm g\sqrt{6/(n_\text{in} + n_\text{out})}`.

    Returns
    -------
    weights : numpy.ndarray
        Of shape ``(fan_in, fan_out)`` and dtype float64.
    biases : numpy.ndarray
        Of shape ``(fan_out,)``.

    Raises
    ------
    ValueError
        If a fan or `gain` is not positive, or `distribution` is neither of the two.

    References
    ----------
    Glorot and Bengio (2010), Understanding the difficulty of training deep feedforward neural networks.

    Examples
    --------
    >>> weights, biases = xavier(np.random.default_rng(0), 300, 100)
    >>> print(f"{weights.var():.4f}", weights.shape, biases.any())
    0.0050 (300, 100) False
    """
    _check_positive(gain=gain)
    return _draw(rng, fan_in, fan_out, gain**2, distribution, n=(fan_in + fan_out) / 2), np.zeros(fan_out)


def he(
    rng: np.random.Generator,
    fan_in: int,
    fan_out: int,
    *,
    negative_slope: float = 0.0,
    distribution: str = "normal",
) -> Pair:
    r"""Draw weights of variance :math:`2/((1 + s^2)\,n_\text{in})`, and biases of 0.

    ReLU sets half of a symmetric signal to zero, and with it half of its mean square; the 2 makes up for
    that. A leaky ReLU of slope :math:`s` keeps :math:`s^2` of the other half.

    Parameters
    ----------
    rng : numpy.random.Generator
        Source of the draws.
    fan_in, fan_out : int
        Inputs and outputs of the layer.
    negative_slope : float, default 0
        The slope :math:`s` of the leaky ReLU that follows; 0 for ReLU.
    distribution : {"normal", "uniform"}, default "normal"
        Which distribution of that variance.

    Returns
    -------
    weights : numpy.ndarray
        Of shape ``(fan_in, fan_out)`` and dtype float64.
    biases : numpy.ndarray
        Of shape ``(fan_out,)``.

    Raises
    ------
    ValueError
        If a fan is not positive, or `distribution` is neither of the two.

    References
    ----------
    He, Zhang, Ren and Sun (2015), Delving deep into rectifiers.

    Examples
    --------
    >>> weights, biases = he(np.random.default_rng(0), 300, 100)
    >>> print(f"{300 * weights.var():.2f}")
    1.99
    """
    return _draw(rng, fan_in, fan_out, 2 / (1 + negative_slope**2), distribution), np.zeros(fan_out)


def lecun(rng: np.random.Generator, fan_in: int, fan_out: int, *, distribution: str = "normal") -> Pair:
    r"""Draw weights of variance :math:`1/n_\text{in}`, and biases of 0.

    It keeps the variance of the signal through affine layers. SELU needs it: its constants are those for
    which a signal of mean 0 and variance 1 comes out as it went in.

    Parameters
    ----------
    rng : numpy.random.Generator
        Source of the draws.
    fan_in, fan_out : int
        Inputs and outputs of the layer.
    distribution : {"normal", "uniform"}, default "normal"
        Which distribution of that variance.

    Returns
    -------
    weights : numpy.ndarray
        Of shape ``(fan_in, fan_out)`` and dtype float64.
    biases : numpy.ndarray
        Of shape ``(fan_out,)``.

    Raises
    ------
    ValueError
        If a fan is not positive, or `distribution` is neither of the two.

    References
    ----------
    LeCun, Bottou, Orr and Müller (1998), Efficient BackProp.

    Examples
    --------
    >>> weights, biases = lecun(np.random.default_rng(0), 300, 100)
    >>> print(f"{300 * weights.var():.2f}")
    0.99
    """
    return scaled(rng, fan_in, fan_out, distribution=distribution)


def scaled(
    rng: np.random.Generator, fan_in: int, fan_out: int, *, scale: float = 1.0, distribution: str = "normal"
) -> Pair:
    r"""Draw weights of variance :math:`c/n_\text{in}` for any constant :math:`c`, and biases of 0.

    Parameters
    ----------
    rng : numpy.random.Generator
        Source of the draws.
    fan_in, fan_out : int
        Inputs and outputs of the layer.
    scale : float, default 1
        The constant :math:`c`; above 0. LeCun's is 1, He's 2; sigmoid, whose slope is at most 1/4, wants 16.
    distribution : {"normal", "uniform"}, default "normal"
        Which distribution of that variance.

    Returns
    -------
    weights : numpy.ndarray
        Of shape ``(fan_in, fan_out)`` and dtype float64.
    biases : numpy.ndarray
        Of shape ``(fan_out,)``.

    Raises
    ------
    ValueError
        If a fan or `scale` is not positive, or `distribution` is neither of the two.

    Examples
    --------
    >>> weights, biases = scaled(np.random.default_rng(0), 400, 100, scale=16)
    >>> print(f"{weights.std():.2f}")
    0.20
    """
    _check_positive(scale=scale)
    return _draw(rng, fan_in, fan_out, scale, distribution), np.zeros(fan_out)


def normal(rng: np.random.Generator, fan_in: int, fan_out: int, *, std: float = 0.01) -> Pair:
    r"""Draw weights of one standard deviation whatever the width, and biases of 0.

    The habit before Xavier and He: with 0.01, deep networks stall.

    Parameters
    ----------
    rng : numpy.random.Generator
        Source of the draws.
    fan_in, fan_out : int
        Inputs and outputs of the layer.
    std : float, default 0.01
        The standard deviation; above 0.

    Returns
    -------
    weights : numpy.ndarray
        Of shape ``(fan_in, fan_out)`` and dtype float64.
    biases : numpy.ndarray
        Of shape ``(fan_out,)``.

    Raises
    ------
    ValueError
        If a fan or `std` is not positive.

    References
    ----------
    Krizhevsky, Sutskever and Hinton (2012), ImageNet classification with deep convolutional neural networks.

    Examples
    --------
    >>> weights, biases = normal(np.random.default_rng(0), 300, 100)
    >>> print(f"{weights.std():.3f}")
    0.010
    """
    _check_positive(std=std)
    return _draw(rng, fan_in, fan_out, std**2, "normal", n=1), np.zeros(fan_out)


def torch_default(rng: np.random.Generator, fan_in: int, fan_out: int) -> Pair:
    r"""Draw weights and biases as PyTorch's ``Linear`` does, from :math:`U(\pm 1/\sqrt{n_\text{in}})`.

    The variance is :math:`1/(3n_\text{in})`, a sixth of He's, and the biases are as wide as a weight. (Keras
    starts its ``Dense`` layers with `xavier`, uniform.)

    Parameters
    ----------
    rng : numpy.random.Generator
        Source of the draws.
    fan_in, fan_out : int
        Inputs and outputs of the layer.

    Returns
    -------
    weights : numpy.ndarray
        Of shape ``(fan_in, fan_out)`` and dtype float64.
    biases : numpy.ndarray
        Of shape ``(fan_out,)``.

    Raises
    ------
    ValueError
        If a fan is not positive.

    References
    ----------
    PyTorch documentation, ``torch.nn.Linear``. The standard deviation is LeCun's over :math:`\sqrt 3`.

    Examples
    --------
    >>> weights, biases = torch_default(np.random.default_rng(0), 400, 100)
    >>> print(f"{abs(weights).max():.3f} {abs(biases).max():.3f} {400 * weights.var():.2f}")
    0.050 0.049 0.33
    """
    weights = _draw(rng, fan_in, fan_out, 1 / 3, "uniform")
    return weights, rng.uniform(-1, 1, fan_out) / math.sqrt(fan_in)


def siren(
    rng: np.random.Generator, fan_in: int, fan_out: int, *, omega: float = 30.0, first: bool = False
) -> Pair:
    r"""Draw the weights of a network of sines :math:`\sin(\omega_0 z)`.

    Weights from :math:`U(\pm\sqrt{6/n_\text{in}}/\omega_0)`, in the first layer from :math:`U(\pm
    1/n_\text{in})`; biases from :math:`U(\pm 1/\sqrt{n_\text{in}})`. The weighted sum, times
    :math:`\omega_0`, then has the variance 1 at every depth, and the biases only shift the phase; the first
    layer spreads its frequencies up to :math:`\omega_0`.

    Parameters
    ----------
    rng : numpy.random.Generator
        Source of the draws.
    fan_in, fan_out : int
        Inputs and outputs of the layer.
    omega : float, default 30
        The frequency :math:`\omega_0` of the sine; above 0.
    first : bool, default False
        Whether this is the first layer. A network sees to it.

    Returns
    -------
    weights : numpy.ndarray
        Of shape ``(fan_in, fan_out)`` and dtype float64.
    biases : numpy.ndarray
        Of shape ``(fan_out,)``.

    Raises
    ------
    ValueError
        If a fan or `omega` is not positive.

    References
    ----------
    Sitzmann, Martel, Bergman, Lindell and Wetzstein (2020), Implicit neural representations with periodic
    activation functions. The paper leaves the biases open; these are those of its authors' code.

    Examples
    --------
    >>> weights, biases = siren(np.random.default_rng(0), 2, 128, first=True)
    >>> print(f"{abs(weights).max():.2f}")
    0.50
    """
    _check_positive(omega=omega)
    if first:
        weights = _draw(rng, fan_in, fan_out, 1 / 3, "uniform", n=fan_in**2)
    else:
        weights = _draw(rng, fan_in, fan_out, 2 / omega**2, "uniform")
    return weights, rng.uniform(-1, 1, fan_out) / math.sqrt(fan_in)


def suited(record: Callable, **params) -> Callable:
    r"""Return an initialiser made for an elementwise activation function.

    Weights of variance :math:`c/n_\text{in}` with :math:`c = 1/\mathbb{E}[f'(Z)^2]`, where :math:`Z` is standard
    normal: a gradient then keeps its size on its way back through a layer. Biases of 0 in the first layer, and
    :math:`b_j = -f(0) \sum_i w_{ij}` in the others, so that a function with :math:`f(0) \ne 0`, such as sigmoid,
    starts centred: what counts of an input is :math:`f(z) - f(0)`.

    Parameters
    ----------
    record : Activation
        The function that stands before and after the weights.
    **params
        Its parameters.

    Returns
    -------
    callable
        An initialiser ``start(rng, fan_in, fan_out, first=False)``; its attribute ``scale`` is :math:`c`.

    Raises
    ------
    ValueError
        If the function has the slope 0 almost everywhere, so that no weights let a gradient through.

    References
    ----------
    The rule of He, Zhang, Ren and Sun (2015) for the gradient, with the slope of any function in it.

    Examples
    --------
    >>> from activations import relu, sigmoid
    >>> print(f"{suited(relu).scale:.2f} {suited(sigmoid).scale:.1f}")
    2.00 22.3
    """
    z = np.linspace(-8, 8, 16_000)  # even, so that 0, a kink of many functions, lies between two points
    density = np.exp(-z * z / 2)
    mean_square = np.average(record.derivative(z, **params) ** 2, weights=density)
    if not mean_square > 0:
        raise ValueError(f"{record.name} has the slope 0 wherever it is taken: no weights can suit it")
    scale, centre = float(1 / mean_square), float(record(0.0, **params))

    def start(rng, fan_in, fan_out, first=False):
        weights, biases = scaled(rng, fan_in, fan_out, scale=scale)
        return weights, biases if first else biases - centre * weights.sum(axis=0)

    start.scale = scale
    return start


def _check_positive(**arguments):
    for name, value in arguments.items():
        if not 0 < value < math.inf:
            raise ValueError(f"{name} must be above 0 and finite, got {value!r}")


def _draw(rng, fan_in, fan_out, scale, distribution, n=None):
    """Draw a matrix of weights of mean 0 and variance scale / n, where n is `fan_in` unless given."""
    _check_positive(fan_in=fan_in, fan_out=fan_out)
    std = math.sqrt(scale / (n or fan_in))
    if distribution == "normal":
        return rng.normal(0, std, (fan_in, fan_out))
    if distribution == "uniform":
        bound = math.sqrt(3) * std  # U(−b, b) has the variance b²/3
        return rng.uniform(-bound, bound, (fan_in, fan_out))
    raise ValueError(f"distribution must be 'normal' or 'uniform', got {distribution!r}")


initialisers = {
    "xavier": xavier,
    "glorot": xavier,
    "he": he,
    "kaiming": he,
    "lecun": lecun,
    "scaled": scaled,
    "normal": normal,
    "torch_default": torch_default,
    "siren": siren,
}


def initialiser_for(choice: str | Callable, layer: int) -> Callable:
    """Return the function that starts one layer of a network.

    Parameters
    ----------
    choice : str or callable
        A name in `initialisers`, or a function ``choice(rng, fan_in, fan_out)``.
    layer : int
        Which layer, counted from 0. A function with a parameter ``first``, such as `siren`, is told by it
        whether it starts the first layer.

    Returns
    -------
    callable
        A function of a generator, the number of inputs and that of outputs.

    Raises
    ------
    ValueError
        If there is no initialiser of that name.

    Examples
    --------
    >>> initialiser_for("kaiming", 0) is he
    True
    """
    if not callable(choice):
        if not isinstance(choice, str) or choice not in initialisers:
            known = ", ".join(initialisers)
            raise ValueError(f"initialiser must be a function or one of {known}, got {choice!r}")
        choice = initialisers[choice]
    has_first = "first" in inspect.signature(choice).parameters
    return partial(choice, first=layer == 0) if has_first else choice
