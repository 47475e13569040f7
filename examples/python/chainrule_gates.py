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
described in docs/external-gates.md. This module needs numpy and the four beside it, nothing else.
"""

import binascii
import gc
import json
import math
import os
import sys

import numpy as np
from chainrule_blocks import changed
from chainrule_copies import Step, joined, outputs
from chainrule_functions import gate_of
from chainrule_stack import Stack

VERSION = 1


def serve(**functions):
    """Serves each function, pair or model under its name until gradcheck has no more requests."""
    if "CHAINRULE_GATES" not in os.environ:
        return
    requests, answers = _take_streams()
    try:
        gates = {name: gate_of(name, what) for name, what in functions.items()}
    except TypeError as error:
        sys.exit(f"serve: {error}")
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
    # Half a line that was printed before is no part of an answer.
    answers.write(b"\n")
    os.dup2(2, 1)
    if hasattr(sys.stdout, "reconfigure"):
        # What was printed last is seen even if the process is ended.
        sys.stdout.reconfigure(line_buffering=True)
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

    def changed_operands():
        return {i for i, (a, b) in enumerate(zip(operands, given)) if a.tobytes() != b.tobytes()}

    # A forward pass of its own: a backward pass may use up what it left.
    output, memory = gate.forward(given, options)
    if kind == "forward":
        return {"output": output, "changed": sorted(changed_operands())}
    # The backward pass may write to what it finds in the cache: the output, or an operand, which others use too.
    seen, before = {"output": output.copy()} if request.get("observe") else {}, changed_operands()
    gradients = gate.backward(np.array(upstream), memory)
    return {**seen, "gradients": gradients, "changed": sorted(before | changed_operands())}


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

    line = json.dumps(answer, default=wire, allow_nan=False)
    if count > 0:
        line = f'{line[:-1]}, "numbers": {count}}}'
    return b"".join([line.encode(), b"\n", *block])


def _told(error):
    """An error in one line, with the place in the file it came from; all of it goes to standard error."""
    # Read when it is needed, as the start of a check is worth milliseconds.
    import traceback

    traceback.print_exception(error)
    frames = [frame for frame in traceback.extract_tb(error.__traceback__) if not _is_ours(frame.filename)]
    place = f" ({os.path.basename(frames[-1].filename)} line {frames[-1].lineno})" if frames else ""
    words = "; ".join(line.strip() for line in str(error).splitlines() if line.strip())
    return f"{type(error).__name__}{': ' if words else ''}{words}{place}"


def _is_ours(path):
    folder, name = os.path.split(os.path.abspath(path))
    return name.startswith("chainrule_") and folder == os.path.dirname(os.path.abspath(__file__))
