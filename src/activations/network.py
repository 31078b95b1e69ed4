"""A small neural network in plain NumPy that trains many seeds at once.

A result from one seed is an anecdote, so every array here has a leading axis for the seeds:

    parameters (S, inputs, outputs)    activations (S, examples, units)    losses (S,)

and each matrix product serves all of them. The seeds never mix: what one learns does not depend on which
others train beside it.

To read it, start with `Layer`: an affine map and its activation function, forwards and backwards. `MLP`
stacks layers and ends in a loss. `SGD` and `Adam` are the optimisers, `train` is the loop.
"""

import functools
import math
import os
import sys
from dataclasses import dataclass

import numpy as np
from threadpoolctl import ThreadpoolController
from tqdm import tqdm

from activations.catalogue import catalogue
from activations.core import Activation, VectorActivation
from activations.initialisers import initialiser_for
from activations.losses import binary_cross_entropy, cross_entropy, mean_squared_error

__all__ = ["Adam", "History", "MLP", "SGD", "Statistics", "train"]


class Layer:
    """An affine map, then, where asked for, a normalisation, an activation function and a shortcut around them all.

    `parameters` and `gradients` hold arrays of shape (S, ...) by name: views into the arrays of the network. After
    a pass they are joined by what it met: the inputs `x`, the input `z` of the activation function, its values `a`,
    and the gradient `dz` with respect to `z`.
    """

    def __init__(self, inputs, outputs, activation=None, normalise=None, residual=False):
        if normalise not in (None, "batch", "layer"):
            raise ValueError(f"normalise must be None, 'batch' or 'layer', got {normalise!r}")
        self.activation, params = _resolve(activation)
        self.settings, width = _fit(self.activation, params, outputs)
        self.residual = residual and inputs == outputs
        self.shapes = {"weights": (inputs, width), "biases": (1, width)}
        if normalise:
            self.shapes |= {"gain": (1, width), "shift": (1, width)}
        self.random = bool(self.settings.get("training"))
        self.learned = {
            name: self.settings[name] for name in getattr(self.activation, "param_derivatives", ())
        }
        for name, value in self.learned.items():
            if np.shape(value) not in ((), (width,)):
                raise ValueError(
                    f"{name} must be one number, or one for each of the {width} units, got shape {np.shape(value)}"
                )
            self.shapes[name] = (1, np.size(value))
        self.parameters, self.gradients = {}, {}  # by name, each of shape (S, *shape): set by the network
        self.normalise = Normalisation(normalise, self.parameters, self.gradients) if normalise else None

    def start(self, initialiser, rngs):
        """Draw the parameters of each seed from its generator, which `rrelu` also uses later on."""
        self.rngs = rngs
        for seed, rng in enumerate(rngs):
            weights, biases = initialiser(rng, *self.shapes["weights"])
            self.parameters["weights"][seed], self.parameters["biases"][seed] = weights, biases
        for name in self.shapes.keys() - {"weights", "biases"}:
            self.parameters[name][...] = {"gain": 1, "shift": 0, **self.learned}[name]

    def forward(self, x, training=False):
        """Return the outputs, of shape (S, N, outputs), and keep what `backward` needs."""
        self.x = x
        z = x @ self.parameters["weights"]
        z += self.parameters["biases"]
        self.z = self.normalise.forward(z, training) if self.normalise else z
        if self.random:
            self.draws = [int(rng.integers(2**63)) for rng in self.rngs] if training else None
        if isinstance(self.activation, VectorActivation):
            self.a = self.activation(self.z, **self.settings)
        else:
            self.a = self.z if self.activation is None else self._apply(self.activation.f)
        return self.a + x if self.residual else self.a

    def backward(self, g, inputs=True):
        """Take the gradient with respect to the outputs; set those of the parameters, return that of the inputs."""
        self.dz = dz = self._through_activation(g)
        if self.normalise:
            dz = self.normalise.backward(dz)
        np.matmul(self.x.swapaxes(1, 2), dz, out=self.gradients["weights"])
        np.sum(dz, axis=1, keepdims=True, out=self.gradients["biases"])
        if inputs:
            dx = dz @ self.parameters["weights"].swapaxes(1, 2)
            return dx + g if self.residual else dx

    def _apply(self, formula):
        """Apply one of the record's elementwise formulas to the pre-activations."""
        # The settings were checked when the layer was made, so this calls the plain formula. Python numbers keep
        # float32 as it is; the cast is for formulas with constants of float64.
        if not self.random:
            values = formula(self.z, **self.settings)
        elif self.draws is None:
            values = formula(self.z, **{**self.settings, "training": False})
        else:  # each seed draws for itself, and the same for value and slope
            settings = [{**self.settings, "rng": np.random.default_rng(draw)} for draw in self.draws]
            values = np.stack([formula(z, **each) for z, each in zip(self.z, settings, strict=True)])
        return values.astype(self.z.dtype, copy=False)

    def _through_activation(self, g):
        if self.activation is None:
            return g
        if isinstance(self.activation, VectorActivation):
            return self.activation.vjp(self.z, g, **self.settings)
        for name in self.learned:
            each = g * self._apply(self.activation.param_derivatives[name])
            shared = (1,) if self.gradients[name].shape[2] > 1 else (1, 2)
            np.sum(each, axis=shared, keepdims=True, out=self.gradients[name])
        return g * self._apply(self.activation.df)


