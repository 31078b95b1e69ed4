"""Run the experiments of the chapter on training that take longer than a notebook should.

    python tools/sweep.py              run all of them and rewrite chapters/training/sweep.json (a quarter of an hour)
    python tools/sweep.py depth sizes  run and rewrite only these

Repeat number s has the split of the data, the start of the weights and the order of the examples that the seed s gives,
whatever the activation function, so that two functions can be compared pair by pair. The test set serves for the final
number only. What is stored is counts: of test and validation images told right (-1 where the training diverged), of
epochs, of dead units in a thousand; and for regression errors in thousandths of the variance of the targets.
"""

import argparse
import json
import time
from functools import partial
from pathlib import Path

import numpy as np

from activations import catalogue
from activations.data import diabetes, digits
from activations.initialisers import scaled, suited
from activations.network import MLP, Adam, train

STORE = Path(__file__).resolve().parents[1] / "chapters" / "training" / "sweep.json"

RATES = (0.001, 0.003, 0.01, 0.03)
REPEATS = 10
EPOCHS = 15
WIDTH = 100
GOAL = 0.95  # the validation accuracy whose first epoch is noted

# With their default parameters these are others of the list: identity, relu and elu.
TWINS = ("linear", "threshold", "celu")
# A gated unit a g(b) and a maxout unit have two pre-activations, so 65 of them have as many weights as 100 others.
GATES = {"glu": "sigmoid", "reglu": "relu", "geglu": "gelu", "swiglu": "silu"}
PAIRED_WIDTH = 65
FEW = ("relu", "tanh", "gelu", "sigmoid")


def contestants():
    """Return the names of all functions that take part, in teaching order."""
    names = [name for name, record in catalogue.items() if hasattr(record, "df") and name not in TWINS]
    return [*names, "maxout", *GATES]


def setting(name, start="suited", width=WIDTH):
    """Return activation, initialiser of the hidden layers and width for a network with this function."""
    if name in GATES:
        z = np.linspace(-8, 8, 16_000)
        gate = catalogue[GATES[name]]
        # The gradient of a g(b) goes through both factors, a being standard normal: its square keeps the sum of theirs.
        kept = np.average(gate(z) ** 2 + gate.derivative(z) ** 2, weights=np.exp(-z * z / 2))
        return name, partial(scaled, scale=1 / kept), PAIRED_WIDTH
    if name == "maxout":
        return name, "lecun", PAIRED_WIDTH  # of two slopes one is 1 and the other 0
    activation = ("rrelu", {"training": True}) if name == "rrelu" else name
    if start != "suited":
        return activation, start, width
    return activation, {"sine": "siren", "step": "lecun"}.get(name) or suited(catalogue[name]), width


def network(inputs, outputs, name, start="suited", depth=2, width=WIDTH, **options):
    """Return a network that starts as suits its function; the output layer starts alike for all."""
    activation, initialiser, width = setting(name, start, width)
    starts = [initialiser] * depth + ["lecun" if start == "suited" else start]
    return MLP([inputs, *[width] * depth, outputs], activation, initialiser=starts, **options)


def parts(load, seed):
    """Return the data of one repeat: for training, validation and test."""
    x, y, x_test, y_test = load(seed=seed)
    cut = round(0.75 * len(x))
    return (x[:cut], y[:cut]), (x[cut:], y[cut:]), (x_test, y_test)


def race(
    name, *, start="suited", depth=2, width=WIDTH, rates=RATES, repeats=REPEATS, epochs=EPOCHS, examples=None
):
    """Train on the digits; return counts of shape (rates, repeats) by name."""
    counts = {key: np.zeros((len(rates), repeats), int) for key in ("validation", "test", "epochs", "dead")}
    for seed in range(repeats):
        training, validation, test = parts(digits, seed)
        x, y = (a[:examples] for a in training)
        net = network(64, 10, name, start, depth, width, seeds=[seed] * len(rates))
        history = train(
            net, x, y, epochs=epochs, optimiser=Adam(rates), validation=validation, diverged="record"
        )
        for key, (inputs, labels) in {"validation": validation, "test": test}.items():
            right = net.accuracy(inputs, labels) * len(labels)
            counts[key][:, seed] = np.where(history.diverged, -1, np.nan_to_num(right).round())
        there = history.validation_accuracy >= GOAL
        counts["epochs"][:, seed] = np.where(there.any(axis=0), there.argmax(axis=0) + 1, -1)
        dead = net.statistics(x).dead.mean(axis=1)
        counts["dead"][:, seed] = np.where(history.diverged, -1, np.nan_to_num(1000 * dead).round())
    return {key: value.tolist() for key, value in counts.items()}


