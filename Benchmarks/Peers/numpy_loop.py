"""Checks numpy layers as the assignments of CS231n do: a loop over every element, two evaluations each.

    python3 numpy_loop.py affine 10 40 12 | softmax_loss 50 10 | network 5 4 10 3
"""

import os
import sys

import numpy as np

sys.path.insert(0, os.path.join(os.path.dirname(__file__), "../../examples/python"))
import layers  # noqa: E402


def numerical_gradient(f, x, upstream, h=1e-5):
    """The gradient of sum(upstream * f(x)) by central differences."""
    gradient = np.zeros_like(x)
    elements = np.nditer(x, flags=["multi_index"], op_flags=["readwrite"])
    while not elements.finished:
        index = elements.multi_index
        value = x[index]
        x[index] = value + h
        above = np.array(f(x))
        x[index] = value - h
        below = np.array(f(x))
        x[index] = value
        gradient[index] = np.sum((above - below) * upstream) / (2 * h)
        elements.iternext()
    return gradient


def error(a, b):
    return np.max(np.abs(a - b) / np.maximum(1e-8, np.abs(a) + np.abs(b)))


def affine(n, d, m):
    x, w, b = np.random.randn(n, d), np.random.randn(d, m), np.random.randn(m)
    upstream = np.random.randn(n, m)
    gradients = layers.affine_backward(upstream, layers.affine_forward(x, w, b)[1])
    for value, gradient in zip((x, w, b), gradients):
        yield numerical_gradient(lambda _: layers.affine_forward(x, w, b)[0], value, upstream), gradient


def softmax_loss(n, c):
    x, y = np.random.randn(n, c), np.random.randint(c, size=n)
    yield numerical_gradient(lambda _: layers.softmax_loss(x, y)[0], x, 1), layers.softmax_loss(x, y)[1]


def network(n, d, h, c, reg=0.1):
    """The loss of a model gives its gradients too, as in the assignments."""
    x, y = np.random.randn(n, d), np.random.randint(c, size=n)
    shapes = {"w1": (d, h), "b1": h, "w2": (h, c), "b2": c}
    params = {name: 0.1 * np.random.standard_normal(shape) for name, shape in shapes.items()}

    def loss():
        hidden, first = layers.affine_forward(x, params["w1"], params["b1"])
        active, mask = layers.relu_forward(hidden)
        scores, second = layers.affine_forward(active, params["w2"], params["b2"])
        value, dscores = layers.softmax_loss(scores, y)
        penalty1, dw1_penalty = layers.penalty(params["w1"], reg)
        penalty2, dw2_penalty = layers.penalty(params["w2"], reg)
        dactive, dw2, db2 = layers.affine_backward(dscores, second)
        _, dw1, db1 = layers.affine_backward(layers.relu_backward(dactive, mask), first)
        gradients = {"w1": dw1 + dw1_penalty, "b1": db1, "w2": dw2 + dw2_penalty, "b2": db2}
        return value + penalty1 + penalty2, gradients

    _, gradients = loss()
    for name in params:
        yield numerical_gradient(lambda _: loss()[0], params[name], 1), gradients[name]


if __name__ == "__main__":
    np.random.seed(0)
    checks = {"affine": affine, "softmax_loss": softmax_loss, "network": network}[sys.argv[1]]
    print(max(error(a, b) for a, b in checks(*map(int, sys.argv[2:]))))