class Normalisation:
    """Pre-activations of mean 0 and variance 1, then a learned gain and shift.

    Over what? Each unit over the mini-batch (Ioffe and Szegedy 2015), or each example over its units (Ba, Kiros and
    Hinton 2016).
    """

    def __init__(self, kind, parameters, gradients):
        self.axis = {"batch": 1, "layer": 2}[kind]
        self.parameters, self.gradients = parameters, gradients
        self.running = None  # mean and variance for prediction: batch normalisation only

    def forward(self, z, training):
        """Return normalised pre-activations, of the shape of `z`."""
        # Until the first training step there are no running averages, and the batch stands for itself.
        self.frozen = self.running is not None and not training
        if self.frozen:
            mean, variance = self.running
        else:
            mean, variance = z.mean(self.axis, keepdims=True), z.var(self.axis, keepdims=True)
            if training and self.axis == 1:
                old_mean, old_variance = self.running or (mean, variance)
                self.running = 0.9 * old_mean + 0.1 * mean, 0.9 * old_variance + 0.1 * variance
        self.inverse_std = 1 / np.sqrt(variance + 1e-5)
        self.normal = (z - mean) * self.inverse_std
        return self.parameters["gain"] * self.normal + self.parameters["shift"]

    def backward(self, g):
        """Set the gradients of gain and shift, and return that of `z`."""
        np.sum(g * self.normal, axis=1, keepdims=True, out=self.gradients["gain"])
        np.sum(g, axis=1, keepdims=True, out=self.gradients["shift"])
        g = g * self.parameters["gain"]
        if not self.frozen:
            # Mean and variance depend on z too: to shift all z alike, or to stretch them, changes nothing.
            stretch = (g * self.normal).mean(self.axis, keepdims=True)
            g = g - g.mean(self.axis, keepdims=True) - stretch * self.normal
        return g * self.inverse_std


