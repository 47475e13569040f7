"""Serves numpy functions as gates, so that gradcheck can use, check and draw them.

    from chainrule_gates import serve

    serve(affine=(affine_forward, affine_backward), softmax_loss=softmax_loss)

A gate is one of

- a pair of functions: `out, cache = forward(x, w, b)` and `dx, dw, db = backward(dout, cache)`. A forward function with several
  outputs before the cache gives them stacked along a new first axis, and its backward function gets one gradient for each.
- a loss: `loss, dx = softmax_loss(x, y)`, or `loss, grads = loss(x, y, w)` where `grads["w"]` is the gradient of w.
- a model with `model.params["W1"]` and `loss, grads = model.loss(X, y)`; its parameters are operands too.
- a function that returns its output alone; it has no gradient of its own.

Parameters with a default value are options in a formula, and those named `..._param` are dictionaries of the options that are left:
`batchnorm(x, gamma, beta, mode="train")` calls `batchnorm_forward(x, gamma, beta, {"mode": "train"})`.

Run by itself, a file that calls `serve` does what it always did. What it prints while it serves goes to standard error. The messages are
described in docs/external-gates.md. This module needs numpy and nothing else.
"""

import base64
import functools
import inspect
import json
import os
import sys
import traceback

import numpy as np
from chainrule_stack import LEAST_COUNT, stacked_outputs

VERSION = 1

# Operands of these names hold class labels or indices, where their values allow it.
_LABEL_NAMES = {"y", "label", "labels", "target", "targets", "idx", "index", "indices"}


def serve(**functions):
    """Serves each function, pair or model under its name until gradcheck has no more requests."""
    if "CHAINRULE_GATES" not in os.environ:
        return
    requests, answers = _take_streams()
    gates = {name: _gate(name, what) for name, what in functions.items()}
    for line in requests:
        request = json.loads(line)
        try:
            answer = _answer(request, gates)
        except Exception as error:
            traceback.print_exc()
            answer = {"error": _told(error)}
        answer["id"] = request["id"]
        answers.write(_json(answer) + "\n")
        answers.flush()
        if request["request"] == "shutdown":
            break
    # Nobody waits for what an interpreter tidies up at its end.
    sys.stderr.flush()
    os._exit(0)


def _take_streams():
    """The streams of the protocol; what anybody prints from now on goes to standard error."""
    requests = os.fdopen(os.dup(0), "r", encoding="utf-8")
    answers = os.fdopen(os.dup(1), "w", encoding="utf-8")
    os.dup2(2, 1)
    nothing = os.open(os.devnull, os.O_RDONLY)
    os.dup2(nothing, 0)
    return requests, answers


def _answer(request, gates):
    kind = request["request"]
    if kind == "list":
        return {"version": VERSION, "gates": [gate.description() for gate in gates.values()]}
    if kind == "shutdown":
        return {}
    gate, options = gates[request["gate"]], request.get("options", {})
    if kind == "open":
        return gate.open([_array(operand) for operand in request["operands"]], options)
    if kind == "backward":
        operands = [_array(operand) for operand in request["operands"]]
        gradients = gate.backward(_array(request["upstream"]), operands, options)
        return {"gradients": list(gradients)}
    if "copies" in request:
        count = request["copies"]
        copies = [_Copies(operand, count) for operand in request["operands"]]
        return {"output": _sparse(_outputs(gate, gate.output_function(options), copies, count))}
    operands = [_array(operand) for operand in request["operands"]]
    given = [np.array(operand) for operand in operands]
    output, _ = gate.forward(given, options)
    changed = [i for i, (a, b) in enumerate(zip(operands, given)) if a.tobytes() != b.tobytes()]
    return {"output": output, "changed": changed}


# What functions look like


def _gate(name, what):
    if isinstance(what, (tuple, list)):
        return _Pair(name, *what)
    if hasattr(what, "params") and callable(getattr(what, "loss", None)):
        return _Model(name, what)
    return _Function(name, what)


