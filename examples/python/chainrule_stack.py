"""Runs a numpy function once for many copies of what it is given.

A layer of a few hundred numbers takes more time for its calls of numpy than for the arithmetic, and one number that is moved changes little of
what follows. A `Stack` looks to the function like the array of one copy, and does to the block of each what numpy would. Anything else that is
asked of it (a branch on its values, an index made of them, a function that it does not know) raises an error, and the copies are run one by one.
So no copy can depend on another. chainrule_copies.py compares some copies with a run of their own.

What is summed over a block is the common sum plus what the block changes of it, which may differ in its last bits from the sum of a run alone.
"""

import numpy as np
from chainrule_blocks import Blocks, at, for_sums
from numpy.lib.mixins import NDArrayOperatorsMixin


class Stack(Blocks, NDArrayOperatorsMixin):
    """One array for each copy, which numpy takes for one array."""

    # Whether something was asked that no stack can tell, though the function may have caught the error.
    was_refused = False

    # For functions that ask whether they are given an array.
    __class__ = property(lambda self: np.ndarray)
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

    # What numpy does

    def __array_ufunc__(self, ufunc, method, *inputs, out=None, **options):
        if method != "__call__" or options or ufunc.nout != 1:
            self._refuse()
        if ufunc.signature is None:
            result = _elementwise(ufunc, inputs)
        elif ufunc is np.matmul and all(_ndim(operand) == 2 for operand in inputs):
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

    def dot(self, other):
        return self @ other

    def copy(self):
        return Stack(self.copies.copy(), self.index, self.base)

    def astype(self, dtype):
        return Stack(self.copies.astype(dtype), self.index, None if self.index is None else self.base.astype(dtype))

    # Views

    def reshape(self, *shape):
        return self._view(super().reshape(*shape))

    def transpose(self, *axes):
        return self._view(super().transpose(*axes))

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

    # Elements

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
        return self._view(Stack.of(copies, left, wide.base[index]))

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
        self.copies[(slice(None), *index)] = _aligned((place, value))[1]

    def _index(self, index):
        """An index of whole numbers alone, or of slices."""
        index = index if isinstance(index, tuple) else (index,)
        are_numbers = all(_is_number(i) or isinstance(i, np.ndarray) and i.dtype.kind in "iu" for i in index)
        if not are_numbers and not all(_is_number(i) or i is None or i is ... or isinstance(i, slice) for i in index):
            self._refuse()
        return index


def _is_number(index):
    return isinstance(index, (int, np.integer)) and not isinstance(index, bool)


def _ndim(value):
    return value.ndim if type(value) in (Stack, np.ndarray) else np.ndim(value)


# Functions of each element


def _elementwise(function, operands):
    """With numpy's broadcasting: blocks along the axes on which all copies agree where they lie."""
    index, blocks, bases = _common_index(operands)
    if index is None:
        return Stack(function(*_aligned(operands)))
    return Stack(function(*_aligned(blocks, len(index))), index, function(*bases))


def _common_index(operands):
    """Where the blocks of a result lie, and the operands' own blocks and bases there; None where the blocks reach over all."""
    stacks = [operand for operand in operands if type(operand) is Stack]
    index, shape = stacks[0].index, stacks[0].shape
    if any(stack.index is None for stack in stacks):
        return None, None, None
    if all(type(operand) is Stack and operand.index is index and operand.shape == shape or _ndim(operand) == 0 for operand in operands):
        return index, operands, [_base(operand) for operand in operands]
    shape = np.broadcast_shapes(*(operand.shape if type(operand) is Stack else np.shape(operand) for operand in operands))
    ndim = len(shape)
    index = []
    for axis in range(ndim):
        found = [_index_on(stack, axis - ndim, shape[axis]) for stack in stacks]
        are_same = all(i is found[0] or i is not None and found[0] is not None and np.array_equal(i, found[0]) for i in found)
        index.append(found[0] if are_same else None)
    if all(i is None for i in index):
        return None, None, None
    blocks, bases = [], []
    for operand in operands:
        own = index[ndim - _ndim(operand) :]
        if type(operand) is Stack:
            blocks.append(operand.widened([axis for axis, i in enumerate(own) if i is None]))
            bases.append(operand.base)
        else:
            operand = np.asarray(operand) if own else operand
            # An axis of one number is broadcast.
            own = [i if n > 1 else None for i, n in zip(own, np.shape(operand))]
            blocks.append(operand if all(i is None for i in own) else Stack(at(operand, own)))
            bases.append(operand)
    return tuple(index), blocks, bases


