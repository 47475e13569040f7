"""Runs a numpy function once for many copies of what it is given.

A layer of a few hundred numbers takes more time for its calls of numpy than for the arithmetic, and one number that is moved changes little of
what follows. A `Stack` holds what the copies of an array have in common, and for each copy the one block in which it differs: an element, a row, a
column, or all of it. It looks to the function like the array of one copy, and does to each what numpy would. Anything else that is asked of it (a
branch on its values, an index made of them, a function that it does not know) raises an error, and the copies are run one by one. So no copy
can depend on another. chainrule_gates.py compares some copies with a run of their own.

What is summed over a block is the common sum plus what the block changes of it, which may differ in its last bits from the sum of a run alone.
"""

import math

import numpy as np
from numpy.lib.mixins import NDArrayOperatorsMixin


# More numbers than this are not summed one after the other.
_LONGEST_SUM_IN_TURN = 32


class Stack(NDArrayOperatorsMixin):
    """One array for each copy.

    `copies` has their blocks along its first axis. For each axis of the array, `index` holds None where the block spans all of it, or for each
    copy the one index where it lies; `base` is the array of which a copy is all but its block. A block that spans all has neither.
    """

    # Whether something was asked that no stack can tell, though the function may have caught the error.
    was_refused = False
    # The most numbers that a stack has held.
    largest = 0

    def __init__(self, copies, index=None, base=None):
        self.copies = copies
        self.is_shared = False
        if index is None or all(i is None for i in index):
            self.index, self.base = None, None
        else:
            self.index, self.base = index, base
        if copies.size > Stack.largest:
            Stack.largest = copies.size

    # For functions that ask whether they are given an array.
    __class__ = property(lambda self: np.ndarray)
    shape = property(lambda self: self.copies.shape[1:] if self.index is None else self.base.shape)
    ndim = property(lambda self: self.copies.ndim - 1)
    size = property(lambda self: self.copies[0].size if self.index is None else self.base.size)
    dtype = property(lambda self: self.copies.dtype)
    T = property(lambda self: self.transpose())

    def __len__(self):
        return self.shape[0]

    def _refuse(self, *_, **__):
        Stack.was_refused = True
        raise TypeError("copies that are run at once have no one value")

    __bool__ = __int__ = __float__ = __complex__ = __index__ = __array__ = __iter__ = __contains__ = _refuse

    def __getattr__(self, name):
        Stack.was_refused = True
        raise AttributeError(name)

    # Blocks

    def widened(self, axes=None):
        """The same with a block that spans the given axes, all without them."""
        axes = range(self.ndim) if axes is None else axes
        axes = [axis for axis in axes if self.index is not None and self.index[axis] is not None]
        if not axes:
            return self
        index = tuple(None if axis in axes else i for axis, i in enumerate(self.index))
        count = len(self.copies)
        blocks = _first(np.empty((*(1 if i is not None else n for i, n in zip(index, self.shape)), count), self.dtype))
        blocks[...] = _at(self.base, index)
        # The axes that are widened come first, after that of the copies.
        rest = [axis for axis in range(self.ndim) if axis not in axes]
        order = (0, *(axis + 1 for axis in axes), *(axis + 1 for axis in rest))
        place = (np.arange(count), *(self.index[axis] for axis in axes))
        blocks.transpose(order)[place] = self.copies.transpose(order).reshape(count, *(self.copies.shape[axis + 1] for axis in rest))
        return Stack(blocks, index, self.base)

    def array(self, copy):
        """The array of one copy, which may be changed."""
        if self.index is None:
            return self.copies[copy].copy()
        array = self.base.copy()
        array[self._place(copy)] = self.copies[copy]
        return array

    def arrays(self):
        """The array of each copy in turn, all in one place, as to make one anew takes longer than most layers."""
        if self.index is None:
            array = self.copies[0].copy()
            for block in self.copies:
                array[...] = block
                yield array
            return
        array = self.base.copy()
        for copy, block in enumerate(self.copies):
            place = self._place(copy)
            array[place] = block
            yield array
            array[place] = self.base[place]

    def _place(self, copy):
        return tuple(slice(None) if i is None else slice(i[copy], i[copy] + 1) for i in self.index)

    def changes(self):
        """For each copy the elements of its block, and what they are."""
        strides = np.cumprod((1, *self.shape[:0:-1]))[::-1]
        element = 0
        for axis, (i, stride, extent) in enumerate(zip(self.index, strides, self.shape)):
            along = np.arange(extent)[np.newaxis] if i is None else i[:, np.newaxis]
            element = element + stride * along.reshape(len(along), *[1] * axis, -1, *[1] * (self.ndim - axis - 1))
        element = np.broadcast_to(element, self.copies.shape)
        return element.reshape(len(self.copies), -1), self.copies.reshape(len(self.copies), -1)

    def _difference(self):
        """What the blocks add to the base."""
        return self.copies - _at(self.base, self.index)

    # What numpy does

    def __array_ufunc__(self, ufunc, method, *inputs, out=None, **options):
        if method != "__call__" or options or ufunc.nout != 1:
            self._refuse()
        if ufunc.signature is None:
            result = _elementwise(ufunc, inputs)
        elif ufunc is np.matmul and all(np.ndim(operand) == 2 for operand in inputs):
            result = _product(*inputs)
        else:
            self._refuse()
        if out is None:
            return result
        # As in `x -= mean`, which must not change the type of x.
        (target,) = out
        if type(target) is not Stack or not np.can_cast(result.dtype, target.dtype, "same_kind") or result.shape != target.shape:
            self._refuse()
        target._own()
        target.copies[...] = result.widened().copies
        return target

    def __array_function__(self, function, types, operands, options):
        if function in _REDUCTIONS:
            return _reduced(function, *operands, **options)
        if function in _FUNCTIONS:
            return _FUNCTIONS[function](*operands, **options)
        self._refuse()

    def __getitem__(self, index):
        index = self._index(index)
        if any(isinstance(i, np.ndarray) for i in index):
            return self._picked(index)
        # An axis that is not taken whole needs blocks that span it.
        if ... in index or None in index:
            wide = self.widened()
        else:
            wide = self.widened([axis for axis, i in enumerate(index) if i != slice(None)])
        copies = wide.copies[(slice(None), *index)]
        if wide.index is None:
            return self._view(Stack(copies))
        left = tuple(i for axis, i in enumerate(wide.index) if axis >= len(index) or isinstance(index[axis], slice))
        return self._view(Stack(copies, left, wide.base[index]))

    def _picked(self, index):
        """The elements that whole numbers pick."""
        wide = self.widened(range(len(index), self.ndim))
        if wide.index is None:
            return Stack(wide.copies[(slice(None), *index)])
        common = wide.base[index]
        index = np.broadcast_arrays(*(i % n for i, n in zip(index, self.shape)))
        copies = np.arange(len(self.copies)).reshape(-1, *[1] * index[0].ndim)
        inside, place = True, [copies]
        for i, own in zip(index, wide.index):
            place.append(i if own is None else 0)
            if own is not None:
                inside = inside & (i == own.reshape(copies.shape))
        blocks = wide.copies[tuple(place)]
        return Stack(np.where(inside.reshape(*inside.shape, *[1] * (blocks.ndim - inside.ndim)), blocks, common))

    def __setitem__(self, index, value):
        index = self._index(index)
        self._own()
        place = Stack(self.copies[(slice(None), *index)])
        self.copies[(slice(None), *index)] = _aligned(_widened([place, value]))[1]

    def _index(self, index):
        """An index of whole numbers alone, or of slices."""
        index = index if isinstance(index, tuple) else (index,)
        are_numbers = all(_is_number(i) or isinstance(i, np.ndarray) and i.dtype.kind in "iu" for i in index)
        if not are_numbers and not all(_is_number(i) or i is None or i is ... or isinstance(i, slice) for i in index):
            self._refuse()
        return index

    def _view(self, other):
        """Another stack, which in one copy would be the same memory."""
        if self.index is not None:
            self.is_shared = True
        other.is_shared = self.is_shared
        return other

    def _own(self):
        """Makes the block all of the array, so that it can be written to."""
        # What would be the same memory must see what is written, and operands must stay as they are.
        if self.is_shared or not self.copies.flags.writeable:
            self._refuse()
        self.copies, self.index, self.base = self.widened().copies, None, None

    def reshape(self, *shape):
        shape = shape[0] if isinstance(shape[0], (tuple, list)) else shape
        count = len(self.copies)
        if self.index is None:
            return self._view(Stack(self.copies.reshape(count, *shape)))
        base = self.base.reshape(shape)
        if base.shape == self.shape:
            return self._view(Stack(self.copies, self.index, base))
        if all(i is not None for i in self.index):
            index = np.unravel_index(np.ravel_multi_index(self.index, self.shape), base.shape)
            return self._view(Stack(self.copies.reshape(count, *[1] * base.ndim), index, base))
        if all(i is None for i in self.index[1:]) and base.shape[:1] == self.shape[:1]:
            index = (self.index[0], *[None] * (base.ndim - 1))
            return self._view(Stack(self.copies.reshape(count, 1, *base.shape[1:]), index, base))
        return self._view(Stack(self.widened().copies.reshape(count, *base.shape)))

    def transpose(self, *axes):
        axes = axes[0] if axes and isinstance(axes[0], (tuple, list)) else axes or range(self.ndim)[::-1]
        axes = [axis % self.ndim for axis in axes]
        copies = self.copies.transpose(0, *(axis + 1 for axis in axes))
        if self.index is None:
            return self._view(Stack(copies))
        return self._view(Stack(copies, tuple(self.index[axis] for axis in axes), self.base.transpose(axes)))

    def dot(self, other):
        return self @ other

    def copy(self):
        return Stack(self.copies.copy(), self.index, self.base)

    def astype(self, dtype):
        return Stack(self.copies.astype(dtype), self.index, None if self.index is None else self.base.astype(dtype))


