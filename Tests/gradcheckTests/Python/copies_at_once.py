"""Runs functions for many copies at once and one by one: the numbers must be the same but for the rounding of sums, whichever copies
are asked for together."""

import math
import sys

import numpy as np

import chainrule_copies
import chainrule_functions
import chainrule_gates
import layers

np.seterr(all="ignore")
random = np.random.default_rng(7)
rows = np.arange(6)
labels = random.integers(4, size=6)


def hinge_loss(x):
    margins = np.maximum(0, x - x[rows, labels][:, np.newaxis] + 1)
    margins[rows, labels] = 0
    return margins.sum() / len(x)


def softmax_in_place(x):
    p = np.exp(x - np.max(x, axis=1, keepdims=True))
    p /= np.sum(p, axis=1, keepdims=True)
    return -np.sum(np.log(p[rows, labels])) / x.shape[0]


def layernorm(x):
    return (x.T - x.mean(axis=-1)).T / x.std(axis=1, keepdims=True)


def pieces(x):
    y = np.zeros_like(x)
    y[:, 1:] = x[:, :-1] * x[0, 2]
    y[2] = np.where(x[2] > 0, x[2], 0.1 * x[2])
    return y.reshape(3, 2, -1).transpose(1, 0, 2) ** 2


def attention(x):
    scores = x @ x.T / np.sqrt(x.shape[1])
    weights = np.exp(scores - scores.max(axis=-1, keepdims=True))
    return (weights / weights.sum(axis=-1, keepdims=True)) @ x


def writes_into_a_view(x):
    y = 2 * x
    part = y[:, 1:]
    part[...] = 0
    return y


def column_sums(x):
    return np.sum(x, axis=0) + x.mean(axis=0, keepdims=True)


def ties(x):
    return np.where(x == x.max(axis=0), x, 0).prod(axis=1)


def rows_reversed(x):
    return x[::-1, 1:3] * x[rows[::-1]][:, :2] + x[-1, -2]


state = {}


def kept(x):
    state.setdefault("x", x)
    return x - state["x"]


def asks_what_it_is(x):
    return x * 3 if isinstance(x, np.ndarray) else 2 * x


AT_ONCE = {
    "affine": lambda x: layers.affine_forward(x, np.eye(4, 3), np.arange(3.0))[0],
    "affine, to its weights": lambda x: layers.affine_forward(np.ones((2, 6)), x, np.arange(4.0))[0],
    "relu": lambda x: layers.relu_forward(x)[0],
    "batchnorm": lambda x: layers.batchnorm_forward(x, np.ones(4), np.zeros(4), {})[0],
    "softmax": lambda x: layers.softmax_loss(x, labels)[0],
    "penalty": lambda x: layers.penalty(x)[0],
    "hinge loss": hinge_loss,
    "softmax in place": softmax_in_place,
    "layernorm": layernorm,
    "pieces": pieces,
    "constant": lambda x: np.ones(3),
    "itself": lambda x: x,
    "asks what it is": asks_what_it_is,
    "kept": kept,
    "attention": attention,
    "column sums": column_sums,
    "ties": ties,
    "rows reversed": rows_reversed,
    "vector": lambda x: np.arange(6.0)[np.newaxis] @ x,
    "infinite elsewhere": lambda x: np.where(np.arange(4) == 2, np.inf, x) @ np.ones((4, 2)),
    "outer": lambda x: x.reshape(-1, 1) * np.arange(3.0),
    "flattened": lambda x: x.reshape(3, 8).T.reshape(-1)[5:20].sum(),
    "moments": lambda x: x.var() + x.std(axis=0).max() + x.T.min(axis=1).mean(),
    "single precision": lambda x: (x.astype(np.float32) @ np.ones((4, 3), dtype=np.float32)).sum(axis=1),
    "whole numbers": lambda x: (x > 0).astype(int) @ np.arange(8).reshape(4, 2),
}

def branch(x):
    return x.sum() if x[0, 0] > 0 else x.max()


def argmax(x):
    return x[np.arange(6), x.argmax(axis=1)]


def loop(x):
    out = np.zeros(len(x))
    for i in range(len(x)):
        out[i] = x[i].sum()
    return out


def caught(x):
    try:
        return x * (1 if x.max() > 1 else 2)
    except TypeError:
        return x


def changes(x):
    x -= x.mean()
    return x.copy()


ONE_BY_ONE = {
    "branch": branch,
    "argmax": argmax,
    "loop": loop,
    "float": lambda x: math.exp(x.mean()),
    "asarray": lambda x: np.asarray(x) * 2,
    "mask": lambda x: x[x > 0].sum(),
    "norm": lambda x: np.linalg.norm(x),
    "caught": caught,
    "changes": changes,
    "writes into a view": writes_into_a_view,
}


# Of whole stacks, views are views.
SPARSE_ONLY = {"writes into a view"}


def copies(usual, count, are_sparse):
    """Copies of an operand as in a request, and each as an array."""
    copy, element, value = np.arange(1, count), random.integers(usual.size, size=count - 1), random.normal(size=count - 1)
    arrays = np.repeat(usual[np.newaxis], count, axis=0)
    arrays.reshape(count, -1)[copy, element] = value
    wire = {"base": usual.tolist(), "copy": copy.tolist(), "element": element.tolist(), "value": value.tolist()}
    return (wire if are_sparse else {"copies": arrays.tolist()}), arrays


