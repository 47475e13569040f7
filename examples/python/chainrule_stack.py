"""Runs a numpy function once for many copies of what it is given.

A layer of a few hundred numbers takes more time for its calls of numpy than for the arithmetic. A `Stack` holds one array for each copy along
a hidden first axis, looks to the function like the array of one, and does to each copy what numpy would. Anything else that is asked of it
(a branch on its values, an index made of them, a function that it does not know) raises an error, and the copies are run one by one. So no
copy can depend on another. chainrule_gates.py compares some copies with a run of their own, bit for bit.
"""

import numpy as np
from numpy.lib.mixins import NDArrayOperatorsMixin

# A stack of more numbers than this is slow to come by (memory of 128 KiB is asked of the system anew each time), and fewer copies than this
# are not worth it.
_LARGEST_SIZE, LEAST_COUNT = 1 << 14, 4


class Stack(NDArrayOperatorsMixin):
    """One array for each copy: `copies` has them along its first axis, which `shape` and every other attribute leave out."""

    # Whether something was asked that no stack can tell, though the function may have caught the error.
    was_refused = False

    def __init__(self, copies):
        self.copies = copies

    # For functions that ask whether they are given an array.
    __class__ = property(lambda self: np.ndarray)
    shape = property(lambda self: self.copies.shape[1:])
    ndim = property(lambda self: self.copies.ndim - 1)
    size = property(lambda self: self.copies[0].size)
    dtype = property(lambda self: self.copies.dtype)
    T = property(lambda self: self.transpose())

    def __len__(self):
        return len(self.copies[0])

    def _refuse(self, *_, **__):
        Stack.was_refused = True
        raise TypeError("copies that are run at once have no one value")

    __bool__ = __int__ = __float__ = __complex__ = __index__ = __array__ = __iter__ = __contains__ = _refuse

    def __getattr__(self, name):
        Stack.was_refused = True
        raise AttributeError(name)

    def __array_ufunc__(self, ufunc, method, *inputs, out=None, **options):
        if method != "__call__" or options or ufunc.nout != 1:
            self._refuse()
        if ufunc.signature is None:
            result = ufunc(*_aligned(inputs))
        elif ufunc is np.matmul and all(np.ndim(operand) == 2 for operand in inputs):
            result = ufunc(*map(_copies, inputs))
        else:
            self._refuse()
        if out is None:
            return Stack(result)
        # As in `x -= mean`, which must not change the type of x.
        (target,) = out
        if not isinstance(target, Stack) or not np.can_cast(result.dtype, target.dtype, "same_kind"):
            self._refuse()
        target.copies[...] = result
        return target

    def __array_function__(self, function, types, operands, options):
        if function in _REDUCTIONS:
            return _reduced(function, *operands, **options)
        if function in _FUNCTIONS:
            return _FUNCTIONS[function](*operands, **options)
        self._refuse()

    def __getitem__(self, index):
        index = self._index(index)
        found = self.copies[index]
        # What arrays pick lies in memory with the copies last, and would be summed in another order.
        return Stack(np.ascontiguousarray(found) if any(isinstance(i, np.ndarray) for i in index) else found)

    def __setitem__(self, index, value):
        index = self._index(index)
        place = Stack(self.copies[index])
        self.copies[index] = _aligned([place, value])[1]

    def _index(self, index):
        """An index of one copy as one of all copies: whole numbers alone, or slices."""
        index = index if isinstance(index, tuple) else (index,)
        are_numbers = all(_is_number(i) or isinstance(i, np.ndarray) and i.dtype.kind in "iu" for i in index)
        if not are_numbers and not all(_is_number(i) or i is None or i is ... or isinstance(i, slice) for i in index):
            self._refuse()
        return (slice(None), *index)

    def reshape(self, *shape):
        shape = shape[0] if isinstance(shape[0], (tuple, list)) else shape
        return Stack(self.copies.reshape(len(self.copies), *shape))

    def transpose(self, *axes):
        axes = axes[0] if axes and isinstance(axes[0], (tuple, list)) else axes or range(self.ndim)[::-1]
        return Stack(self.copies.transpose(0, *(axis % self.ndim + 1 for axis in axes)))

    def dot(self, other):
        return self @ other

    def copy(self):
        return Stack(self.copies.copy())

    def astype(self, dtype):
        return Stack(self.copies.astype(dtype))


_REDUCTIONS = (np.sum, np.mean, np.max, np.min, np.prod, np.var, np.std, np.any, np.all)
_FUNCTIONS = {
    np.dot: lambda a, b: a @ b,
    np.reshape: lambda a, shape: a.reshape(shape),
    np.transpose: lambda a, *axes: a.transpose(*axes),
    np.copy: lambda a: a.copy(),
    np.zeros_like: lambda a: Stack(np.zeros_like(a.copies)),
    np.ones_like: lambda a: Stack(np.ones_like(a.copies)),
    np.where: lambda *operands: Stack(np.where(*_aligned(operands))),
    np.shape: lambda a: a.shape,
    np.ndim: lambda a: a.ndim,
    np.size: lambda a: a.size,
}


def _reduced(function, stack, axis=None, *, keepdims=False, **options):
    if options.keys() - {"ddof"}:
        stack._refuse()
    count, ndim = len(stack.copies), stack.ndim
    if axis is None:
        result = function(stack.copies.reshape(count, -1), axis=1, **options)
        return Stack(result.reshape(count, *[1] * ndim) if keepdims else result)
    axes = axis if isinstance(axis, tuple) else (axis,)
    return Stack(function(stack.copies, axis=tuple(a % ndim + 1 for a in axes), keepdims=keepdims, **options))


def _method(function):
    return lambda self, *operands, **options: _reduced(function, self, *operands, **options)


for _name, _reduction in zip(("sum", "mean", "max", "min", "prod", "var", "std", "any", "all"), _REDUCTIONS):
    setattr(Stack, _name, _method(_reduction))


def _is_number(index):
    return isinstance(index, (int, np.integer)) and not isinstance(index, bool)


def _copies(value):
    return value.copies if isinstance(value, Stack) else value


def _aligned(values):
    """The arrays of all copies, so that numpy's broadcasting lines up the axes of one copy and leaves the first alone."""
    ndim = max(map(np.ndim, values))
    return [
        value.copies.reshape(len(value.copies), *[1] * (ndim - value.ndim), *value.shape) if isinstance(value, Stack) else value
        for value in values
    ]


def stacked_outputs(function, operands, count, first):
    """The output of each copy along a new first axis, where `first` is that of copy 0; None where the copies cannot be run at once.

    What the function is given cannot be written to, so that it fails rather than change what other copies see.
    """
    largest = max(first.size, *(operand.usual.size for operand in operands if operand.is_moved))
    chunk = min(count, _LARGEST_SIZE // max(largest, 1))
    if chunk < LEAST_COUNT:
        return None
    outputs = np.empty((count, *first.shape))
    Stack.was_refused = False
    for start in range(0, count, chunk):
        end = min(start + chunk, count)
        try:
            found = _copies(function(*[_operand(operand, start, end, chunk) for operand in operands]))
            outputs[start:end] = found
        except Exception:
            return None
    return None if Stack.was_refused else outputs


def _operand(operand, start, end, chunk):
    array = operand.many(start, end, chunk) if operand.is_moved else operand.usual
    array = array.view()
    array.flags.writeable = False
    return Stack(array) if operand.is_moved else array
