"""The check of the course in numpy, one element after the other, on the workloads of check.c; and torch's, if it is installed.

Prints one line a figure.
"""
import sys
import time

import numpy as np


class Uniform:
    """The generator of the other peers: numbers in (-1, 1)."""

    def __init__(self, seed):
        self.state = seed

    def array(self, *shape):
        numbers = np.empty(int(np.prod(shape)))
        for i in range(numbers.size):
            self.state = (self.state * 6364136223846793005 + 1442695040888963407) % 2**64
            numbers[i] = (self.state >> 11) / 9007199254740992.0 * 2 - 1
        return numbers.reshape(shape)


def neuron(np_, w0, x0, w1, x1, w2):
    return 1 / (1 + np_.exp(-(w0 * x0 + w1 * x1 + w2)))


def norm(np_, w, x):
    v = w @ x
    return (v * v).sum()


def network(x, y):
    def loss(np_, w1, b1, w2, b2):
        z = x @ w1 + b1
        s = (z * (z > 0)) @ w2 + b2
        return (np_.log(np_.exp(s).sum(1)) - s[range(len(y)), y]).mean()
    return loss


def network_gradients(x, y, w1, b1, w2, b2):
    z = x @ w1 + b1
    h = np.maximum(z, 0)
    p = np.exp(h @ w2 + b2)
    p /= p.sum(axis=1, keepdims=True)
    p[np.arange(len(y)), y] -= 1
    p /= len(y)
    dz = p @ w2.T * (z > 0)
    return x.T @ dz, dz.sum(axis=0), h.T @ p, p.sum(axis=0)


def worst_error(function, inputs, gradients, h=1e-5):
    """The largest relative error between `gradients` and central differences."""
    worst = 0.0
    for array, gradient in zip(inputs, gradients):
        for index in np.ndindex(array.shape):
            old = array[index]
            array[index] = old + h
            above = function(np, *inputs)
            array[index] = old - h
            below = function(np, *inputs)
            array[index] = old
            numerical = (above - below) / (2 * h)
            scale = max(1e-8, abs(numerical) + abs(gradient[index]))
            worst = max(worst, abs(numerical - gradient[index]) / scale)
    return worst


def workloads():
    p = [np.array(v) for v in (2.0, -1.0, -3.0, -2.0, -3.0)]
    s = neuron(np, *p)
    d = s * (1 - s)
    yield "neuron.us", 1e6, neuron, p, [d * p[1], d * p[0], d * p[3], d * p[2], d]
    random = Uniform(11)
    w, x = random.array(50, 40), random.array(40)
    v = w @ x
    yield "norm.ms", 1e3, norm, [w, x], [2 * np.outer(v, x), 2 * w.T @ v]
    for name, (d, h, c, n) in (("small.ms", (20, 30, 10, 8)), ("large.ms", (100, 50, 10, 16))):
        random = Uniform(13)
        x, y = random.array(n, d), np.arange(n) * 7 % c
        inputs = [random.array(d, h) * d**-0.5, random.array(h) * 0.1,
                  random.array(h, c) * h**-0.5, random.array(c) * 0.1]
        yield name, 1e3, network(x, y), inputs, network_gradients(x, y, *inputs)


def median(times):
    return sorted(times)[len(times) // 2]


def measure(name, unit, check):
    check()
    times = []
    for _ in range(3):
        start = time.process_time()
        check()
        times.append(time.process_time() - start)
    print(name, "%.6g" % (median(times) * unit))


def main(peer):
    if peer == "torch":
        import torch
        torch.set_num_threads(1)
    for name, unit, function, inputs, gradients in workloads():
        if peer == "numpy":
            inputs = [np.array(a) for a in inputs]
            measure(name, unit, lambda: worst_error(function, inputs, gradients))
        else:
            if function not in (neuron, norm):
                x, y = (torch.tensor(c.cell_contents) for c in function.__closure__)
                function = network(x, y)
            tensors = [torch.tensor(a, requires_grad=True) for a in inputs]
            measure(name, unit, lambda: torch.autograd.gradcheck(lambda *a: function(torch, *a), tensors))


main(sys.argv[1])
