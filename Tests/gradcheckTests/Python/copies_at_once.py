"""Runs functions for many copies at once and one by one: the numbers must be the same, bit for bit."""

import math
import sys

import numpy as np

import chainrule_gates
import layers

random = np.random.default_rng(7)
rows = np.arange(6)
labels = random.integers(4, size=6)


def hinge_loss(x):
    margins = np.maximum(0, x - x[rows, labels][:, np.newaxis] + 1)
    margins[rows, labels] = 0
    return margins.sum() / len(x)


def softmax_in_place(x):
    p = np.exp(x - np.max(x, axis=1, keepdims=True))
    p /= np.sum(p, axis=1, keepdims=True)
    return -np.sum(np.log(p[rows, labels])) / x.shape[0]


def layernorm(x):
    return (x.T - x.mean(axis=-1)).T / x.std(axis=1, keepdims=True)


def pieces(x):
    y = np.zeros_like(x)
    y[:, 1:] = x[:, :-1] * x[0, 2]
    y[2] = np.where(x[2] > 0, x[2], 0.1 * x[2])
    return y.reshape(3, 2, -1).transpose(1, 0, 2) ** 2


state = {}


def kept(x):
    state.setdefault("x", x)
    return x - state["x"]


def asks_what_it_is(x):
    return x * 3 if isinstance(x, np.ndarray) else 2 * x


AT_ONCE = {
    "affine": lambda x: layers.affine_forward(x, np.eye(4, 3), np.arange(3.0))[0],
    "affine, to its weights": lambda x: layers.affine_forward(np.ones((2, 6)), x, np.arange(4.0))[0],
    "relu": lambda x: layers.relu_forward(x)[0],
    "batchnorm": lambda x: layers.batchnorm_forward(x, np.ones(4), np.zeros(4), {})[0],
    "softmax": lambda x: layers.softmax_loss(x, labels)[0],
    "penalty": lambda x: layers.penalty(x)[0],
    "hinge loss": hinge_loss,
    "softmax in place": softmax_in_place,
    "layernorm": layernorm,
    "pieces": pieces,
    "constant": lambda x: np.ones(3),
    "itself": lambda x: x,
    "asks what it is": asks_what_it_is,
    "kept": kept,
}

def branch(x):
    return x.sum() if x[0, 0] > 0 else x.max()


def argmax(x):
    return x[np.arange(6), x.argmax(axis=1)]


def loop(x):
    out = np.zeros(len(x))
    for i in range(len(x)):
        out[i] = x[i].sum()
    return out


def caught(x):
    try:
        return x * (1 if x.max() > 1 else 2)
    except TypeError:
        return x


def changes(x):
    x -= x.mean()
    return x.copy()


ONE_BY_ONE = {
    "branch": branch,
    "argmax": argmax,
    "loop": loop,
    "float": lambda x: math.exp(x.mean()),
    "asarray": lambda x: np.asarray(x) * 2,
    "mask": lambda x: x[x > 0].sum(),
    "norm": lambda x: np.linalg.norm(x),
    "caught": caught,
    "changes": changes,
}


def copies(usual, count, are_sparse):
    """Copies of an operand as in a request, and each as an array."""
    copy, element, value = np.arange(1, count), random.integers(usual.size, size=count - 1), random.normal(size=count - 1)
    arrays = np.repeat(usual[np.newaxis], count, axis=0)
    arrays.reshape(count, -1)[copy, element] = value
    wire = {"base": usual.tolist(), "copy": copy.tolist(), "element": element.tolist(), "value": value.tolist()}
    return (wire if are_sparse else {"copies": arrays.tolist()}), arrays


failures = []
for expects_all_at_once, functions in ((True, AT_ONCE), (False, ONE_BY_ONE)):
    for name, function in functions.items():
        for are_sparse in (True, False):
            usual = random.normal(size=(6, 4))
            # Kept by a function, as from an earlier call.
            state["x"] = usual
            gate = chainrule_gates._gate(name, function)
            for count in (2, 9, 1000):
                wire, arrays = copies(usual, count, are_sparse)
                outputs = chainrule_gates._outputs(gate, function, [chainrule_gates._Copies(wire, count)], count)
                expected = np.stack([np.asarray(function(array.copy()), dtype=float) for array in arrays])
                if outputs.shape != expected.shape or outputs.tobytes() != expected.tobytes():
                    failures.append(f"{name}: other numbers in {count} copies")
                if count == 9 and (not gate.runs_one_by_one) != expects_all_at_once:
                    failures.append(f"{name}: runs {'one by one' if gate.runs_one_by_one else 'at once'}")
                gate.runs_one_by_one.clear()
print("\n".join(failures))
sys.exit(bool(failures))