class MLP:
    """Fully connected layers with a loss at the end, once for each seed.

    Parameters
    ----------
    sizes : sequence of int
        Units of every layer, from the inputs to the outputs: ``[64, 100, 10]`` has one hidden layer.
    activation : str, record, tuple or list, default "relu"
        The activation function of the hidden layers: a name in the catalogue, a record, or a pair of either and a
        dict of parameters, such as ``("elu", {"alpha": 0.5})``; or a list of these, one per hidden layer. A gated
        unit takes two pre-activations, so such a layer has twice as many; a maxout unit takes as many as it has
        pieces: ``("maxout", {"pieces": 3})``, or else 2. The slope of `prelu` is learned, from the
        value given: one for the layer, or one for each unit where that is an array.
    output : str, default "softmax"
        What turns the last pre-activations into predictions: ``"softmax"`` for classes, ``"sigmoid"`` for
        yes-or-no answers, ``"identity"`` for numbers, or another elementwise function of the catalogue.
    loss : {"cross_entropy", "binary_cross_entropy", "mean_squared_error"}, optional
        The loss. By default the one that goes with `output`: cross-entropy with softmax, binary cross-entropy
        with sigmoid, mean squared error with anything else. Mean squared error goes with any `output` but
        softmax.
    initialiser : str, callable or list, default "he"
        How the layers start: a name or function as `initialiser_for` takes it, or a list, one per layer.
    normalise : {None, "batch", "layer"}, default None
        Normalisation of the hidden pre-activations.
    residual : bool, default False
        Whether each hidden layer that does not change the width adds its input to its output.
    seeds : int or sequence of int, default 1
        The seeds, or how many: 5 is short for 0 to 4. A seed may come twice.
    dtype : dtype, default float32
        Precision: float32 or float64. Parameters are drawn in float64, so the two start alike.

    Attributes
    ----------
    layers : list of Layer
        The last is the output layer; its activation function is part of the loss.
    parameters, gradients : numpy.ndarray
        All of them, of shape (S, P); the layers hold views.

    Raises
    ------
    ValueError
        If a size, activation function, output, loss, initialiser or seed is not legal, or a list has the
        wrong length.
    TypeError
        If a parameter of an activation function is unknown.

    Examples
    --------
    >>> net = MLP([2, 8, 2], "tanh", seeds=3)
    >>> net.predict(np.zeros((5, 2))).shape
    (3, 5, 2)
    """

    def __init__(
        self,
        sizes,
        activation="relu",
        *,
        output="softmax",
        loss=None,
        initialiser="he",
        normalise=None,
        residual=False,
        seeds=1,
        dtype=np.float32,
    ):
        self.sizes = list(sizes)
        if len(self.sizes) < 2 or not all(isinstance(n, int | np.integer) and n > 0 for n in self.sizes):
            raise ValueError(f"sizes must be at least two whole numbers, inputs to outputs, got {sizes!r}")
        self.dtype = np.dtype(dtype)
        if self.dtype not in (np.float32, np.float64):
            raise ValueError(f"dtype must be float32 or float64, got {dtype!r}")
        self.seeds = list(range(seeds) if isinstance(seeds, int | np.integer) else seeds)
        if not self.seeds:
            raise ValueError(f"seeds must name at least one seed, got {seeds!r}")
        self.output, self.loss_function = _pair(output, loss)

        *hidden, (last_in, last_out) = zip(self.sizes, self.sizes[1:], strict=False)
        activations = _per_layer("activation", activation, len(hidden))
        self.layers = [
            Layer(*widths, choice, normalise, residual)
            for widths, choice in zip(hidden, activations, strict=True)
        ]
        self.layers.append(Layer(last_in, last_out))

        total = sum(math.prod(shape) for layer in self.layers for shape in layer.shapes.values())
        self.parameters = np.empty((len(self.seeds), total), self.dtype)
        self.gradients = np.zeros_like(self.parameters)
        self._share_out()

        # Two streams for each seed, so that the order of the examples is the same whatever the network.
        streams = [np.random.default_rng(seed).spawn(2) for seed in self.seeds]
        weights, self.orders = zip(*streams, strict=True)
        choices = _per_layer("initialiser", initialiser, len(self.layers))
        for number, (layer, choice) in enumerate(zip(self.layers, choices, strict=True)):
            layer.start(initialiser_for(choice, number), weights)

    def _share_out(self):
        """Give the layers their parts of the parameters and gradients, as views."""
        start = 0
        for layer in self.layers:
            for name, shape in layer.shapes.items():
                part = slice(start, start + math.prod(shape))
                layer.parameters[name] = self.parameters[:, part].reshape(-1, *shape)
                layer.gradients[name] = self.gradients[:, part].reshape(-1, *shape)
                start = part.stop
            layer.settings.update({name: layer.parameters[name] for name in layer.learned})

    def __setstate__(self, state):  # a copied network: its views are none any more
        self.__dict__.update(state)
        self._share_out()

    def __repr__(self):
        count, total = self.parameters.shape
        return f"<MLP {'-'.join(map(str, self.sizes))}, {count} seed{'s' * (count > 1)}, {total} parameters each>"

    @np.errstate(all="ignore")
    def forward(self, x, training=False):
        """Return the last pre-activations, the logits of a classifier.

        Parameters
        ----------
        x : array_like
            Inputs, of shape (N, F) for all seeds, or (S, N, F).
        training : bool, default False
            Whether batch normalisation uses, and remembers, the statistics of this batch, and `rrelu` draws.

        Returns
        -------
        numpy.ndarray
            Of shape (S, N, outputs).

        Raises
        ------
        ValueError
            If `x` does not have that shape.

        Examples
        --------
        >>> MLP([2, 8, 3], seeds=4).forward(np.zeros((5, 2))).shape
        (4, 5, 3)
        """
        x = np.asarray(x, self.dtype)
        x = x[None] if x.ndim == 2 else x
        if x.ndim != 3 or x.shape[0] not in (1, len(self.seeds)) or x.shape[2] != self.sizes[0]:
            raise ValueError(
                f"x must have the shape (examples, {self.sizes[0]}), alone or once for each of the "
                f"{len(self.seeds)} seeds, got {x.shape}"
            )
        for layer in self.layers:
            x = layer.forward(x, training)
        return x

    @np.errstate(all="ignore")
    def backward(self, g, inputs=True):
        """Carry a gradient from the last pre-activations to all parameters, for the inputs of the last `forward`.

        Parameters
        ----------
        g : numpy.ndarray
            The gradient with respect to what `forward` returned, of its shape.
        inputs : bool, default True
            Whether to go on to the inputs.

        Returns
        -------
        numpy.ndarray or None
            The gradient with respect to the inputs, of shape (S, N, F).

        Raises
        ------
        ValueError
            If `g` has another shape.

        Examples
        --------
        >>> net = MLP([2, 8, 3])
        >>> net.backward(np.ones_like(net.forward(np.zeros((5, 2))))).shape
        (1, 5, 2)
        """
        g = np.asarray(g, self.dtype)
        if g.shape != self.layers[-1].a.shape:
            raise ValueError(f"g must have the shape of the output, {self.layers[-1].a.shape}, got {g.shape}")
        for number, layer in reversed(list(enumerate(self.layers))):
            g = layer.backward(g, inputs or number > 0)
        return g

    def predict(self, x):
        """Return the predictions: what the output function makes of the last pre-activations.

        Parameters
        ----------
        x : array_like
            Inputs, as `forward` takes them.

        Returns
        -------
        numpy.ndarray
            Of shape (S, N, outputs).

        Raises
        ------
        ValueError
            If `x` has another shape.

        Examples
        --------
        >>> print(MLP([2, 8, 2]).predict([[0.0, 0.0]]))
        [[[0.5 0.5]]]
        """
        z = self.forward(x)
        return z if self.output is None else self.output(z)

    def loss(self, x, y):
        """Return the loss of each seed, the mean over all examples.

        Parameters
        ----------
        x : array_like
            Inputs, as `forward` takes them.
        y : array_like
            Labels of shape (N,) for softmax, or probabilities of shape (N, outputs); for the other outputs,
            targets of shape (N, outputs), or (N,) for one.

        Returns
        -------
        numpy.ndarray
            Of shape (S,).

        Raises
        ------
        ValueError
            If a shape is wrong, a label out of range or a target not finite.

        Examples
        --------
        >>> print(MLP([2, 8, 2], seeds=3).loss(np.zeros((5, 2)), np.zeros(5, int)).round(4))
        [0.6931 0.6931 0.6931]
        """
        return self._loss_of(self.forward(x), self._targets(x, y))[0]

    def accuracy(self, x, y):
        """Return the share of right answers of each seed: the most probable class, or each yes or no.

        It is NaN for a seed that has diverged.

        Parameters
        ----------
        x : array_like
            Inputs, as `forward` takes them.
        y : array_like
            Labels or targets, as `loss` takes them.

        Returns
        -------
        numpy.ndarray
            Of shape (S,).

        Raises
        ------
        ValueError
            If the output is neither softmax nor sigmoid, or `loss` would refuse `y`.

        Examples
        --------
        >>> MLP([2, 8, 2], seeds=3).accuracy(np.zeros((5, 2)), np.zeros(5, int)).shape
        (3,)
        """
        return self._accuracy_of(self.forward(x), self._targets(x, y))

    @np.errstate(all="ignore")
    def statistics(self, x, y=None, *, g=None, saturated=0.01):
        """Measure every hidden layer.

        Parameters
        ----------
        x : array_like
            Inputs, as `forward` takes them; for dead units, all training inputs.
        y : array_like, optional
            Labels or targets, as `loss` takes them: the gradients are then those of the loss.
        g : array_like, optional
            In place of `y`, a gradient with respect to the last pre-activations, of shape (N, outputs) or
            (S, N, outputs): the gradients are then what becomes of it on its way back.
        saturated : float, default 0.01
            The slope below which, in absolute value, a unit counts as saturated for an input.

        Returns
        -------
        Statistics
            Arrays of shape (S, hidden layers); NaN for a seed that has diverged.

        Raises
        ------
        ValueError
            If `x` or `y` has another shape.

        Examples
        --------
        >>> x = np.random.default_rng(0).standard_normal((1000, 64))
        >>> report = MLP([64, 200, 100, 10], "relu", seeds=2).statistics(x)
        >>> print(report.silent.round(1))
        [[0.5 0.5]
         [0.5 0.5]]
        """
        z = self.forward(x)
        if y is not None:
            g = self._loss_of(z, self._targets(x, y))[1]
        if g is not None:
            self.backward(np.broadcast_to(g, z.shape))
        shape = (len(self.seeds), len(self.layers) - 1)
        report = {name: np.full(shape, np.nan) for name in Statistics.__annotations__}
        diverged = ~np.isfinite(self.parameters).all(axis=1)
        for number, layer in enumerate(self.layers[:-1]):
            zero = layer.a == 0
            found = {
                "mean": layer.a.mean(axis=(1, 2), dtype=np.float64),
                "variance": layer.a.var(axis=(1, 2), dtype=np.float64),
                "silent": zero.mean(axis=(1, 2)),
                "dead": zero.all(axis=1).mean(axis=1),
            }
            if isinstance(layer.activation, Activation):
                slope = layer._apply(layer.activation.df)
                found["saturated"] = (np.abs(slope) < saturated).mean(axis=(1, 2))
            if g is not None:
                # In float64: the squares of a vanished gradient are too small for float32.
                found["gradient"] = np.linalg.norm(layer.dz.astype(np.float64), axis=(1, 2))
                found["weight_gradient"] = np.linalg.norm(
                    layer.gradients["weights"].astype(np.float64), axis=(1, 2)
                )
            for name, values in found.items():
                report[name][:, number] = np.where(diverged, np.nan, values)
        return Statistics(**report)

    def _targets(self, x, y, name="y"):
        """Return labels or targets, or raise an error that says what is wrong with them."""
        y, outputs = np.asarray(y), self.sizes[-1]
        if self.loss_function is not cross_entropy and outputs == y.ndim == 1:
            y = y[:, None]
        try:
            self.loss_function.check(np.zeros((np.shape(x)[-2], outputs)), y)
        except (TypeError, ValueError) as error:
            raise type(error)(f"{name}: {error}") from None
        return y

    def _loss_of(self, z, y):
        """Return the loss of each seed and its gradient with respect to the last pre-activations."""
        if self.output is None or self.loss_function.output == self.output.name:  # a loss of logits
            return self.loss_function(z, y), self.loss_function.gradient(z, y)
        predictions = self.output(z)
        g = self.loss_function.gradient(predictions, y)
        return self.loss_function(predictions, y), self.output.vjp(z, g)

    def _accuracy_of(self, z, y):
        if self.loss_function is cross_entropy:
            right = z.argmax(axis=2) == (y.argmax(axis=-1) if y.dtype.kind == "f" else y)
        elif self.output is not None and self.output.name == "sigmoid":
            right = ((z > 0) == (y > 0.5)).mean(axis=2)
        else:
            raise ValueError("accuracy needs an output of softmax or sigmoid")
        return np.where(np.isnan(z).any(axis=(1, 2)), np.nan, right.mean(axis=1))


