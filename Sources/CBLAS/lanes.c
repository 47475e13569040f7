#include "CBLAS.h"

#include <math.h>

/* Sums are not contracted, so that they are the same on every machine. */
#pragma STDC FP_CONTRACT OFF

typedef double block __attribute__((vector_size(64), aligned(8), may_alias));
typedef long long bits __attribute__((vector_size(64), aligned(8), may_alias));

enum { WIDTH = 8 };

/* x where the mask is set, y elsewhere. */
#define CHOOSE(mask, x, y) ((block)(((mask) & (bits)(x)) | (~(mask) & (bits)(y))))

#define INLINE static inline __attribute__((always_inline))

/* On the usual processors a version for their widest registers is chosen when the program starts. */
#if defined(__x86_64__) && defined(__linux__)
#define WIDE __attribute__((target_clones("avx512f", "avx2", "default")))
#else
#define WIDE
#endif

WIDE void chainrule_multiply_lanes(
    const double *x, const double *y, double *z, ptrdiff_t first_row, ptrdiff_t row_end, ptrdiff_t first_column,
    ptrdiff_t column_end, ptrdiff_t n, ptrdiff_t k, ptrdiff_t lanes) {
  ptrdiff_t lane = 0;
  for (; lane + WIDTH <= lanes; lane += WIDTH)
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

INLINE void load(const double *x, ptrdiff_t width, block *to) {
  if (width == WIDTH) {
    *to = *(const block *)x;
  } else {
    *to = (block){0};
    for (ptrdiff_t i = 0; i < width; i++) (*to)[i] = x[i];
  }
}

/* The exponentials of numbers up to 0, to within one unit in the last place; 0 below -708, where a double loses digits.
 * x = k log(2) + r with a whole k, and the series of exp(r) to the power by which it has converged. */
INLINE void exponential(block *x) {
  const block least = {-708, -708, -708, -708, -708, -708, -708, -708}, nothing = {0};
  const bits is_nothing = (bits)(*x < least);
  *x = CHOOSE(is_nothing, least, *x);
  /* The sum has no room for a fraction: its last bits are k. */
  const block shifted = *x * 0x1.71547652b82fep0 + 0x1.8p52;
  const block k = shifted - 0x1.8p52;
  const block r = (*x - k * 0x1.62e42fee00000p-1) - k * 0x1.a39ef35793c76p-33;
  block p = r * (1 / 6227020800.0) + 1 / 479001600.0;
  p = p * r + 1 / 39916800.0;
  p = p * r + 1 / 3628800.0;
  p = p * r + 1 / 362880.0;
  p = p * r + 1 / 40320.0;
  p = p * r + 1 / 5040.0;
  p = p * r + 1 / 720.0;
  p = p * r + 1 / 120.0;
  p = p * r + 1 / 24.0;
  p = p * r + 1 / 6.0;
  p = p * r + 1 / 2.0;
  p = 1 + (r + r * r * p);
  *x = CHOOSE(is_nothing, nothing, (bits)p + ((bits)shifted << 52));
}

WIDE void chainrule_logsumexp_lanes(
    const double *x, double *largest, double *excess, ptrdiff_t count, ptrdiff_t lanes) {
  for (ptrdiff_t lane = 0; lane < lanes; lane += WIDTH) {
    const ptrdiff_t width = lanes - lane < WIDTH ? lanes - lane : WIDTH;
    block top = {0}, others = {0}, number;
    const block nothing = {0};
    bits is_found = {0};
    top -= INFINITY;
    for (ptrdiff_t i = 0; i < count; i++) {
      load(x + i * lanes + lane, width, &number);
      top = CHOOSE(number >= top, number, top);
    }
    for (ptrdiff_t i = 0; i < count; i++) {
      load(x + i * lanes + lane, width, &number);
      const bits is_first = (bits)(number == top) & ~is_found;
      is_found |= is_first;
      number -= top;
      exponential(&number);
      others += CHOOSE(is_first, nothing, number);
    }
    for (ptrdiff_t i = 0; i < width; i++) {
      largest[lane + i] = top[i];
      excess[lane + i] = log1p(others[i]);
    }
  }
}
