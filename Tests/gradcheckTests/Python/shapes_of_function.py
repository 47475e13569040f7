"""Right functions of every shape that chainrule_gates.py understands."""

import numpy as np

from chainrule_gates import serve

print("said before anything is served")


def scale_forward(x, scale_param):
    factor = scale_param["factor"] if scale_param["mode"] == "train" else 1
    print("the student says", scale_param)
    return factor * x, factor


def scale_backward(dout, cache):
    dout *= cache  # a right function may use up what it is given
    return dout


def pick(x, y, shift=0.0):
    """Takes one element of each row."""
    dx = np.zeros_like(x)
    dx[np.arange(len(y)), y] = 1
    return x[np.arange(len(y)), y].sum() + shift, dx


def quadratic(X, W, reg):
    return 0.5 * ((X @ W) ** 2).sum() + reg * (W * W).sum(), {"W": X.T @ (X @ W) + 2 * reg * W}


def step_forward(x, prev_h, prev_c):
    next_c = prev_c * x + prev_h
    next_h = np.tanh(next_c)
    return next_h, next_c, (x, prev_c, next_h)


def step_backward(dnext_h, dnext_c, cache):
    x, prev_c, next_h = cache
    dc = dnext_c + dnext_h * (1 - next_h**2)
    return dc * prev_c, dc, dc * x


def conv_forward(x, w, b, conv_param):
    """Filters of the size of the image, and padding that is not used."""
    assert conv_param["stride"] == 1 and x.shape[2] + 2 * conv_param["pad"] >= w.shape[2]
    parts = x[:, np.newaxis, :, : w.shape[2], : w.shape[3]]
    return (parts * w).sum(axis=(2, 3, 4)) + b, (x, w, parts)


def conv_backward(dout, cache):
    x, w, parts = cache
    dx = np.zeros_like(x)
    dx[:, :, : w.shape[2], : w.shape[3]] = np.tensordot(dout, w, 1)
    return dx, (dout[:, :, np.newaxis, np.newaxis, np.newaxis] * parts).sum(axis=0), dout.sum(axis=0)


class Model:
    def __init__(self):
        self.params = {"W1": np.zeros((3, 2)), "b1": np.zeros(2)}

    def loss(self, X, y=None):
        scores = X @ self.params["W1"] + self.params["b1"]
        if y is None:
            return scores
        p = np.exp(scores - scores.max(axis=1, keepdims=True))
        p /= p.sum(axis=1, keepdims=True)
        rows = np.arange(len(y))
        loss = -np.log(p[rows, y]).mean()
        p[rows, y] -= 1
        p /= len(y)
        return loss, {"W1": X.T @ p, "b1": p.sum(axis=0)}


serve(
    scale=(scale_forward, scale_backward),
    pick=pick,
    quadratic=quadratic,
    step=(step_forward, step_backward),
    model=Model(),
    conv=(conv_forward, conv_backward),
)
print("served")
