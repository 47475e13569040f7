"""Right layers, and a few that are not, which are written in other ways than most."""

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


if __name__ == "__main__":
    serve(
        naive_loss=naive_loss,
        pick=(lambda x, mask: (x[mask], (x, mask)), pick_backward),
        keep=(lambda x, kept: (x[kept], (x, kept)), pick_backward),
        pick_all=(lambda x, mask: (x[mask], (x, mask)), lambda dout, cache: np.ones_like(cache[0])),
        hide=(lambda x, mask: (np.where(~mask, 0, x), mask), lambda dout, mask: np.where(mask, dout, 0)),
        negate=(lambda x, drop_mask: (x * -drop_mask, drop_mask), lambda dout, mask: dout * -mask),
    )
