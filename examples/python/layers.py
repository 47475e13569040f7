"""The layers of a two-layer network with batch normalization, as in the assignments of CS231n: each a forward and a backward function.

    gradcheck examples/python/network.grad
"""

import numpy as np


def affine_forward(x, w, b):
    """x of shape (N, ...) is taken as N rows."""
    out = x.reshape(x.shape[0], -1) @ w + b
    return out, (x, w)


def affine_backward(dout, cache):
    x, w = cache
    dx = (dout @ w.T).reshape(x.shape)
    dw = x.reshape(x.shape[0], -1).T @ dout
    db = dout.sum(axis=0)
    return dx, dw, db


def batchnorm_forward(x, gamma, beta, bn_param):
    """Normalizes each feature over the batch; bn_param holds eps."""
    deviation = np.sqrt(x.var(axis=0) + bn_param.get("eps", 1e-5))
    normalized = (x - x.mean(axis=0)) / deviation
    return gamma * normalized + beta, (normalized, deviation, gamma)


def batchnorm_backward(dout, cache):
    normalized, deviation, gamma = cache
    dgamma = (dout * normalized).sum(axis=0)
    dbeta = dout.sum(axis=0)
    scaled = dout * gamma
    dx = (scaled - scaled.mean(axis=0) - normalized * (scaled * normalized).mean(axis=0)) / deviation
    return dx, dgamma, dbeta


def relu_forward(x):
    return np.maximum(0, x), x


def relu_backward(dout, cache):
    return dout * (cache > 0)


def softmax_loss(x, y):
    """The mean cross entropy of scores x with labels y, and its gradient."""
    shifted = x - x.max(axis=1, keepdims=True)
    log_probabilities = shifted - np.log(np.exp(shifted).sum(axis=1, keepdims=True))
    rows = np.arange(x.shape[0])
    loss = -log_probabilities[rows, y].mean()
    dx = np.exp(log_probabilities)
    dx[rows, y] -= 1
    return loss, dx / x.shape[0]


def penalty(w, reg=0.1):
    """L2 regularization of weights."""
    return 0.5 * reg * (w * w).sum(), reg * w


if __name__ == "__main__":
    from chainrule_gates import serve

    serve(
        affine=(affine_forward, affine_backward),
        batchnorm=(batchnorm_forward, batchnorm_backward),
        relu=(relu_forward, relu_backward),
        softmax_loss=softmax_loss,
        penalty=penalty,
    )
