#ifndef CHAINRULE_CBLAS_H
#define CHAINRULE_CBLAS_H

#include <stdbool.h>
#include <stddef.h>

/// c += a @ b for row-major matrices, each operand transposed on request: c is m x n, a is m x k and b is k x n
/// after transposition. Returns false, and does nothing, where no BLAS is installed.
///
/// The library is opened at the first call, so that a program which multiplies nothing large does not pay for
/// its start, and runs on one thread: at the sizes of this package more threads cost time.
bool chainrule_dgemm(bool transpose_a, bool transpose_b, int m, int n, int k,
                     const double *a, const double *b, double *c);

/// z = x @ y, row-major, in the given rows and columns, where every number stands `lanes` times, side by side.
/// Each sum is taken in the order of the shared axis. `n` is the number of columns of y and z, `k` that of x.
/// All lanes of x hold the same outside of the columns from `first` to `end`, and everywhere unless `x_moves`; so do those
/// of y outside of these rows, and everywhere unless `y_moves`.
void chainrule_multiply_lanes(const double *x, const double *y, double *z,
                              ptrdiff_t first_row, ptrdiff_t row_end, ptrdiff_t first_column, ptrdiff_t column_end,
                              ptrdiff_t n, ptrdiff_t k, ptrdiff_t lanes, ptrdiff_t first, ptrdiff_t end,
                              bool x_moves, bool y_moves);

/// The largest of `count` numbers, each of which stands `lanes` times, side by side, and by how much logsumexp exceeds it.
///
/// A lane gets the same result whatever the others hold, and however many there are.
void chainrule_logsumexp_lanes(const double *x, double *largest, double *excess, ptrdiff_t count, ptrdiff_t lanes);

#endif
