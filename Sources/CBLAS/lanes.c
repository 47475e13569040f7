#include "CBLAS.h"

/* Sums are not contracted, so that they are the same on every machine. */
#pragma STDC FP_CONTRACT OFF

typedef double block __attribute__((vector_size(64), aligned(8), may_alias));

/* On the usual processors a second version for wide registers is chosen when the program starts. */
#if defined(__x86_64__) && defined(__linux__)
#define WIDE __attribute__((target_clones("avx2", "default")))
#else
#define WIDE
#endif

WIDE void chainrule_multiply_lanes(
    const double *x, const double *y, double *z, ptrdiff_t first_row, ptrdiff_t row_end, ptrdiff_t first_column,
    ptrdiff_t column_end, ptrdiff_t n, ptrdiff_t k, ptrdiff_t lanes) {
  ptrdiff_t lane = 0;
  for (; lane + 8 <= lanes; lane += 8)
    for (ptrdiff_t i = first_row; i < row_end; i += 2) {
      const ptrdiff_t next_row = i + 1 < row_end ? 1 : 0;
      for (ptrdiff_t j = first_column; j < column_end; j += 2) {
        /* At an odd end the last row or column is computed twice. */
        const ptrdiff_t next_column = j + 1 < column_end ? 1 : 0;
        const double *a = x + i * k * lanes + lane, *b = y + j * lanes + lane;
        double *c = z + (i * n + j) * lanes + lane;
        block s = {0}, t = {0}, u = {0}, v = {0};
        if (next_column)
          for (ptrdiff_t p = 0; p < k; p++, a += lanes, b += n * lanes) {
            const block a0 = *(const block *)a, a1 = *(const block *)(a + next_row * k * lanes);
            const block b0 = *(const block *)b, b1 = *(const block *)(b + lanes);
            s += a0 * b0;
            t += a0 * b1;
            u += a1 * b0;
            v += a1 * b1;
          }
        else
          for (ptrdiff_t p = 0; p < k; p++, a += lanes, b += n * lanes) {
            const block b0 = *(const block *)b;
            s += *(const block *)a * b0;
            u += *(const block *)(a + next_row * k * lanes) * b0;
          }
        *(block *)(c + next_row * n * lanes) = u;
        *(block *)c = s;
        if (next_column) {
          *(block *)(c + (next_row * n + 1) * lanes) = v;
          *(block *)(c + lanes) = t;
        }
      }
    }
  for (; lane < lanes; lane++)
    for (ptrdiff_t i = first_row; i < row_end; i++)
      for (ptrdiff_t j = first_column; j < column_end; j++) {
        double sum = 0;
        for (ptrdiff_t p = 0; p < k; p++)
          sum += x[(i * k + p) * lanes + lane] * y[(p * n + j) * lanes + lane];
        z[(i * n + j) * lanes + lane] = sum;
      }
}
