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


if __name__ == "__main__":
    serve(
        naive_loss=naive_loss,
    )