_REDUCTIONS = (np.sum, np.mean, np.max, np.min, np.prod, np.var, np.std, np.any, np.all)
_FUNCTIONS = {
    np.dot: lambda a, b: a @ b,
    np.reshape: lambda a, shape: a.reshape(shape),
    np.transpose: lambda a, *axes: a.transpose(*axes),
    np.copy: lambda a: a.copy(),
    np.zeros_like: lambda a: Stack(np.zeros((len(a.copies), *a.shape), a.dtype)),
    np.ones_like: lambda a: Stack(np.ones((len(a.copies), *a.shape), a.dtype)),
    np.where: lambda *operands: _elementwise(np.where, operands),
    np.shape: lambda a: a.shape,
    np.ndim: lambda a: a.ndim,
    np.size: lambda a: a.size,
}


def _at(array, index):
    """The blocks of an array at an index for each copy; one for all where there is none."""
    moved = [axis for axis, i in enumerate(index) if i is not None]
    if not moved:
        return array[np.newaxis]
    rest = [axis for axis in range(array.ndim) if axis not in moved]
    blocks = array.transpose(*rest, *moved)[(..., *(index[axis] for axis in moved))]
    return _first(blocks.reshape(*(1 if i is not None else n for i, n in zip(index, array.shape)), -1))