@dataclass(frozen=True)
class Statistics:
    """What `MLP.statistics` finds, each an array of shape (S, hidden layers).

    Parameters
    ----------
    mean, variance : numpy.ndarray
        Mean and variance of the activations, over all examples and units.
    silent : numpy.ndarray
        The share of activations that are exactly 0.
    dead : numpy.ndarray
        The share of units that are 0 for every example.
    saturated : numpy.ndarray
        The share of pre-activations where the slope is nearly 0; NaN for vector functions such as softmax.
    gradient : numpy.ndarray
        The Euclidean norm of the gradient of the loss with respect to the inputs of the activation function,
        over all examples and units; NaN where no labels were given.
    weight_gradient : numpy.ndarray
        The norm of the gradient with respect to the weights.
    """

    mean: np.ndarray
    variance: np.ndarray
    silent: np.ndarray
    dead: np.ndarray
    saturated: np.ndarray
    gradient: np.ndarray
    weight_gradient: np.ndarray


class SGD:
    """Stochastic gradient descent: a step against the gradient, with momentum if wanted.

    Parameters
    ----------
    lr : float or array_like, default 0.1
        The learning rate, above 0: one for all, or one for each seed.
    momentum : float, default 0
        How much of the last step to keep, from 0 to below 1.

    Raises
    ------
    ValueError
        If a parameter is out of range.

    References
    ----------
    Polyak (1964), Some methods of speeding up the convergence of iteration methods.

    Examples
    --------
    >>> w = np.array([[1.0]])
    >>> SGD(0.1).step(w, 2 * w)
    >>> print(w)
    [[0.8]]
    """

    def __init__(self, lr=0.1, momentum=0.0):
        self.lr, self.momentum, self.parameters = _rate(lr), _share("momentum", momentum), None

    def step(self, parameters, gradients):
        """Change the parameters in place.

        Parameters
        ----------
        parameters, gradients : numpy.ndarray
            Of shape (S, P).

        Examples
        --------
        >>> w = np.array([[1.0]])
        >>> SGD(0.1).step(w, np.array([[1.0]]))
        >>> print(w)
        [[0.9]]
        """
        if self.momentum:
            if self.parameters is not parameters:  # a network this optimiser has not met before
                self.parameters, self.velocity = parameters, np.zeros_like(parameters)
            self.velocity *= self.momentum
            self.velocity += gradients
            gradients = self.velocity
        parameters -= self.lr.astype(parameters.dtype) * gradients


