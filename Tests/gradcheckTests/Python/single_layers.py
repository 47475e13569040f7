"""The same layer in single and in double precision."""
import numpy as np


def tanh_forward(x):
    out = np.tanh(x.astype(np.float32))
    return out, out.astype(np.float64)


def tanh_backward(dout, out):
    return dout * (1 - out**2)


def tanh_off_backward(dout, out):
    return 1.0001 * dout * (1 - out**2)


def tanh_double_forward(x):
    out = np.tanh(x)
    return out, out


def total_forward(x):
    return np.sum(x), x


def total_backward(dout, x):
    return dout * np.ones_like(x)


if __name__ == "__main__":
    from chainrule_gates import serve

    serve(
        tanh=(tanh_forward, tanh_backward),
        tanh_off=(tanh_forward, tanh_off_backward),
        tanh_double=(tanh_double_forward, tanh_backward),
        total=(total_forward, total_backward),
    )
