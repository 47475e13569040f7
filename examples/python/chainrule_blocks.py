"""Many copies of an array, each of which differs from what they have in common in one block: an element, a row, a column, or all of it."""

import math

import numpy as np


# More numbers than this are not summed one after the other.
_LONGEST_SUM_IN_TURN = 32


class Blocks:
    """One array for each copy.

    `copies` has their blocks along its first axis. For each axis of the array, `index` holds None where the block spans all of it, or for each
    copy the one index where it lies; `base` is the array of which a copy is all but its block. A block that spans all has neither.

    In memory the copies come last where they can: numpy's inner loops then run along them, and not along the few numbers of a row.
    """

    # The most numbers that all blocks of an array have held.
    largest = 0

    def __init__(self, copies, index=None, base=None):
        self.copies, self.index, self.base = copies, index, base
        # Whether others see what is written to it.
        self.is_shared = False
        if copies.size > Blocks.largest:
            Blocks.largest = copies.size

    @classmethod
    def of(cls, copies, index, base):
        """The same; the index may have None for every axis."""
        return cls(copies) if all(i is None for i in index) else cls(copies, index, base)

    @property
    def shape(self):
        return self.copies.shape[1:] if self.index is None else self.base.shape

    @property
    def ndim(self):
        return self.copies.ndim - 1

    @property
    def size(self):
        return math.prod(self.shape)

    @property
    def dtype(self):
        return self.copies.dtype

    def widened(self, axes=None):
        """The same with a block that spans the given axes, all without them."""
        if self.index is None:
            return self
        axes = range(self.ndim) if axes is None else axes
        axes = [axis for axis in axes if self.index[axis] is not None]
        if not axes:
            return self
        index = tuple(None if axis in axes else i for axis, i in enumerate(self.index))
        count = len(self.copies)
        blocks = first(np.empty((*(1 if i is not None else n for i, n in zip(index, self.shape)), count), self.dtype))
        blocks[...] = at(self.base, index)
        # The axes that are widened come first, after that of the copies.
        rest = [axis for axis in range(self.ndim) if axis not in axes]
        order = (0, *(axis + 1 for axis in axes), *(axis + 1 for axis in rest))
        place = (np.arange(count), *(self.index[axis] for axis in axes))
        blocks.transpose(order)[place] = self.copies.transpose(order).reshape(count, *(self.copies.shape[axis + 1] for axis in rest))
        return self.of(blocks, index, self.base)

    def some(self, copies):
        """Some of the copies."""
        return type(self)(self.copies[copies], self.index and tuple(i if i is None else i[copies] for i in self.index), self.base)

    def array(self, copy):
        """The array of one copy, which may be changed."""
        if self.index is None:
            return np.array(self.copies[copy])
        array = self.base.copy()
        array[self._place(copy)] = self.copies[copy]
        return array

    def arrays(self):
        """The array of each copy in turn, all in one place, as to make one anew takes longer than most layers."""
        if self.index is None:
            # That of a scalar has no axes, and is an array still.
            array = np.array(self.copies[0])
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

    def difference(self):
        """What the blocks add to the base."""
        return self.copies - at(self.base, self.index)

    def reshape(self, *shape):
        shape = shape[0] if isinstance(shape[0], (tuple, list)) else shape
        count = len(self.copies)
        if self.index is None:
            return type(self)(self.copies.reshape(count, *shape))
        base = self.base.reshape(shape)
        if base.shape == self.shape:
            return type(self)(self.copies, self.index, base)
        if all(i is not None for i in self.index):
            index = np.unravel_index(np.ravel_multi_index(self.index, self.shape), base.shape)
            return type(self)(self.copies.reshape(count, *[1] * base.ndim), index, base)
        if all(i is None for i in self.index[1:]) and base.shape[:1] == self.shape[:1]:
            index = (self.index[0], *[None] * (base.ndim - 1))
            return type(self)(self.copies.reshape(count, 1, *base.shape[1:]), index, base)
        return type(self)(self.widened().copies.reshape(count, *base.shape))

    def transpose(self, *axes):
        axes = axes[0] if axes and isinstance(axes[0], (tuple, list)) else axes or range(self.ndim)[::-1]
        axes = [axis % self.ndim for axis in axes]
        copies = self.copies.transpose(0, *(axis + 1 for axis in axes))
        if self.index is None:
            return type(self)(copies)
        return type(self)(copies, tuple(self.index[axis] for axis in axes), self.base.transpose(axes))


def changed(kind, base, copy, element, value, count):
    """Copies of `base` that differ from it in a few elements, as blocks of some kind."""
    if base.ndim > 0 and base.size > 0 and np.bincount(copy, minlength=1).max() <= 1:
        # One element at most in each copy, which is its block.
        places, values = np.zeros(count, dtype=int), np.full(count, base.flat[0])
        places[copy], values[copy] = element, value
        return kind.of(values.reshape(count, *[1] * base.ndim), np.unravel_index(places, base.shape), base)
    copies = np.repeat(base.reshape(1, -1), count, axis=0)
    copies[copy, element] = value
    return kind(copies.reshape(count, *base.shape))


def at(array, index):
    """The blocks of an array at an index for each copy; one for all where there is none."""
    moved = [axis for axis, i in enumerate(index) if i is not None]
    if not moved:
        return array[np.newaxis]
    rest = [axis for axis in range(array.ndim) if axis not in moved]
    blocks = array.transpose(*rest, *moved)[(..., *(index[axis] for axis in moved))]
    return first(blocks.reshape(*(1 if i is not None else n for i, n in zip(index, array.shape)), -1))


def first(blocks):
    """The same with the last axis first; it stays last in memory."""
    return blocks.transpose(-1, *range(blocks.ndim - 1))


def for_sums(blocks, axes):
    """The same in memory as the arrays of single copies where that matters: numpy sums many neighbours in pairs, and loses fewer bits."""
    if blocks.ndim - 1 not in axes or math.prod(blocks.shape[axis] for axis in axes) <= _LONGEST_SUM_IN_TURN:
        return blocks
    return np.ascontiguousarray(blocks)