class Adam:
    """Adam: steps of about the learning rate, whatever the size of the gradient.

    Parameters
    ----------
    lr : float or array_like, default 0.001
        The learning rate, above 0: one for all, or one for each seed.
    beta1, beta2 : float, default 0.9 and 0.999
        How slowly the running means of the gradient and of its square forget, from 0 to below 1.
    eps : float, default 1e-8
        Keeps the quotient finite where the gradient is 0.

    Raises
    ------
    ValueError
        If a parameter is out of range.

    References
    ----------
    Kingma and Ba (2015), Adam: a method for stochastic optimization.

    Examples
    --------
    >>> w = np.array([[1.0, -20.0]])
    >>> Adam(0.1).step(w, 2 * w)
    >>> print(w)
    [[  0.9 -19.9]]
    """

    def __init__(self, lr=1e-3, beta1=0.9, beta2=0.999, eps=1e-8):
        self.lr, self.eps, self.parameters = _rate(lr), eps, None
        self.beta1, self.beta2 = _share("beta1", beta1), _share("beta2", beta2)

    def step(self, parameters, gradients):
        """Change the parameters in place.

        Parameters
        ----------
        parameters, gradients : numpy.ndarray
            Of shape (S, P).

        Examples
        --------
        >>> w = np.array([[1.0]])
        >>> Adam(0.1).step(w, np.array([[1.0]]))
        >>> print(w)
        [[0.9]]
        """
        if self.parameters is not parameters:  # a network this optimiser has not met before
            self.parameters, self.t = parameters, 0
            self.m, self.v, self.scratch = (np.zeros_like(parameters) for _ in range(3))
        # The textbook's m and v, each divided by 1 − β: two passes over the memory fewer. The corrections for the
        # start from 0, and those factors, go into two numbers.
        self.t += 1
        self.m *= self.beta1
        self.m += gradients
        self.v *= self.beta2
        np.multiply(gradients, gradients, out=self.scratch)
        self.v += self.scratch
        of_mean = (1 - self.beta1) / (1 - self.beta1**self.t)
        of_root = math.sqrt((1 - self.beta2) / (1 - self.beta2**self.t))
        np.sqrt(self.v, out=self.scratch)
        self.scratch += self.eps / of_root
        np.divide(self.m, self.scratch, out=self.scratch)
        self.scratch *= (self.lr * of_mean / of_root).astype(parameters.dtype)
        parameters -= self.scratch


