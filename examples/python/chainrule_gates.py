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
described in docs/external-gates.md. This module needs numpy and the two beside it, nothing else.
"""

import binascii
import functools
import gc
import inspect
import json
import math
import os
import sys

import numpy as np
from chainrule_blocks import changed
from chainrule_copies import Step, joined, numbers, outputs
from chainrule_stack import Stack

VERSION = 1

# Operands of these names hold class labels or indices, where their values allow it.
_WITHOUT_GRADIENT = {"mask", "masks", "running_mean", "running_var"}
_LABEL_NAMES = {"y", "label", "labels", "target", "targets", "idx", "index", "indices"}


def serve(**functions):
    """Serves each function, pair or model under its name until gradcheck has no more requests."""
    if "CHAINRULE_GATES" not in os.environ:
        return
    requests, answers = _take_streams()
    gates = {name: _gate(name, what) for name, what in functions.items()}
    # What has been imported stays, and need not be looked through for garbage.
    gc.freeze()
    for line in requests:
        request = json.loads(line)
        block = np.frombuffer(requests.read(8 * request.get("numbers", 0)), dtype="<f8")
        try:
            answer = _answer(request, block, gates)
        except Exception as error:
            answer = {"error": _told(error)}
            if hasattr(error, "step"):
                answer["step"] = error.step
        answer["id"] = request["id"]
        answers.write(_message(answer, "numbers" in request))
        answers.flush()
        if request["request"] == "shutdown":
            break
    # Nobody waits for what an interpreter tidies up at its end.
    sys.stderr.flush()
    os._exit(0)


def _take_streams():
    """The streams of the protocol; what anybody prints from now on goes to standard error."""
    requests, answers = os.fdopen(os.dup(0), "rb"), os.fdopen(os.dup(1), "wb")
    os.dup2(2, 1)
    nothing = os.open(os.devnull, os.O_RDONLY)
    os.dup2(nothing, 0)
    return requests, answers


def _answer(request, block, gates):
    kind = request["request"]
    if kind == "list":
        takes = ["steps", "upstreams", "observe", "numbers", "ahead"]
        return {"version": VERSION, "takes": takes, "gates": [gate.description() for gate in gates.values()]}
    if kind == "shutdown":
        return {}
    if kind == "forward" and "copies" in request:
        return _copies(request, block, gates)
    gate, options = gates[request["gate"]], request.get("options", {})
    operands = [_array(operand, block) for operand in request["operands"]]
    if kind == "open":
        return gate.open(operands, options)
    if kind == "backward":
        upstream = _array(request["upstream"], block)
        if "copies" in request:
            # One upstream gradient after the other, each behind a forward pass of its own.
            each = [gate.backward(np.array(one), gate.forward(list(map(np.array, operands)), options)[1]) for one in upstream]
            return {"gradients": [None if gradients[0] is None else np.stack(gradients) for gradients in zip(*each)]}
    given = list(map(np.array, operands))
    # A forward pass of its own: a backward pass may use up what it left.
    output, memory = gate.forward(given, options)
    seen = {"output": output, "changed": [i for i, (a, b) in enumerate(zip(operands, given)) if a.tobytes() != b.tobytes()]}
    if kind == "forward":
        return seen
    gradients = {"gradients": gate.backward(np.array(upstream), memory)}
    return {**gradients, **seen} if request.get("observe") else gradients


def _copies(request, block, gates):
    """The answer to a forward request for many copies, of one gate or of several steps."""
    count = request["copies"]
    operands = [_operand(wire, block, count) for wire in request["operands"]]
    steps = []
    for step in request.get("steps", [{**request, "operands": range(len(operands))}]):
        gate = gates[step["gate"]]
        steps.append(Step(gate, gate.output_function(step.get("options", {})), step["operands"]))
    wanted = request.get("outputs", [len(operands)])
    found = [joined(parts) for parts in outputs(steps, operands, count, wanted)]
    return {"outputs": found} if "steps" in request else {"output": found[0]}


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
        # Of which operands many copies are known to run at once, or not to.
        self.runs_at_once, self.runs_one_by_one = set(), set()
        for parameter in inspect.signature(function).parameters.values():
            if parameter.name.endswith("_param") or parameter.name == "config":
                self.dictionary = parameter.name
            elif parameter.default is not parameter.empty:
                self.options.append(parameter.name)
            elif parameter.kind in (parameter.POSITIONAL_ONLY, parameter.POSITIONAL_OR_KEYWORD):
                self.operands.append(parameter.name)

    def description(self):
        described = {"name": self.name, "operands": self.operands, "summary": self.summary}
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
        types, (output, memory) = self.typed_forward(operands, options)
        try:
            gradients = self.backward(np.ones(np.shape(output)), memory)
            differentiable = [
                gradient is not None or kind == "float" and self.needs_gradient(name)
                for gradient, kind, name in zip(gradients, types, self.operands)
            ]
        except Exception:
            # It fails when it is asked again, and is then told.
            differentiable = [kind == "float" for kind in types]
        return {"shape": list(np.shape(output)), "differentiable": differentiable, "types": types}

    def needs_gradient(self, name):
        """Whether it is a slip where the function gives no gradient for an operand of real numbers."""
        return False

    def typed_forward(self, operands, options):
        """Which operands must be integers, labels by their name or all that can be where floats are refused, and a forward pass with them."""
        whole = [np.array_equal(operand, np.floor(operand)) for operand in operands]
        named = [is_whole and name.lower() in _LABEL_NAMES for is_whole, name in zip(whole, self.operands)]

        def run(integers):
            given = [operand.astype(np.int64 if is_integer else float) for operand, is_integer in zip(operands, integers)]
            return ["integer" if is_integer else "float" for is_integer in integers], self.forward(given, options)

        try:
            return run(named)
        except (IndexError, TypeError) as error:
            try:
                return run(whole)
            except (IndexError, TypeError):
                raise error from None


class _Pair(_Gate):
    """`out, cache = forward(...)` and `gradients = backward(dout, cache)`."""

    def __init__(self, name, forward, backward):
        super().__init__(name, forward)
        self.backward_function = backward

    def output_function(self, options):
        function = self.bound(options)

        def output(*operands):
            result = function(*operands)
            return result[0] if len(result) == 2 else np.stack(result[:-1])

        return output

    def forward(self, operands, options):
        """The output, and what the backward pass needs."""
        result = self.bound(options)(*operands)
        if not isinstance(result, tuple) or len(result) < 2:
            raise TypeError(f"{self.function.__name__} must return (out, cache)")
        outputs, cache = result[:-1], result[-1]
        return numbers(outputs[0] if len(outputs) == 1 else np.stack(outputs), self.name), (len(outputs), cache)

    def backward(self, upstream, memory):
        count, cache = memory
        upstreams = [upstream] if count == 1 else list(upstream)
        gradients = self.backward_function(*upstreams, cache)
        if isinstance(gradients, dict):
            gradients = [_named(gradients, name) for name in self.operands]
        return self.gradients(gradients if isinstance(gradients, (tuple, list)) else (gradients,))

    def needs_gradient(self, name):
        return name.lower() not in _WITHOUT_GRADIENT

    def gradients(self, gradients):
        if len(gradients) > len(self.operands):
            raise TypeError(
                f"{self.backward_function.__name__} returned {len(gradients)} gradients for the "
                f"{len(self.operands)} operands of {self.function.__name__}"
            )
        missing = [None] * (len(self.operands) - len(gradients))
        return [None if g is None else numbers(g, self.name) for g in gradients] + missing


class _Function(_Gate):
    """`loss, gradients = function(...)`, or an output alone."""

    def forward(self, operands, options):
        result = self.bound(options)(*operands)
        if isinstance(result, tuple):
            return numbers(result[0], self.name), result[1:]
        return numbers(result, self.name), None

    def backward(self, upstream, gradients):
        if gradients is None:
            raise TypeError(f"{self.name} returns no gradient; serve it as a pair with a backward function")
        if len(gradients) == 1 and isinstance(gradients[0], dict):
            gradients = [_named(gradients[0], name) for name in self.operands]
        gradients = list(gradients) + [None] * (len(self.operands) - len(gradients))
        return [None if g is None else numbers(g, self.name) * upstream for g in gradients]


class _Model(_Function):
    """An object whose `loss` reads its `params`."""

    def __init__(self, name, model):
        super().__init__(name, model.loss)
        # Without labels a model of the course gives scores instead of a loss.
        self.inputs = self.operands + [option for option in self.options if option == "y"]
        self.options = [option for option in self.options if option != "y"]
        self.operands = self.inputs + list(model.params)
        self.model = model

    def needs_gradient(self, name):
        return name in self.model.params

    def bound(self, options):
        loss, count = super().bound(options), len(self.inputs)

        def call(*operands):
            self.model.params.update(zip(self.operands[count:], operands[count:]))
            return loss(*operands[:count])

        return call


def _named(gradients, name):
    return next((gradients[key] for key in (name, "d" + name) if key in gradients), None)


# Arrays and words


def _array(wire, block=()):
    """An array of a request, which nobody may change: numbers of the block behind the line, base64, or nested lists."""
    if not isinstance(wire, dict):
        return np.array(wire)
    shape = wire["shape"]
    if "data" in wire:
        return np.frombuffer(binascii.a2b_base64(wire["data"]), dtype="<f8").reshape(shape)
    return block[wire["start"] : wire["start"] + math.prod(shape)].reshape(shape)


def _operand(wire, block, count):
    """An operand of a request for many copies: an array, or a stack of all copies."""
    if isinstance(wire, dict) and "copies" in wire:
        return Stack(_array(wire["copies"], block))
    if isinstance(wire, dict) and "base" in wire:
        base, copy, element, value = (_array(wire[key], block) for key in ("base", "copy", "element", "value"))
        return changed(Stack, base, copy.astype(int), element.astype(int), value, count)
    return _array(wire, block)


def _message(answer, has_block):
    """An answer as bytes: a line, in which arrays stand in base64, or behind which their numbers follow."""
    block, count = [], 0

    def wire(array):
        nonlocal count
        numbers = np.ascontiguousarray(array, dtype="<f8").data
        if not has_block:
            return {"shape": array.shape, "data": binascii.b2a_base64(numbers, newline=False).decode()}
        block.append(numbers)
        start, count = count, count + array.size
        return {"shape": array.shape, "start": start}

    line = json.dumps(answer, default=wire)
    if count > 0:
        line = f'{line[:-1]}, "numbers": {count}}}'
    return b"".join([line.encode(), b"\n", *block])


def _told(error):
    """An error in one line, with the place in the file it came from; all of it goes to standard error."""
    # Read when it is needed, as the start of a check is worth milliseconds.
    import traceback

    traceback.print_exception(error)
    frames = traceback.extract_tb(error.__traceback__)
    own = os.path.dirname(os.path.abspath(__file__))
    modules = {os.path.join(own, f"chainrule_{name}.py") for name in ("gates", "copies", "stack")}
    places = [frame for frame in frames if os.path.abspath(frame.filename) not in modules]
    place = f" ({os.path.basename(places[-1].filename)} line {places[-1].lineno})" if places else ""
    return f"{type(error).__name__}: {error}{place}"