def _index_on(stack, axis, extent):
    """Where the blocks of a stack lie along an axis, counted from the last; None where they reach over all of it."""
    if -axis > stack.ndim or stack.shape[axis] != extent:
        return None
    return stack.index[axis]


def _aligned(values, ndim=None):
    """The blocks of all copies, so that numpy's broadcasting lines up the axes of one copy and leaves the first alone; whole without `ndim`."""
    if ndim is None:
        ndim, values = max(map(_ndim, values)), [value.widened() if type(value) is Stack else value for value in values]
    aligned = []
    for value in values:
        if type(value) is Stack:
            copies = value.copies
            value = copies if copies.ndim == ndim + 1 else copies.reshape(len(copies), *[1] * (ndim + 1 - copies.ndim), *copies.shape[1:])
        aligned.append(value)
    return aligned


# Products and sums


def _product(a, b):
    """The matrix product."""
    a_index, b_index = (operand.index if type(operand) is Stack else (None, None) for operand in (a, b))
    are_both = type(a) is Stack and type(b) is Stack
    if are_both or a_index is None or b_index is None or not a.dtype == b.dtype == np.float64:
        return Stack(np.matmul(*_aligned((a, b))))
    base = np.matmul(_base(a), _base(b))
    inner = a_index[1] if type(a) is Stack else b_index[0]
    if inner is None:
        # Rows of the first matrix, or columns of the second, with a product of their own.
        return Stack.of(np.matmul(*_aligned((a, b), 2)), (a_index[0], b_index[1]), base)
    # A row or a column of one matrix meets a column or a row of the other: the rest of the product stays.
    if type(a) is Stack:
        product, index = a.difference() * at(b, (inner, None)), (a_index[0], None)
    else:
        product, index = at(a, (None, inner)) * b.difference(), (None, b_index[1])
    product += at(base, index)
    if np.isfinite(product).all():
        return Stack.of(product, index, base)
    return _product(a.widened([1]), b) if type(a) is Stack else _product(a, b.widened([0]))


def _reduced(function, stack, axis=None, *, keepdims=False, **options):
    if options.keys() - {"ddof"}:
        stack._refuse()
    ndim = stack.ndim
    axes = tuple(range(ndim)) if axis is None else tuple(a % ndim for a in (axis if isinstance(axis, tuple) else (axis,)))
    inner = tuple(a + 1 for a in axes)
    if stack.index is None or all(stack.index[a] is None for a in axes):
        # Each block has all that is reduced.
        copies = function(for_sums(stack.copies, inner), axis=inner, keepdims=keepdims, **options)
        if stack.index is None:
            return Stack(copies)
        return Stack(copies, _left(stack.index, axes, keepdims), function(stack.base, axis=axes, keepdims=keepdims, **options))
    if function in (np.sum, np.mean) and stack.dtype == np.float64:
        base = function(stack.base, axis=axes, keepdims=True)
        change = for_sums(stack.difference(), inner).sum(axis=inner, keepdims=True)
        if function is np.mean:
            change /= stack.base.size / max(base.size, 1)
        copies = at(base, _left(stack.index, axes, True)) + change
        if np.isfinite(copies).all():
            if not keepdims:
                copies, base = copies.squeeze(inner), base.squeeze(axes)
            return Stack.of(copies, _left(stack.index, axes, keepdims), base)
    wide = stack.widened() if axis is None else stack.widened(axes)
    return _reduced(function, wide, axis, keepdims=keepdims, **options)


def _left(index, axes, keepdims):
    """Where blocks lie once some axes are reduced."""
    if keepdims:
        return tuple(None if axis in axes else i for axis, i in enumerate(index))
    return tuple(i for axis, i in enumerate(index) if axis not in axes)


def _base(value):
    return value.base if type(value) is Stack else value


def _method(function):
    return lambda self, *operands, **options: _reduced(function, self, *operands, **options)


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
for _name, _reduction in zip(("sum", "mean", "max", "min", "prod", "var", "std", "any", "all"), _REDUCTIONS):
    setattr(Stack, _name, _method(_reduction))
