"""Activation functions of neural networks: exact values, derivatives, and what is known about each."""

from activations.catalogue import catalogue
from activations.exercises import check, hint, solution
from activations.explore import explore
from activations.exponential import celu, elu, selu, softplus, sparse_plus, squareplus
from activations.gated import geglu, gelu, glu, hard_silu, hard_swish, mish, reglu, silu, swiglu, swish
from activations.periodic import sine, snake
from activations.plotting import plot
from activations.rectified import leaky_relu, maxout, prelu, relu, relu6, rrelu, squared_relu, threshold
from activations.shrinkage import hard_shrink, soft_shrink, tanh_shrink
from activations.sigmoidal import (
    hard_sigmoid,
    hard_tanh,
    log_sigmoid,
    logistic,
    sigmoid,
    softsign,
    sparse_sigmoid,
    tanh,
)
from activations.softmax import hardmax, log_softmax, logsumexp, softmax, softmax2d, softmin, sparsemax
from activations.threshold import exponential, heaviside, identity, linear, step

__all__ = [
    "catalogue",
    "celu",
    "check",
    "elu",
    "explore",
    "exponential",
    "geglu",
    "gelu",
    "glu",
    "hard_shrink",
    "hard_sigmoid",
    "hard_silu",
    "hard_swish",
    "hard_tanh",
    "hardmax",
    "heaviside",
    "hint",
    "identity",
    "leaky_relu",
    "linear",
    "log_sigmoid",
    "log_softmax",
    "logistic",
    "logsumexp",
    "maxout",
    "mish",
    "plot",
    "prelu",
    "reglu",
    "relu",
    "relu6",
    "rrelu",
    "selu",
    "sigmoid",
    "silu",
    "sine",
    "snake",
    "soft_shrink",
    "softmax",
    "softmax2d",
    "softmin",
    "softplus",
    "softsign",
    "solution",
    "sparse_plus",
    "sparse_sigmoid",
    "sparsemax",
    "squared_relu",
    "squareplus",
    "step",
    "swiglu",
    "swish",
    "tanh",
    "tanh_shrink",
    "threshold",
]