def _first(blocks):
    """The same with the axis of the copies first, as in `Stack.copies`. They stay last in memory: numpy's inner loops run over many numbers then."""
    return blocks.transpose(-1, *range(blocks.ndim - 1))


def _elementwise(function, operands):
    """A function of each element, with numpy's broadcasting: blocks along the axes on which all copies agree where they lie."""
    stacks = [operand for operand in operands if type(operand) is Stack]
    if any(stack.index is None for stack in stacks):
        return Stack(function(*_aligned(_widened(operands))))
    shape = np.broadcast_shapes(*map(np.shape, operands))
    ndim = len(shape)
    index = []
    for axis in range(ndim):
        found = [_index_on(stack, axis - ndim, shape[axis]) for stack in stacks]
        are_same = all(i is found[0] or i is not None and found[0] is not None and np.array_equal(i, found[0]) for i in found)
        index.append(found[0] if are_same else None)
    if all(i is None for i in index):
        return Stack(function(*_aligned(_widened(operands))))
    blocks, bases = [], []
    for operand in operands:
        if type(operand) is Stack:
            own = index[ndim - operand.ndim :]
            blocks.append(operand.widened([axis for axis, i in enumerate(own) if i is None]))
            bases.append(operand.base)
        else:
            operand = np.asarray(operand) if np.ndim(operand) > 0 else operand
            bases.append(operand)
            # An axis of one number is broadcast.
            own = [i if n > 1 else None for i, n in zip(index[ndim - np.ndim(operand) :], np.shape(operand))]
            blocks.append(operand if all(i is None for i in own) else Stack(_at(operand, own)))
    return Stack(function(*_aligned(blocks, ndim)), tuple(index), function(*bases))


def _index_on(stack, axis, extent):
    """Where the blocks of a stack lie along an axis, counted from the last; None where they reach over all of it."""
    if -axis > stack.ndim or stack.shape[axis] != extent:
        return None
    return stack.index[axis]