class _Gate:
    """What the shapes of function have in common."""

    def __init__(self, name, function):
        self.name = name
        self.function = function
        self.summary = (inspect.getdoc(function) or "").split("\n")[0]
        self.operands, self.options, self.dictionary = [], [], None
        self.runs_one_by_one = set()
        for parameter in inspect.signature(function).parameters.values():
            if parameter.name.endswith("_param") or parameter.name == "config":
                self.dictionary = parameter.name
            elif parameter.default is not parameter.empty:
                self.options.append(parameter.name)
            elif parameter.kind in (parameter.POSITIONAL_ONLY, parameter.POSITIONAL_OR_KEYWORD):
                self.operands.append(parameter.name)

    def description(self):
        described = {"name": self.name, "operands": self.operands, "summary": self.summary or "Is served by Python."}
        if self.dictionary is None:
            described["options"] = self.options
        return described

    def bound(self, options):
        """The function with each option where it belongs."""
        named = {name: value for name, value in options.items() if name in self.options}
        if self.dictionary is None:
            return functools.partial(self.function, **named) if named else self.function
        rest = {name: value for name, value in options.items() if name not in self.options}
        # A dictionary of its own for each call, as functions write into it.
        return lambda *operands: self.function(*operands, **named, **{self.dictionary: dict(rest)})

    def output_function(self, options):
        """A function of the operands that gives the output alone."""
        function = self.bound(options)

        def output(*operands):
            result = function(*operands)
            return result[0] if isinstance(result, tuple) else result

        return output

    def open(self, operands, options):
        """The shape of the output, which operands have a gradient, and which hold whole numbers."""
        types = self.types(operands, options)
        operands = [_typed(operand, kind) for operand, kind in zip(operands, types)]
        output, memory = self.forward([np.array(operand) for operand in operands], options)
        try:
            gradients = self.backward(np.ones(np.shape(output)), [np.array(operand) for operand in operands], options)
            differentiable = [gradient is not None for gradient in gradients]
        except Exception:
            # It fails when it is asked again, and is then told.
            differentiable = [kind == "float" for kind in types]
        return {"shape": list(np.shape(output)), "differentiable": differentiable, "types": types}

    def types(self, operands, options):
        """Which operands must be integers: labels by their name, or all that can be where floats are refused."""
        whole = [np.array_equal(operand, np.floor(operand)) for operand in operands]
        named = [is_whole and name.lower() in _LABEL_NAMES for is_whole, name in zip(whole, self.operands)]
        for integers in (named, whole):
            types = ["integer" if is_integer else "float" for is_integer in integers]
            try:
                self.forward([_typed(np.array(operand), kind) for operand, kind in zip(operands, types)], options)
                return types
            except (IndexError, TypeError):
                continue
        return ["integer" if is_integer else "float" for is_integer in named]


class _Pair(_Gate):
    """`out, cache = forward(...)` and `gradients = backward(dout, cache)`."""

    def __init__(self, name, forward, backward):
        super().__init__(name, forward)
        self.backward_function = backward

    def run(self, operands, options):
        result = self.bound(options)(*operands)
        if not isinstance(result, tuple) or len(result) < 2:
            raise TypeError(f"{self.function.__name__} must return (out, cache)")
        return result[:-1], result[-1]

    def output_function(self, options):
        function = self.bound(options)

        def output(*operands):
            result = function(*operands)
            return result[0] if len(result) == 2 else np.stack(result[:-1])

        return output

    def forward(self, operands, options):
        outputs, cache = self.run(operands, options)
        return _numbers(outputs[0] if len(outputs) == 1 else np.stack(outputs), self.name), cache

    def backward(self, upstream, operands, options):
        # A forward pass of its own: a backward pass may use up its cache.
        outputs, cache = self.run(operands, options)
        upstreams = [upstream] if len(outputs) == 1 else list(upstream)
        gradients = self.backward_function(*upstreams, cache)
        return self.gradients(gradients if isinstance(gradients, (tuple, list)) else (gradients,))

    def gradients(self, gradients):
        if len(gradients) > len(self.operands):
            raise TypeError(
                f"{self.backward_function.__name__} returned {len(gradients)} gradients for the "
                f"{len(self.operands)} operands of {self.function.__name__}"
            )
        missing = [None] * (len(self.operands) - len(gradients))
        return [None if g is None else _numbers(g, self.name) for g in gradients] + missing


