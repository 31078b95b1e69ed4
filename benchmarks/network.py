"""Time an epoch of training against the same network in PyTorch, eager, both on one thread.

    python benchmarks/network.py [rounds]

The networks, the batches and the optimiser are the same; so are the losses, which is checked first. One epoch of each
contender is timed in turn, so that whatever else the machine does falls on all alike. A ratio is the median over
the rounds; below 1 we are faster. With ten seeds ours trains them at once and PyTorch one: the ratio is per seed.
"""

import statistics
import sys
import time

import numpy as np
import torch
from threadpoolctl import threadpool_info

from activations.data import digits
from activations.network import MLP, SGD, Adam, train

SIZES = ([64, 32, 10], [64, 100, 100, 10], [64, 256, 256, 10])
ACTIVATIONS = ("relu", "tanh")
BATCHES = (32, 128)
MANY = 10


def torch_twin(net):
    """Return the network of our first seed in PyTorch, with the same parameters."""
    function = {"relu": torch.nn.ReLU, "tanh": torch.nn.Tanh, "gelu": torch.nn.GELU}[
        net.layers[0].activation.name
    ]
    layers = []
    for layer in net.layers:
        twin = torch.nn.Linear(*layer.shapes["weights"])
        with torch.no_grad():
            twin.weight[...] = torch.from_numpy(layer.parameters["weights"][0].T.copy())
            twin.bias[...] = torch.from_numpy(layer.parameters["biases"][0, 0].copy())
        layers += [twin, function()]
    return torch.nn.Sequential(*layers[:-1])


def torch_epoch(net, optimiser, x, y, batch, order):
    """Train for one epoch and return the mean loss."""
    total = 0.0
    for rows in torch.from_numpy(order).split(batch):
        optimiser.zero_grad()
        loss = torch.nn.functional.cross_entropy(net(x[rows]), y[rows])
        loss.backward()
        optimiser.step()
        total += loss.detach() * len(rows)
    return float(total) / len(x)


def compare(sizes, activation, batch, optimisers, rounds):
    """Return the median seconds of an epoch: ours with one seed and with many, PyTorch's, and both ratios."""
    x, y, *_ = digits()
    x = x.astype(np.float32)
    ours, theirs = optimisers
    nets = [MLP(sizes, activation, seeds=count) for count in (1, MANY)]
    states = [ours(), ours()]
    twin = torch_twin(nets[0])
    state = theirs(twin.parameters())
    data = torch.from_numpy(x), torch.from_numpy(y)
    order = np.random.default_rng(0).spawn(2)[1]
    times = []
    for _ in range(rounds):
        took, losses = [], []
        for net, optimiser in zip(nets, states, strict=True):
            start = time.perf_counter()
            losses.append(train(net, x, y, epochs=1, batch=batch, optimiser=optimiser).loss[0, 0])
            took.append(time.perf_counter() - start)
        start = time.perf_counter()
        losses.append(torch_epoch(twin, state, *data, batch, order.permutation(len(x))))
        took.append(time.perf_counter() - start)
        if not times and np.ptp(losses) > 1e-3 * losses[0]:
            sys.exit(f"the networks differ: the losses of the first epoch are {losses}")
        times.append(took)
    times = np.array(times[1:])  # the first round warms up
    ratio, ratio_many = np.median(times[:, :2] / times[:, 2:], axis=0)
    return (*np.median(times, axis=0), ratio, ratio_many / MANY)


def main():
    rounds = int(sys.argv[1]) if len(sys.argv) > 1 else 12
    torch.set_num_threads(1)
    blas = ", ".join(
        f"{p['internal_api']} {p['version']}" for p in threadpool_info() if p["user_api"] == "blas"
    )
    print(f"NumPy {np.__version__} ({blas}) and PyTorch {torch.__version__}, one thread each, float32")
    print(f"digits, {len(digits().x)} examples; milliseconds per epoch, medians of {rounds} epochs\n")
    columns = f"{'1 seed':>8} {'10 seeds':>8} {'PyTorch':>8}   ratio  per seed"
    print(f"{'network':16} {'batch':>5} {'optimiser':9} {'':10} {columns}")
    table = []
    optimisers = {
        "Adam": (Adam, torch.optim.Adam),
        "SGD": (lambda: SGD(0.05, 0.9), lambda p: torch.optim.SGD(p, 0.05, momentum=0.9)),
    }
    for sizes in SIZES:
        for batch in BATCHES:
            for name, pair in optimisers.items():
                for activation in ACTIVATIONS if name == "Adam" else ACTIVATIONS[:1]:
                    one, many, theirs, ratio, ratio_many = compare(sizes, activation, batch, pair, rounds)
                    table.append((ratio, ratio_many))
                    print(
                        f"{'-'.join(map(str, sizes)):16} {batch:5} {name:9} {activation:10} {one * 1e3:8.1f} "
                        f"{many * 1e3:8.1f} {theirs * 1e3:8.1f} {ratio:7.2f} {ratio_many:9.2f}"
                    )
    one, many = (statistics.geometric_mean(column) for column in zip(*table, strict=True))
    print(f"\ngeometric mean: {one:.2f} with one seed, {many:.2f} per seed with {MANY}")


if __name__ == "__main__":
    main()