@dataclass(frozen=True)
class History:
    """What `train` saw, epoch by epoch: arrays of shape (epochs, S).

    Parameters
    ----------
    loss : numpy.ndarray
        The mean loss over the mini-batches of the epoch, each before its step.
    validation_loss : numpy.ndarray
        The loss on the validation set after the epoch; NaN without one.
    validation_accuracy : numpy.ndarray
        The share of right answers there; NaN for regression.
    diverged : numpy.ndarray
        Whether the loss of a seed ceased to be finite, of shape (S,). From then on its loss is NaN or
        infinite.
    """

    loss: np.ndarray
    validation_loss: np.ndarray
    validation_accuracy: np.ndarray
    diverged: np.ndarray

    def __repr__(self):
        epochs, seeds = self.loss.shape
        return f"<History of {epochs} epochs, {seeds} seeds, {self.diverged.sum()} diverged>"


@np.errstate(all="ignore")
def train(net, x, y, *, epochs=20, batch=64, optimiser=None, validation=None, diverged="raise", threads=1):
    """Train a network in place, all its seeds at once.

    Each seed sees the examples in its own order, which depends on the seed alone, and learns what it would
    learn by itself. Calling `train` again goes on from where it stopped.

    Parameters
    ----------
    net : MLP
        The network.
    x : array_like
        Inputs, of shape (N, F).
    y : array_like
        Labels or targets, as `MLP.loss` takes them.
    epochs : int, default 20
        How often to go through all examples.
    batch : int or None, default 64
        Examples per step; None takes all of them at once, in order. The last batch of an epoch may be
        smaller.
    optimiser : SGD or Adam, optional
        ``Adam()`` if not given. To go on with its momentum, pass the same one again.
    validation : tuple, optional
        Inputs and labels to measure after every epoch.
    diverged : {"raise", "record"}, default "raise"
        What to do when the loss of a seed is no longer finite: stop with an error, or note it in the history
        and go on with the other seeds.
    threads : int or None, default 1
        Threads for each matrix product; None leaves it to the library. These matrices are small: more threads
        gain little, and take many times as long where other programs want the processor too.

    Returns
    -------
    History
        Losses by epoch and seed.

    Raises
    ------
    ValueError
        If an argument is not legal, a shape is wrong, an input not finite or a label out of range.
    FloatingPointError
        If the loss of a seed is no longer finite, unless that is to be recorded.

    Examples
    --------
    >>> from activations.data import xor
    >>> net = MLP([2, 8, 2], "tanh", seeds=3)
    >>> history = train(net, *xor(), epochs=200, batch=None, optimiser=Adam(0.05))
    >>> print(net.accuracy(*xor()))
    [1. 1. 1.]
    """
    if diverged not in ("raise", "record"):
        raise ValueError(f"diverged must be 'raise' or 'record', got {diverged!r}")
    x, y = _examples(net, ("x", "y"), x, y)
    if validation is not None:
        validation = _examples(net, ("validation[0]", "validation[1]"), *validation)
    for name, value in {"epochs": epochs, "batch": batch, "threads": threads}.items():
        if value is None and name != "epochs":
            continue
        if not isinstance(value, int | np.integer) or value < 1:
            raise ValueError(f"{name} must be a whole number of at least 1, got {value!r}")
    optimiser = Adam() if optimiser is None else optimiser
    if optimiser.lr.size not in (1, len(net.seeds)):
        raise ValueError(
            f"lr must be one number, or one for each of {len(net.seeds)} seeds, got {optimiser.lr.size}"
        )
    classifies = net.output is not None and net.output.name in ("softmax", "sigmoid")

    history = History(*np.full((3, epochs, len(net.seeds)), np.nan), np.zeros(len(net.seeds), bool))
    with _libraries().limit(limits=threads, user_api="blas"):
        for epoch in _progress(epochs):
            history.loss[epoch] = 0
            for inputs, targets in _batches(x, y, batch, net.orders):
                z = net.forward(inputs, training=True)
                loss, g = net._loss_of(z, targets)
                net.backward(g, inputs=False)
                optimiser.step(net.parameters, net.gradients)
                history.loss[epoch] += loss * (z.shape[1] / len(x))
            if validation is not None:
                z = net.forward(validation[0])
                history.validation_loss[epoch] = net._loss_of(z, validation[1])[0]
                if classifies:
                    history.validation_accuracy[epoch] = net._accuracy_of(z, validation[1])
            finite = np.isfinite(history.loss[epoch]) & np.isfinite(net.parameters).all(axis=1)
            history.diverged[:] |= ~finite
            if diverged == "raise" and not finite.all():
                seeds = ", ".join(str(seed) for seed, well in zip(net.seeds, finite, strict=True) if not well)
                raise FloatingPointError(
                    f"the loss ceased to be finite in epoch {epoch + 1} for seed {seeds}: try a smaller learning "
                    "rate, or pass diverged='record' to go on with the others"
                )
            if history.diverged.all():
                break
    return history


