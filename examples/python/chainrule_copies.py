"""Runs gates for many copies of what they are given: all at once where that is sure to be right, else one by one.

A request may ask for several gates in a row, each of which reads what others gave, so that what lies in between need not travel. Values are
numbered: the operands of the request first, then what each step gives. A value that is the same in every copy is an array, any other a `Stack`.
"""

import itertools
import math

import numpy as np
from chainrule_blocks import Blocks
from chainrule_stack import Stack

# So many copies show how large the arrays are; then as many as fit into the caches of a processor are run at a time.
_FIRST_COUNT, _LARGEST_SIZE = 16, 1 << 17
_known_sizes = {}
# Where all operands have no more numbers than this, the arithmetic is nothing, and blocks are more to do than whole arrays.
_SMALL = 256
# Memory of this size that was freed makes glibc keep what is freed later, rather than fetch each large array anew from the system.
np.empty(1 << 24, dtype=np.uint8)
# How far a number may be from that of a run alone, in parts of the largest in its array: sums are taken in another order.
_ROUNDING = 2.0**-46


class Step:
    """One gate of a request: `function` gives its output alone, `operands` are the numbers of what it reads."""

    def __init__(self, gate, function, operands):
        self.gate, self.function, self.operands = gate, function, operands


class _NotAtOnce(Exception):
    """A gate turned out to need its copies one by one."""


def outputs(steps, operands, count, wanted):
    """The values of the given numbers in all copies, each a list of stacks that follow one another."""
    if count == 1 and not any(step.gate.runs_one_by_one for step in steps):
        # One copy lies in memory otherwise than several, and would be summed in another order.
        twice = [_part(operand, [0, 0]) for operand in operands]
        return [[_part(part, slice(1)) for part in parts] for parts in outputs(steps, twice, 2, wanted)]
    if sum(operand.size for operand in operands) <= _SMALL:
        operands = [operand.widened() if type(operand) is Stack else operand for operand in operands]
    while True:
        try:
            return _outputs(steps, operands, count, wanted)
        except _NotAtOnce:
            continue


