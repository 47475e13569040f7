#ifndef CHAINRULE_CBLAS_H
#define CHAINRULE_CBLAS_H

#include <stdbool.h>

/// c += a @ b for row-major matrices, each operand transposed on request: c is m x n, a is m x k and b is k x n
/// after transposition. Returns false, and does nothing, where no BLAS is installed.
///
/// The library is opened at the first call, so that a program which multiplies nothing large does not pay for
/// its start, and runs on one thread: at the sizes of this package more threads cost time.
bool chainrule_dgemm(bool transpose_a, bool transpose_b, int m, int n, int k,
                     const double *a, const double *b, double *c);

#endif