@functools.cache
def _libraries():
    """Find the linear algebra libraries in use, whose threads can be limited; once, as it takes some milliseconds."""
    return ThreadpoolController()


def _examples(net, names, x, y):
    """Return inputs and targets in the network's dtype, or raise an error that says what is wrong with them."""
    x = np.asarray(x, net.dtype)
    if x.ndim != 2 or x.shape[1] != net.sizes[0] or not len(x):
        raise ValueError(f"{names[0]} must have the shape (examples, {net.sizes[0]}), got {x.shape}")
    if not np.isfinite(x).all():
        raise ValueError(f"{names[0]} must be finite, got NaN or infinity")
    return x, net._targets(x, y, names[1])


def _batches(x, y, size, rngs):
    """Cut the examples into mini-batches, in an order of its own for each seed."""
    if size is None:
        yield x[None], y
        return
    orders = np.stack([rng.permutation(len(x)) for rng in rngs])
    for start in range(0, len(x), size):
        rows = orders[:, start : start + size]
        yield x.take(rows, axis=0), y.take(rows, axis=0)


def _progress(epochs):
    """Count the epochs, with a bar after two seconds if somebody watches: at a terminal, or in a live notebook."""
    # Jupyter names the session of a notebook that a person has open, not of one that a program runs.
    watched = "JPY_SESSION_NAME" in os.environ or (sys.stderr is not None and sys.stderr.isatty())
    return tqdm(range(epochs), desc="training", unit="epoch", delay=2, leave=False, disable=not watched)