def run(gate, function, wire, count):
    """All copies of an output."""
    step = chainrule_copies.Step(gate, function, [0])
    (parts,) = chainrule_copies.outputs([step], [chainrule_gates._operand(wire, (), count)], count, [1])
    joined = chainrule_copies.joined(parts)
    if not isinstance(joined, dict):
        return joined
    outputs = np.repeat(np.asarray(joined["base"], dtype=float)[np.newaxis], count, axis=0)
    copy = joined.get("copy", np.arange(count)[:, np.newaxis])
    outputs.reshape(count, -1)[copy, joined["element"]] = joined["value"]
    return outputs


def part(wire, start, end):
    """Some copies of an operand."""
    if "copies" in wire:
        return {"copies": wire["copies"][start:end]}
    inside = [i for i, copy in enumerate(wire["copy"]) if start <= copy < end]
    return {
        "base": wire["base"],
        "copy": [wire["copy"][i] - start for i in inside],
        "element": [wire["element"][i] for i in inside],
        "value": [wire["value"][i] for i in inside],
    }


def are_alike(found, expected, largest):
    """Whether two arrays differ by no more than the rounding of sums."""
    if found.shape != expected.shape or not np.array_equal(np.isfinite(found), np.isfinite(expected)):
        return False
    with np.errstate(invalid="ignore"):
        return not (np.abs(found - expected) > 2.0**-46 * largest).any()


def check(name, function, expects_all_at_once, are_sparse):
    usual = random.normal(size=(6, 4))
    # Kept by a function, as from an earlier call.
    state["x"] = usual
    gate = chainrule_functions.gate_of(name, function)
    for count in (1, 2, 9, 1000):
        wire, arrays = copies(usual, count, are_sparse)
        outputs = run(gate, function, wire, count)
        expected = np.stack([np.asarray(function(array.copy()), dtype=float) for array in arrays])
        largest = np.abs(expected[np.isfinite(expected)]).max(initial=0)
        if not are_alike(outputs, expected, largest):
            yield f"{name}: other numbers in {count} copies"
        if count == 9 and (not gate.runs_one_by_one) != expects_all_at_once:
            yield f"{name}: runs {'one by one' if gate.runs_one_by_one else 'at once'}"
        if count == 1000:
            for cut in (1, 17, 333, 999):
                parts = [run(gate, function, part(wire, *ends), ends[1] - ends[0]) for ends in ((0, cut), (cut, 1000))]
                if np.concatenate(parts).tobytes() == outputs.tobytes():
                    continue
                yield f"{name}: the numbers depend on which copies are asked for together"
        gate.runs_one_by_one.clear()


def check_chain():
    """A network whose layers hand their blocks on, moved at each of its parameters."""
    operands = [random.normal(size=shape) for shape in ((5, 7), (7, 6), 6, (6, 4), 4)] + [random.integers(4, size=5)]
    served = {"affine": layers.affine_forward, "relu": layers.relu_forward, "softmax": layers.softmax_loss, "penalty": layers.penalty}
    gates = {name: chainrule_functions.gate_of(name, function) for name, function in served.items()}
    reads = (("affine", [0, 1, 2]), ("relu", [6]), ("affine", [7, 3, 4]), ("softmax", [8, 5]), ("penalty", [1]))
    gates["affine"].output_function = lambda options: lambda x, w, b: layers.affine_forward(x, w, b)[0]
    gates["relu"].output_function = lambda options: lambda x: layers.relu_forward(x)[0]
    steps = [chainrule_copies.Step(gates[name], gates[name].output_function({}), numbers) for name, numbers in reads]
    for moved in range(5):
        wire, arrays = copies(operands[moved], 200, True)
        given = [chainrule_gates._operand(wire, (), 200) if i == moved else operand for i, operand in enumerate(operands)]
        parts = chainrule_copies.outputs(steps, given, 200, [9, 10])
        losses, penalties = (np.concatenate([part.widened().copies for part in each]) for each in parts)
        for copy, array in enumerate(arrays):
            x, w, b, v, c, y = (array if i == moved else operand for i, operand in enumerate(operands))
            loss, penalty = layers.softmax_loss(np.maximum(0, x @ w + b) @ v + c, y)[0], layers.penalty(w)[0]
            if abs(losses[copy] - loss) > 2.0**-44 * abs(loss) or abs(penalties[copy] - penalty) > 2.0**-44 * penalty:
                yield f"a chain with operand {moved} moved: other numbers in copy {copy}"
    yield from (f"a chain: {name} runs one by one" for name, gate in gates.items() if gate.runs_one_by_one)


# Blocks of small operands too.
chainrule_copies._SMALL = 0
failures = list(check_chain())
chainrule_copies._SMALL = 10**6
failures += check_chain()
chainrule_copies._SMALL = 0
for expects_all_at_once, functions in ((True, AT_ONCE), (False, ONE_BY_ONE)):
    for name, function in functions.items():
        for are_sparse in (True, False):
            if name in SPARSE_ONLY and not are_sparse:
                continue
            failures += check(name, function, expects_all_at_once, are_sparse)
print("\n".join(failures))
sys.exit(bool(failures))
