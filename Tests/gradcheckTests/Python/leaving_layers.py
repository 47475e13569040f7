"""Two layers, the first of which ends its process when it has been asked three times."""

import os

from chainrule_gates import serve

asked = []


def leaving_forward(x):
    asked.append(x)
    if len(asked) > 3:
        os._exit(9)
    return 2 * x, None


serve(
    leaving=(leaving_forward, lambda dout, cache: 2 * dout),
    staying=(lambda x: (3 * x, None), lambda dout, cache: 3 * dout),
)