class _Function(_Gate):
    """`loss, gradients = function(...)`, or an output alone."""

    def forward(self, operands, options):
        result = self.bound(options)(*operands)
        if isinstance(result, tuple):
            return _numbers(result[0], self.name), result[1:]
        return _numbers(result, self.name), None

    def backward(self, upstream, operands, options):
        output, gradients = self.forward(operands, options)
        if gradients is None:
            raise TypeError(f"{self.name} returns no gradient; serve it as a pair with a backward function")
        if len(gradients) == 1 and isinstance(gradients[0], dict):
            gradients = [_named(gradients[0], name) for name in self.operands]
        gradients = list(gradients) + [None] * (len(self.operands) - len(gradients))
        return [None if g is None else _numbers(g, self.name) * upstream for g in gradients]


class _Model(_Function):
    """An object whose `loss` reads its `params`."""

    def __init__(self, name, model):
        super().__init__(name, model.loss)
        # Without labels a model of the course gives scores instead of a loss.
        self.inputs = self.operands + [option for option in self.options if option == "y"]
        self.options = [option for option in self.options if option != "y"]
        self.operands = self.inputs + list(model.params)
        self.model = model

    def bound(self, options):
        loss, count = super().bound(options), len(self.inputs)

        def call(*operands):
            self.model.params.update(zip(self.operands[count:], operands[count:]))
            return loss(*operands[:count])

        return call


def _named(gradients, name):
    return next((gradients[key] for key in (name, "d" + name) if key in gradients), None)


# Arrays and words


def _array(wire):
    """The array of a message: `{"shape": ..., "data": base64}` or nested lists."""
    if not isinstance(wire, dict):
        return np.array(wire)
    return np.frombuffer(base64.b64decode(wire["data"]), dtype="<f8").reshape(wire["shape"]).copy()


def _json(answer):
    """The text of an answer. Base64 needs no escapes, and is too long to be searched for them."""
    if isinstance(answer, np.ndarray):
        data = base64.b64encode(np.asarray(answer, dtype="<f8").tobytes()).decode("ascii")
        return f'{{"shape": {list(answer.shape)}, "data": "{data}"}}'
    if isinstance(answer, dict):
        return "{" + ", ".join(f"{json.dumps(key)}: {_json(value)}" for key, value in answer.items()) + "}"
    if isinstance(answer, list):
        return "[" + ", ".join(map(_json, answer)) + "]"
    return json.dumps(answer)


def _sparse(outputs):
    """Copies of an output; where they differ in few numbers, the first and what is different in the others."""
    flat = np.ascontiguousarray(outputs).reshape(len(outputs), -1)
    different = np.flatnonzero(flat.view(np.int64) != flat[0].view(np.int64))
    if 4 * len(different) > flat.size:
        return outputs
    copy, element = np.divmod(different, max(flat.shape[1], 1))
    return {"base": outputs[0], "copy": copy, "element": element, "value": flat.ravel()[different]}


class _Copies:
    """An operand of which many copies are asked for: each in turn stands in `array`, as to make one anew takes longer than most layers."""

    def __init__(self, wire, count):
        self.every, self.changes, self.last = None, None, slice(0, 0)
        if isinstance(wire, dict) and "copies" in wire:
            self.every = _array(wire["copies"])
            self.usual = self.every[0]
        elif isinstance(wire, dict) and "base" in wire:
            self.usual = _array(wire["base"])
            self.changes = _Changes(wire, count)
        else:
            self.usual = _array(wire)
        self.array = self.usual.copy()
        self.flat, self.flat_usual = self.array.reshape(-1), self.usual.reshape(-1)
        self.is_moved = self.every is not None or self.changes is not None
        self.stack, self.last_of_stack = None, None

    def move(self, copy):
        if self.every is not None:
            self.array[...] = self.every[copy]
        elif self.changes is not None:
            self.flat[self.last] = self.flat_usual[self.last]
            self.last, value = self.changes.of(copy)
            self.flat[self.last] = value

    def fresh(self, copy):
        """The copy in an array of its own."""
        self.array[...] = self.usual
        self.move(copy)
        return self.array.copy()

    def is_untouched(self, copy):
        left = self.array.tobytes()
        return left == self.fresh(copy).tobytes()

    def many(self, start, end, most):
        """A range of copies along a new first axis, of `most` at most."""
        if self.every is not None:
            return self.every[start:end]
        if self.stack is None:
            self.stack = np.repeat(self.flat_usual[np.newaxis], most, axis=0)
        else:
            self.stack[self.last_of_stack] = self.flat_usual[self.last_of_stack[1]]
        self.last_of_stack, value = self.changes.among(start, end)
        self.stack[self.last_of_stack] = value
        return self.stack[: end - start].reshape(end - start, *self.usual.shape)