def fit(name, *, rates=RATES, repeats=REPEATS, epochs=EPOCHS):
    """Train on the diabetes set; return errors in thousandths, of shape (rates, repeats), by name."""
    errors = {key: np.zeros((len(rates), repeats), int) for key in ("validation", "test")}
    for seed in range(repeats):
        training, validation, test = parts(diabetes, seed)
        net = network(10, 1, name, output="identity", seeds=[seed] * len(rates))
        history = train(net, *training, epochs=epochs, optimiser=Adam(rates), diverged="record")
        for key, (inputs, targets) in {"validation": validation, "test": test}.items():
            loss = 1000 * net.loss(inputs, targets).astype(float)
            errors[key][:, seed] = np.where(history.diverged | ~(loss < 1e6), -1, np.nan_to_num(loss).round())
    return {key: value.tolist() for key, value in errors.items()}


def run_digits():
    """Every function, two hidden layers."""
    return {name: race(name) for name in contestants()}


def run_diabetes():
    """Every function, a regression."""
    return {name: fit(name) for name in contestants()}


def run_factors():
    """A factorial design: function × start × learning rate × repeat."""
    rates = RATES[:3]
    return {
        name: {
            start: race(name, start=start, rates=rates, repeats=5)["test"]
            for start in ("torch_default", "xavier", "suited")
        }
        for name in FEW
    }


def size_race(name, examples, repeats=REPEATS):
    """Train on some examples only, for about 240 steps however many these are."""
    steps = -(-examples // 64)
    found = race(name, examples=examples, epochs=round(240 / steps), rates=RATES[1:3], repeats=repeats)
    return {key: found[key] for key in ("validation", "test")}


def run_sizes():
    """Some functions on more and more examples."""
    sizes = (50, 100, 200, 400, 800, 1011)
    return {name: {str(n): size_race(name, n) for n in sizes} for name in ("identity", *FEW)}


def depth_race(name, start, depth, repeats=5):
    """Train a narrower network of some depth, with the smaller learning rates and fewer repeats."""
    found = race(name, start=start, depth=depth, width=64, rates=RATES[:2], repeats=repeats)
    return {key: found[key] for key in ("validation", "test")}


def run_depth():
    """Some functions in deeper and deeper networks, with a framework's default start and with one that suits."""
    return {
        name: {
            start: {str(depth): depth_race(name, start, depth) for depth in (2, 5, 10, 20)}
            for start in ("torch_default", "suited")
        }
        for name in ("relu", "tanh", "gelu", "selu", "sigmoid")
    }


def start_race(name, start, depth, repeats=40):
    """Train a network deep enough for the start to matter, often: deep networks scatter, and the gap is small."""
    found = race(name, start=start, depth=depth, width=64, rates=RATES[:3], repeats=repeats, epochs=20)
    return {key: found[key] for key in ("validation", "test")}


def run_starts():
    """ReLU as a framework starts it, ReLU as He does, and SELU as its authors do."""
    pairs = (("relu", "torch_default"), ("relu", "suited"), ("selu", "lecun"))
    return {
        f"{name} {start}": {str(depth): start_race(name, start, depth) for depth in (5, 8, 10)}
        for name, start in pairs
    }


EXPERIMENTS = {
    "digits": run_digits,
    "diabetes": run_diabetes,
    "factors": run_factors,
    "starts": run_starts,
    "sizes": run_sizes,
    "depth": run_depth,
}


def main():
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("experiments", nargs="*", choices=[[], *EXPERIMENTS], help="by default all")
    for name in parser.parse_args().experiments or EXPERIMENTS:
        begun = time.monotonic()
        found = EXPERIMENTS[name]()
        store = json.loads(STORE.read_text(encoding="utf-8")) if STORE.exists() else {}
        store = {key: found if key == name else store.get(key) for key in EXPERIMENTS}
        lines = ",\n".join(
            f'"{key}": {json.dumps(value, separators=(",", ":"))}' for key, value in store.items()
        )
        STORE.write_text(f"{{\n{lines}\n}}\n", encoding="utf-8")
        print(f"{name}: {time.monotonic() - begun:.0f} s")


if __name__ == "__main__":
    main()