def _pair(output, loss):
    """Return the record of the output function, None for the identity, and the loss."""
    record = None if output == "identity" else _resolve(output)[0]
    if isinstance(record, VectorActivation) and record.name != "softmax":
        raise ValueError(f"output must be softmax or an elementwise function, got {output!r}")
    losses = {loss.name: loss for loss in (cross_entropy, binary_cross_entropy, mean_squared_error)}
    natural = next((f for f in losses.values() if record and f.output == record.name), mean_squared_error)
    legal = {natural.name} if natural is cross_entropy else {natural.name, "mean_squared_error"}
    if loss is not None and loss not in legal:
        raise ValueError(f"loss must be {' or '.join(sorted(legal))} with output {output!r}, got {loss!r}")
    return record, losses[loss] if loss else natural


def _per_layer(name, choice, count):
    """Return one choice for each layer."""
    if not isinstance(choice, list):
        return [choice] * count
    if len(choice) != count:
        raise ValueError(f"{name} must be one for all or a list of {count}, one per layer, got {len(choice)}")
    return choice


def _rate(lr):
    lr = np.asarray(lr, np.float64)
    if lr.ndim > 1 or not ((lr > 0) & (lr < np.inf)).all():
        raise ValueError(f"lr must be a positive number, or one for each seed, got {lr}")
    return lr[:, None] if lr.ndim else lr


def _share(name, value):
    if not 0 <= value < 1:
        raise ValueError(f"{name} must be at least 0 and below 1, got {value!r}")
    return float(value)


def _resolve(choice):
    """Return the record that a choice of activation function names, None for the identity, and its parameters."""
    record, params = choice if isinstance(choice, tuple) else (choice, {})
    if isinstance(record, str):
        try:
            record = catalogue[record]
        except KeyError as error:
            raise ValueError(f"activation: {error.args[0]}") from None
    if not (record is None or isinstance(record, Activation | VectorActivation)):
        raise ValueError(f"activation must be a name in the catalogue or a record, got {record!r}")
    return record, params


def _fit(record, params, outputs):
    """Return all parameters of a record, checked, and how many pre-activations it needs for so many outputs."""
    if record is None:
        return {}, outputs
    counts = (1, 2)
    if "groups" in record.params:  # maxout: one group per unit, as many pieces in each as one likes
        params = {"groups": outputs, "pieces": 2, **params}
        counts = (params.pop("pieces"),)
    settings = record.bind(**params)
    if isinstance(record, Activation):
        return settings, outputs
    axis = settings.pop("axis", record.fixed_axis)
    if axis != -1:
        raise ValueError(
            f"activation {record.name} must work along the last axis, the units, not along {axis}"
        )
    for count in counts:
        try:
            if record(np.zeros((1, 1, count * outputs)), **settings).shape == (1, 1, outputs):
                return settings, count * outputs
        except ValueError:  # nothing that can be split as it wants to be
            continue
    raise ValueError(f"activation {record.name} with {settings} can't give {outputs} units")