def _product(a, b):
    """The matrix product."""
    a_index, b_index = (operand.index if type(operand) is Stack else (None, None) for operand in (a, b))
    are_both = type(a) is Stack and type(b) is Stack
    if are_both or a_index is None or b_index is None or not a.dtype == b.dtype == np.float64:
        return Stack(np.matmul(*map(_copies, _widened((a, b)))))
    base = np.matmul(_base(a), _base(b))
    inner = a_index[1] if type(a) is Stack else b_index[0]
    if inner is None:
        # Rows of the first matrix, or columns of the second, with a product of their own.
        return Stack(np.matmul(_copies(a), _copies(b)), (a_index[0], b_index[1]), base)
    # A row or a column of one matrix meets a column or a row of the other: the rest of the product stays.
    if type(a) is Stack:
        product, index = a._difference() * _at(b, (inner, None)), (a_index[0], None)
    else:
        product, index = _at(a, (None, inner)) * b._difference(), (None, b_index[1])
    product += _at(base, index)
    if np.isfinite(product).all():
        return Stack(product, index, base)
    return _product(a.widened([1]), b) if type(a) is Stack else _product(a, b.widened([0]))


def _for_sums(blocks, axes):
    """The same in memory as the arrays of single copies where that matters: numpy sums many neighbours in pairs, and loses fewer bits."""
    if blocks.ndim - 2 not in axes or math.prod(blocks.shape[axis + 1] for axis in axes) <= _LONGEST_SUM_IN_TURN:
        return blocks
    return np.ascontiguousarray(blocks)


def _reduced(function, stack, axis=None, *, keepdims=False, **options):
    if options.keys() - {"ddof"}:
        stack._refuse()
    ndim = stack.ndim
    axes = tuple(range(ndim)) if axis is None else tuple(a % ndim for a in (axis if isinstance(axis, tuple) else (axis,)))
    if stack.index is None:
        copies = _for_sums(stack.copies, axes)
        if axis is None:
            count = len(copies)
            result = function(copies.reshape(count, -1), axis=1, **options)
            return Stack(result.reshape(count, *[1] * ndim) if keepdims else result)
        return Stack(function(copies, axis=tuple(a + 1 for a in axes), keepdims=keepdims, **options))
    left = tuple(None if a in axes else i for a, i in enumerate(stack.index))
    kept = left if keepdims else tuple(i for a, i in enumerate(left) if a not in axes)
    if all(stack.index[a] is None for a in axes):
        # Each block has all that is reduced.
        copies = function(_for_sums(stack.copies, axes), axis=tuple(a + 1 for a in axes), keepdims=keepdims, **options)
        return Stack(copies, kept, function(stack.base, axis=axes, keepdims=keepdims, **options))
    if function in (np.sum, np.mean) and stack.dtype == np.float64:
        base = function(stack.base, axis=axes, keepdims=True)
        change = _for_sums(stack._difference(), axes).sum(axis=tuple(a + 1 for a in axes), keepdims=True)
        if function is np.mean:
            change /= stack.base.size / max(base.size, 1)
        copies = _at(base, left) + change
        if np.isfinite(copies).all():
            if not keepdims:
                copies, base = copies.squeeze(tuple(a + 1 for a in axes)), base.squeeze(axes)
            return Stack(copies, kept, base)
    wide = stack.widened() if axis is None else stack.widened(axes)
    return _reduced(function, wide, axis, keepdims=keepdims, **options)


def _method(function):
    return lambda self, *operands, **options: _reduced(function, self, *operands, **options)


for _name, _reduction in zip(("sum", "mean", "max", "min", "prod", "var", "std", "any", "all"), _REDUCTIONS):
    setattr(Stack, _name, _method(_reduction))


def _is_number(index):
    return isinstance(index, (int, np.integer)) and not isinstance(index, bool)


def _copies(value):
    return value.copies if type(value) is Stack else value


def _base(value):
    return value.base if type(value) is Stack else value


def _widened(values):
    return [value.widened() if type(value) is Stack else value for value in values]


def _aligned(values, ndim=None):
    """The blocks of all copies, so that numpy's broadcasting lines up the axes of one copy and leaves the first alone."""
    ndim = max(map(np.ndim, values)) if ndim is None else ndim
    return [
        value.copies.reshape(len(value.copies), *[1] * (ndim - value.ndim), *value.copies.shape[1:]) if type(value) is Stack else value
        for value in values
    ]
