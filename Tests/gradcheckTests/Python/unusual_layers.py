"""Right layers, and a few that are not, which are written in other ways than most.

With an argument it serves what is no gate, instead.
"""

import os
import sys

import numpy as np
from chainrule_gates import serve


def naive_loss(x, y):
    """Overflows where a score is large."""
    probabilities = np.exp(x)
    probabilities /= probabilities.sum(axis=1, keepdims=True)
    rows = np.arange(len(x))
    loss = -np.log(probabilities[rows, y]).mean()
    probabilities[rows, y] -= 1
    return loss, probabilities / len(x)


def pick_backward(dout, cache):
    x, keep = cache
    dx = np.zeros_like(x)
    dx[keep] = dout
    return dx


def square_forward(x):
    return x * x, x


def square_backward_in_place(dout, x):
    x *= 2
    x *= dout
    return x


def exp_forward(x):
    out = np.exp(x)
    return out, out


def exp_backward_in_place(dout, out):
    """Uses up the output, which is its own."""
    out *= dout
    return out


def relu_forward(x):
    return np.maximum(0, x), x


def relu_backward_in_place(dout, x):
    dout[x <= 0] = 0
    return dout


def embed_forward(x, W):
    return W[x], (x, W.shape)


def embed_backward(dout, cache):
    """Gives dW alone, as x is whole numbers."""
    x, shape = cache
    dW = np.zeros(shape)
    np.add.at(dW, x, dout)
    return dW


def embed_loss(x, W):
    return (W[x] ** 2).sum(), embed_backward(2 * W[x], (x, W.shape))


def squared_error(x, y):
    return ((x - y) ** 2).sum(), 2 * (x - y), (x - y)


def scale_forward(x, *, factor):
    return factor * x, factor


def scale_by_any_forward(x, **options):
    return options["factor"] * x, options["factor"]


def scale_backward(dout, factor):
    return factor * dout


def lines_forward(x):
    raise ValueError("of two\n\n  lines")


def leaving_forward(x):
    print("about to leave")
    os._exit(5)


NO_GATES = {
    "number": 3,
    "object": object(),
    "three": (embed_forward, embed_backward, embed_loss),
    "any": lambda *operands: sum(operands),
    "constructor": dict,
}


if __name__ == "__main__":
    # What is printed before is no answer, though it looks like one or is half a line.
    print({"W1": 3}, flush=True)
    print("half a line", end="", flush=True)
    for what in sys.argv[1:]:
        serve(**{what: NO_GATES[what]})
    serve(
        embed=(embed_forward, embed_backward),
        embed_loss=embed_loss,
        embed_zeros=(embed_forward, lambda dout, cache: (np.zeros(cache[0].shape), embed_backward(dout, cache))),
        squared_error=squared_error,
        scale=(scale_forward, scale_backward),
        scale_by_any=(scale_by_any_forward, scale_backward),
        square_of_lists=(square_forward, lambda dout, x: (2 * dout * x).tolist()),
        leaving=(leaving_forward, scale_backward),
        lines=(lines_forward, scale_backward),
        naive_loss=naive_loss,
        square_in_place=(square_forward, square_backward_in_place),
        exp_in_place=(exp_forward, exp_backward_in_place),
        relu_in_place=(relu_forward, relu_backward_in_place),
        pick=(lambda x, mask: (x[mask], (x, mask)), pick_backward),
        keep=(lambda x, kept: (x[kept], (x, kept)), pick_backward),
        pick_all=(lambda x, mask: (x[mask], (x, mask)), lambda dout, cache: np.ones_like(cache[0])),
        hide=(lambda x, mask: (np.where(~mask, 0, x), mask), lambda dout, mask: np.where(mask, dout, 0)),
        negate=(lambda x, drop_mask: (x * -drop_mask, drop_mask), lambda dout, mask: dout * -mask),
    )