class _Changes:
    """Which elements differ in each copy, and what they are."""

    def __init__(self, wire, count):
        copy = np.asarray(_array(wire["copy"]), dtype=int)
        order = np.argsort(copy, kind="stable")
        self.copy, self.element = copy[order], np.asarray(_array(wire["element"]), dtype=int)[order]
        self.value = _array(wire["value"])[order]
        self.starts = np.searchsorted(self.copy, np.arange(count + 1)).tolist()

    def of(self, copy):
        """The elements and values of one copy: a number for one, which is quicker, else arrays."""
        a, b = self.starts[copy], self.starts[copy + 1]
        return (self.element[a], self.value[a]) if b == a + 1 else (self.element[a:b], self.value[a:b])

    def among(self, start, end):
        """The places and values in a range of copies."""
        part = slice(self.starts[start], self.starts[end])
        return (self.copy[part] - start, self.element[part]), self.value[part]


def _outputs(gate, function, operands, count):
    """The output of each copy, along a new first axis."""
    arrays = [operand.array for operand in operands]
    moved = [operand for operand in operands if operand.is_moved]

    def output(copy):
        for operand in moved:
            operand.move(copy)
        return function(*arrays)

    # Which operands differ from copy to copy decides whether the copies can be run at once.
    kind = tuple(operand.is_moved for operand in operands)
    if moved and count >= LEAST_COUNT and kind not in gate.runs_one_by_one:
        first = np.array(_numbers(output(0), gate.name), dtype=float)
        outputs = stacked_outputs(function, operands, count, first)
        if outputs is not None and all(
            outputs[copy].tobytes() == np.asarray(output(copy), dtype=float).tobytes()
            and all(operand.is_untouched(copy) for operand in operands)
            for copy in (0, count // 2, count - 1)
        ):
            return outputs
        gate.runs_one_by_one.add(kind)
    outputs = _every(output, count, gate.name)
    if all(operand.is_untouched(count - 1) for operand in operands):
        return outputs
    # The function changes what it is given, so each copy needs arrays of its own.
    return _every(lambda copy: function(*[operand.fresh(copy) for operand in operands]), count, gate.name)


def _every(output, count, name):
    first = _numbers(output(0), name)
    outputs, shape = np.empty((count, *first.shape)), first.shape
    outputs[0] = first
    for copy in range(1, count):
        value = output(copy)
        if (value.shape if type(value) is np.ndarray else np.shape(value)) != shape:
            raise ValueError(f"{name} gives an array of shape {np.shape(value)} after one of shape {shape}")
        outputs[copy] = value
    return outputs


def _typed(array, kind):
    return array.astype(np.int64) if kind == "integer" else array


def _numbers(value, name):
    array = np.asarray(value)
    if array.dtype.kind not in "fiub":
        raise TypeError(f"{name} gives an array of {array.dtype}, not of real numbers")
    return array


def _told(error):
    """An error in one line, with the place in the file it came from."""
    frames = traceback.extract_tb(error.__traceback__)
    own = os.path.abspath(__file__)
    places = [frame for frame in frames if os.path.abspath(frame.filename) != own]
    place = f" ({os.path.basename(places[-1].filename)} line {places[-1].lineno})" if places else ""
    return f"{type(error).__name__}: {error}{place}"
