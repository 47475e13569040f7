"""Layers that compute in single precision somewhere inside, and answer in double precision."""

import numpy as np
from chainrule_gates import serve


def cast_forward(x):
    return x.astype(np.float32).astype(np.float64), None


def cast_backward(dout, cache):
    return dout


def affine_forward(x, w, b):
    return (x.astype(np.float32) @ w.astype(np.float32) + b.astype(np.float32)).astype(np.float64), (x, w)


def affine_backward(dout, cache):
    x, w = cache
    return dout @ w.T, x.T @ dout, dout.sum(axis=0)


def slipped_backward(dout, cache):
    x, w = cache
    return dout @ w.T, 1.001 * x.T @ dout, dout.sum(axis=0)


def half_forward(x, w):
    return x.astype(np.float32) @ w, (x, w)


def half_backward(dout, cache):
    x, w = cache
    return dout @ w.T, x.T @ dout


serve(
    cast=(cast_forward, cast_backward),
    affine=(affine_forward, affine_backward),
    slipped=(affine_forward, slipped_backward),
    half=(half_forward, half_backward),
)