def _outputs(steps, operands, count, wanted):
    alone = (count // 2, 0, count - 1)
    parts = [[] for _ in wanted]
    # The numbers of one copy in the largest array, as they were the last time.
    key = (*(step.gate for step in steps), *(type(operand) is Stack for operand in operands))
    start, length = 0, _length(count, _known_sizes[key]) if key in _known_sizes else min(count, _FIRST_COUNT)
    while start < count:
        Blocks.largest = 1
        # None is left over to be run alone.
        length = length if start + length != count - 1 else length + 1
        values = [_part(operand, slice(start, start + length)) for operand in operands]
        some = [copy - start for copy in alone if start <= copy < start + length]
        for number, step in enumerate(steps):
            try:
                values.append(_output(step, [values[i] for i in step.operands], length, some))
            except Exception as error:
                error.step = number
                raise
        for part, number in zip(parts, wanted):
            part.append(_stack(values[number], length))
        start += length
        _known_sizes[key] = Blocks.largest / length
        length = _length(count - start, _known_sizes[key])
    return parts


def _length(count, size):
    """How many of `count` copies are run at a time, in parts of about the same length."""
    part_count = math.ceil(count * size / _LARGEST_SIZE)
    return min(count, max(2, math.ceil(count / max(1, part_count))))


def _part(operand, copies):
    """Some copies of an operand, which nobody may change."""
    return _readonly(operand.some(copies) if type(operand) is Stack else operand)


def _readonly(value):
    """The same numbers, in which a write fails rather than changes what others see."""
    if type(value) is Stack:
        return Stack(_readonly(value.copies), value.index, value.base)
    value = np.asarray(value).view()
    value.flags.writeable = False
    return value


def _stack(value, count):
    return value if type(value) is Stack else Stack(np.broadcast_to(value, (count, *np.shape(value))))


# One gate


def _output(step, values, count, some):
    """What a gate gives; `some` copies are run alone too, if others are run at once."""
    if all(type(value) is not Stack for value in values):
        return _readonly(numbers(step.function(*map(np.array, values)), step.gate.name))
    # Which operands differ from copy to copy decides whether the copies can be run at once.
    kind = tuple(type(value) is Stack for value in values)
    if kind not in step.gate.runs_one_by_one:
        result = _at_once(step.function, values)
        # What has been seen to be right is looked at once in a request.
        some = some[:1] if kind in step.gate.runs_at_once else some
        if result is not None and all(_agrees(step, values, result, copy) for copy in some):
            step.gate.runs_at_once.add(kind)
            return _readonly(result)
        step.gate.runs_one_by_one.add(kind)
        raise _NotAtOnce
    result, is_untouched = _one_by_one(step, count, [_each(value) for value in values], values)
    if not is_untouched:
        # The function changes what it is given, so each copy needs arrays of its own.
        result, _ = _one_by_one(step, count, [map(_one, itertools.repeat(value), range(count)) for value in values], values)
    return _readonly(result)


def _at_once(function, values):
    Stack.was_refused = False
    try:
        result = function(*values)
    except Exception:
        return None
    # An error counts even if the function caught it.
    return None if Stack.was_refused else result


def _agrees(step, values, result, copy):
    """Whether one copy gives the same when it is run alone, and leaves what it is given as it is."""
    arrays = [_one(value, copy) for value in values]
    alone = np.asarray(step.function(*arrays), dtype=float)
    found = np.asarray(_one(result, copy), dtype=float)
    if any(array.tobytes() != _one(value, copy).tobytes() for array, value in zip(arrays, values)):
        return False
    if found.shape != alone.shape:
        return False
    if found.tobytes() == alone.tobytes():
        return True
    with np.errstate(invalid="ignore"):
        return np.abs(found - alone).max() <= _ROUNDING * np.abs(alone).max()


def _one_by_one(step, count, operands, values):
    """The output of each copy, and whether the last one left its operands as they were."""
    outputs = None
    for copy, arrays in enumerate(zip(*operands)):
        output = numbers(step.function(*arrays), step.gate.name)
        if outputs is None:
            outputs = np.empty((count, *output.shape))
        if output.shape != outputs.shape[1:]:
            name, first = step.gate.name, outputs.shape[1:]
            raise ValueError(f"{name} gives an array of shape {output.shape} after one of shape {first}")
        outputs[copy] = output
    is_untouched = all(array.tobytes() == _one(value, count - 1).tobytes() for array, value in zip(arrays, values))
    return Stack(outputs), is_untouched


def _each(value):
    """The array of each copy in turn."""
    return value.arrays() if type(value) is Stack else itertools.repeat(value.copy())


def _one(value, copy):
    """The array of one copy, which may be changed."""
    return value.array(copy) if type(value) is Stack else np.array(value)


def numbers(value, name):
    array = np.asarray(value)
    if array.dtype.kind not in "fiub":
        raise TypeError(f"{name} gives an array of {array.dtype}, not of real numbers")
    return array


# All copies of an output


def joined(parts):
    """An output in all copies, as in an answer: in full along a new first axis, or what differs from the base."""
    count = sum(len(part.copies) for part in parts)
    if all(part.index is not None and part.copies[0].size == parts[0].copies[0].size for part in parts) and 3 * sum(part.copies.size for part in parts) <= count * parts[0].size:
        element, value = map(np.concatenate, zip(*(part.changes() for part in parts)))
        return {"base": parts[0].base, "element": element, "value": value}
    outputs = np.concatenate([part.widened().copies for part in parts])
    flat = np.ascontiguousarray(outputs, dtype=float).reshape(count, -1)
    different = np.flatnonzero(flat.view(np.int64) != flat[0].view(np.int64))
    if 4 * len(different) > flat.size:
        return outputs
    copy, element = np.divmod(different, max(flat.shape[1], 1))
    # That of a scalar is a number of numpy's, and no array.
    return {"base": np.asarray(outputs[0]), "copy": copy, "element": element, "value": flat.ravel()[different]}
