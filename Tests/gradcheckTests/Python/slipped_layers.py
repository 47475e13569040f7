"""Gates with a slip each, beside those of examples/python/slips.py."""

import os
import sys

import numpy as np

from chainrule_gates import serve


def affine_forward(x, w, b):
    return x @ w + b, (x, w)


def gate(backward):
    """affine with another backward pass."""
    return affine_forward, lambda dout, cache: backward(dout, *cache)


def relu_forward(x):
    return np.maximum(0, x), x


def leaky_forward(x):
    return np.where(x > 0, x, 0.1 * x), x


def dropout_forward(x, mask):
    return x * mask / 0.5, mask


def mean_square(x):
    return np.mean(x * x), 2 * x // x.size


def single_forward(x):
    return np.sin(x.astype(np.float32)), x.astype(np.float32)


def noisy_forward(x):
    return x + 1e-3 * np.random.standard_normal(x.shape), None


def noisy_backward_forward(x):
    return 3 * x, None


calls = []


def counted_backward(dout, cache):
    calls.append(1)
    return (3.0 if len(calls) < 4 else 2.0) * dout


def raising_backward(dout, cache):
    raise KeyError("mask")


def random_backward(dout, cache):
    return 2 * cache * dout * (1 + 0.1 * np.random.rand())


asked = []


def tiring_forward(x, after=3):
    """Doubles its answer once it was asked so often."""
    asked.append(1)
    return (2.0 if len(asked) > after else 1.0) * x * x, x


def complex_forward(x):
    return np.sqrt(-1j * x), x


def fragile_forward(x):
    if (x > 2).any():
        raise ValueError("above 2")
    return x * x, x


def windows_forward(x, w):
    """Each window of x times w."""
    return np.array([x[i : i + len(w)] @ w for i in range(len(x) - len(w) + 1)]), (x, w)


def windows_backward(dout, cache):
    x, w = cache
    dx, dw = np.zeros_like(x), np.zeros_like(w)
    for i, d in enumerate(dout):
        dx[i : i + len(w)] = d * w
        dw += d * x[i : i + len(w)]
    return dx, dw


def log_windows_backward(dout, cache):
    x, w = cache
    dx, dw = windows_backward(dout, (np.log(x), w))
    return dx / x, dw


first = []


def stale_log_forward(x):
    first.append(x)
    return np.log(x), first[0]


places = []


def late_forward(x):
    places.append(x)
    return x * x, None


def late_backward(dout, cache):
    """The gradient at the place of the call before."""
    return 2 * dout * places[-2 if len(places) > 1 else -1]


def steep(x):
    return x * x, np.nan


def hostile_backward(dout, cache):
    print("\x1b[2Jgone \x9b31m", file=sys.stderr)
    raise ValueError("\x1b]0;title\x07 of \x1b[31mred")


def hostile_exit(x):
    print("\x1b[2Jgone", file=sys.stderr, flush=True)
    os._exit(5)


serve(
    windows=(windows_forward, windows_backward),
    log_windows=(lambda x, w: (windows_forward(np.log(x), w)[0], (x, w)), log_windows_backward),
    stale_log=(stale_log_forward, lambda dout, x: dout / x),
    late=(late_forward, late_backward),
    halves=(lambda x: (x * x / 2, x), lambda dout, x: dout * (2 * x // 2)),
    mean_of_squares=(lambda x: ((x * x).mean(), x), lambda dout, x: 2 * dout * (x // len(x))),
    ceiling=(lambda x: (x * x / 2, x), lambda dout, x: dout * np.ceil(x)),
    steep=steep,
    hostile=(relu_forward, hostile_backward),
    hostile_exit=hostile_exit,
    sign=gate(lambda dout, x, w: (-(dout @ w.T), x.T @ dout, dout.sum(axis=0))),
    double=gate(lambda dout, x, w: (2 * dout @ w.T, x.T @ dout, dout.sum(axis=0))),
    mean=gate(lambda dout, x, w: (dout @ w.T, x.T @ dout, dout.mean(axis=0))),
    unsummed=gate(lambda dout, x, w: (dout @ w.T, x.T @ dout, dout)),
    transposed=gate(lambda dout, x, w: (dout @ w.T, (x.T @ dout).T, dout.sum(axis=0))),
    too_many=gate(lambda dout, x, w: (dout @ w.T, x.T @ dout, dout.sum(axis=0), dout)),
    relu=(relu_forward, lambda dout, x: dout),
    leaky=(leaky_forward, lambda dout, x: dout * (x > 0)),
    dropout=(dropout_forward, lambda dout, mask: dout / 0.5),
    mean_square=mean_square,
    single=(single_forward, lambda dout, x: dout * np.cos(x)),
    noisy=(noisy_forward, lambda dout, cache: dout),
    noisy_backward=(noisy_backward_forward, lambda dout, cache: 3 * dout + 1e-3 * np.random.standard_normal(dout.shape)),
    random_backward=(lambda x: (x * x, x), random_backward),
    tiring=(tiring_forward, lambda dout, x: 2 * x * dout),
    counted=(noisy_backward_forward, counted_backward),
    raising=(relu_forward, raising_backward),
    imaginary=(complex_forward, lambda dout, x: dout),
    doubled=(lambda x: (2 * x, None), lambda dout, cache: 2 * dout),
    fragile=(fragile_forward, lambda dout, x: 2 * dout * x),
    one_result=(lambda x: 2 * x, lambda dout, cache: 2 * dout),
)
