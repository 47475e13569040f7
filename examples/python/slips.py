"""Eight layers whose backward pass has a typical slip each. gradcheck finds them, and says what each is:

    gradcheck examples/python/slips.grad
"""

import numpy as np

from chainrule_gates import serve


def affine_forward(x, w, b):
    return x @ w + b, (x, w)


def affine_backward(dout, cache):
    x, w = cache
    # Slip: w where its transpose belongs. The matrix is square, so the shapes fit.
    return dout @ w, x.T @ dout, dout.sum(axis=0)


def shift_forward(x, beta):
    return x + beta, None


def shift_backward(dout, cache):
    # Slip: beta is added to every row, so its gradient is the sum over the batch.
    return dout, dout


first_input = None


def tanh_forward(x):
    # Slip: the cache is filled by the first call and never again.
    global first_input
    if first_input is None:
        first_input = x
    return np.tanh(x), first_input


def tanh_backward(dout, cache):
    return dout * (1 - np.tanh(cache) ** 2)


def center_forward(x):
    # Slip: `-=` changes the array of whoever called.
    x -= x.mean(axis=0)
    return x.copy(), None


def center_backward(dout, cache):
    return dout - dout.mean(axis=0)


def product_forward(a, b):
    return a * b, (a, b)


def product_backward(dout, cache):
    a, b = cache
    # Slip: each operand has the gradient of the other.
    return dout * a, dout * b


def larger_forward(a, b):
    return np.maximum(a, b), (a, b)


def larger_backward(dout, cache):
    a, b = cache
    # Slip: where a and b tie, both get the whole gradient.
    return dout * (a >= b), dout * (b >= a)


def softmax_loss(x, y):
    shifted = x - x.max(axis=1, keepdims=True)
    log_probabilities = shifted - np.log(np.exp(shifted).sum(axis=1, keepdims=True))
    rows = np.arange(x.shape[0])
    dx = np.exp(log_probabilities)
    dx[rows, y] -= 1
    # Slip: the loss is a mean over the batch, and this is the gradient of the sum.
    return -log_probabilities[rows, y].mean(), dx


def penalty(w, reg=0.1):
    # Slip: the derivative of w ** 2 is 2 * w.
    return reg * (w * w).sum(), reg * w


serve(
    affine=(affine_forward, affine_backward),
    shift=(shift_forward, shift_backward),
    tanh=(tanh_forward, tanh_backward),
    center=(center_forward, center_backward),
    product=(product_forward, product_backward),
    larger=(larger_forward, larger_backward),
    softmax_loss=softmax_loss,
    penalty=penalty,
)
