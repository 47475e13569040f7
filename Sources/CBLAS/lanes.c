#include "CBLAS.h"

#include <math.h>

/* Sums are not contracted, so that they are the same on every machine. */
#pragma STDC FP_CONTRACT OFF

typedef double block __attribute__((vector_size(64), aligned(8), may_alias));
typedef double pair __attribute__((vector_size(128), aligned(8), may_alias));
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

/* One or two rows and columns of a product, which stay in registers. Inlined, so that the last four are constants. */
INLINE void multiply_tile(
    const double *x, const double *y, double *z, ptrdiff_t n, ptrdiff_t k, ptrdiff_t lanes, ptrdiff_t first,
    ptrdiff_t end, const ptrdiff_t rows, const ptrdiff_t columns, const bool x_moves, const bool y_moves) {
#define X(r, p) (x + ((r) * k + (p)) * lanes)
#define Y(p, c) (y + ((p) * n + (c)) * lanes)
#define EACH for (ptrdiff_t r = 0; r < rows; r++) for (ptrdiff_t c = 0; c < columns; c++)
  double head[2][2] = {{0}};
  for (ptrdiff_t p = 0; p < first; p++) EACH head[r][c] += *X(r, p) * *Y(p, c);
  ptrdiff_t lane = 0;
#define LANES(vector)                                                                                            \
  for (const ptrdiff_t width = sizeof(vector) / sizeof(double); lane + width <= lanes; lane += width) {          \
    vector sums[2][2] = {{{0}}}, a[2], b[2];                                                                     \
    EACH sums[r][c] += head[r][c];                                                                               \
    for (ptrdiff_t p = first; p < end; p++) {                                                                    \
      for (ptrdiff_t r = 0; r < rows; r++)                                                                       \
        a[r] = x_moves ? *(const vector *)(X(r, p) + lane) : *X(r, p) + (vector){0};                             \
      for (ptrdiff_t c = 0; c < columns; c++)                                                                    \
        b[c] = y_moves ? *(const vector *)(Y(p, c) + lane) : *Y(p, c) + (vector){0};                             \
      EACH sums[r][c] += a[r] * b[c];                                                                            \
    }                                                                                                            \
    for (ptrdiff_t p = end; p < k; p++) EACH sums[r][c] += *X(r, p) * *Y(p, c);                                  \
    EACH *(vector *)(z + (r * n + c) * lanes + lane) = sums[r][c];                                               \
  }
  /* An addition waits for the one before it: a small tile has time for more lanes at once. */
  if (rows * columns <= 2) LANES(pair)
  LANES(block)
  for (; lane < lanes; lane++) EACH {
    double sum = 0;
    for (ptrdiff_t p = 0; p < k; p++) sum += X(r, p)[lane] * Y(p, c)[lane];
    z[(r * n + c) * lanes + lane] = sum;
  }
#undef X
#undef Y
#undef EACH
#undef LANES
}

INLINE void multiply(
    const double *x, const double *y, double *z, ptrdiff_t first_row, ptrdiff_t row_end, ptrdiff_t first_column,
    ptrdiff_t column_end, ptrdiff_t n, ptrdiff_t k, ptrdiff_t lanes, ptrdiff_t first, ptrdiff_t end,
    const bool x_moves, const bool y_moves) {
  for (ptrdiff_t i = first_row; i < row_end; i += 2)
    for (ptrdiff_t j = first_column; j < column_end; j += 2) {
      const double *a = x + i * k * lanes, *b = y + j * lanes;
      double *c = z + (i * n + j) * lanes;
      if (i + 1 < row_end && j + 1 < column_end)
        multiply_tile(a, b, c, n, k, lanes, first, end, 2, 2, x_moves, y_moves);
      else if (i + 1 < row_end)
        multiply_tile(a, b, c, n, k, lanes, first, end, 2, 1, x_moves, y_moves);
      else if (j + 1 < column_end)
        multiply_tile(a, b, c, n, k, lanes, first, end, 1, 2, x_moves, y_moves);
      else
        multiply_tile(a, b, c, n, k, lanes, first, end, 1, 1, x_moves, y_moves);
    }
}

WIDE void chainrule_multiply_lanes(
    const double *x, const double *y, double *z, ptrdiff_t first_row, ptrdiff_t row_end, ptrdiff_t first_column,
    ptrdiff_t column_end, ptrdiff_t n, ptrdiff_t k, ptrdiff_t lanes, ptrdiff_t first, ptrdiff_t end, bool x_moves,
    bool y_moves) {
#define MULTIPLY(x_moves, y_moves) \
  multiply(x, y, z, first_row, row_end, first_column, column_end, n, k, lanes, first, end, x_moves, y_moves)
  if (x_moves && y_moves) MULTIPLY(true, true);
  else if (x_moves) MULTIPLY(true, false);
  else MULTIPLY(false, true);
#undef MULTIPLY
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
 * x = k log(2) + r with a whole k, and for exp(r) the polynomial whose largest error, 3.6e-18, is the least (Remez). */
INLINE void exponential(block *x) {
  const block least = {-708, -708, -708, -708, -708, -708, -708, -708}, nothing = {0};
  const bits is_nothing = (bits)(*x < least);
  *x = CHOOSE(is_nothing, least, *x);
  /* The sum has no room for a fraction: its last bits are k. */
  const block shifted = *x * 0x1.71547652b82fep0 + 0x1.8p52;
  const block k = shifted - 0x1.8p52;
  const block r = (*x - k * 0x1.62e42fee00000p-1) - k * 0x1.a39ef35793c76p-33;
  block p = r * 0x1.ad7f6e40e0c63p-26 + 0x1.28ad72c9d4e2cp-22;
  p = p * r + 0x1.71df2552b5058p-19;
  p = p * r + 0x1.a0199a0c6a6efp-16;
  p = p * r + 0x1.a01a012a57804p-13;
  p = p * r + 0x1.6c16c1842a109p-10;
  p = p * r + 0x1.1111111127be6p-7;
  p = p * r + 0x1.555555555087cp-5;
  p = p * r + 0x1.55555555554fap-3;
  p = p * r + 0x1.000000000000ap-1;
  p = 1 + (r + r * r * p);
  *x = CHOOSE(is_nothing, nothing, (bits)p + ((bits)shifted << 52));
}

/* log(1 + x) for x from 0 on, to within one unit in the last place, as in FDLIBM (s_log1p.c): 1 + x = 2^k (1 + f). */
INLINE void logarithm_of_one_plus(block *x) {
  const block u = 1 + *x;
  /* Half the square root of 2 is where f begins. */
  const bits offset = (bits)u - 0x3fe6a09e667f3bcdLL, k = offset >> 52;
  const block exponent = (block)(k + 0x4338000000000000LL) - 0x1.8p52;
  const bits is_small = k == 0;
  /* What 1 + x lost. */
  const bits is_large = (bits)(*x >= 1);
  const block lost = CHOOSE(is_large, 1 - (u - *x), *x - (u - 1)) / u;
  const block nothing = {0}, c = CHOOSE(is_small, nothing, lost);
  const block f = CHOOSE(is_small, *x, (block)((bits)u - (k << 52)) - 1);
  const block half = 0.5 * f * f, s = f / (2 + f), z = s * s;
  block r = z * 1.479819860511658591e-01 + 1.531383769920937332e-01;
  r = r * z + 1.818357216161805012e-01;
  r = r * z + 2.222219843214978396e-01;
  r = r * z + 2.857142874366239149e-01;
  r = r * z + 3.999999999940941908e-01;
  r = r * z + 6.666666666666735130e-01;
  r *= z;
  const block log = exponent * 6.93147180369123816490e-01
                    - ((half - (s * (half + r) + (exponent * 1.90821492927058770002e-10 + c))) - f);
  /* NaN stays NaN. */
  const bits is_number = (bits)(*x == *x);
  *x = CHOOSE(is_number, log, *x);
}

/* `width` of the lanes; inlined, so that it is a constant where all of a block are. */
INLINE void logsumexp(
    const double *x, double *largest, double *excess, ptrdiff_t count, ptrdiff_t lanes, const ptrdiff_t width) {
  block top = {0}, others = {0}, number;
  const block nothing = {0};
  bits is_found = {0};
  top -= INFINITY;
  for (ptrdiff_t i = 0; i < count; i++) {
    load(x + i * lanes, width, &number);
    top = CHOOSE(number >= top, number, top);
  }
  for (ptrdiff_t i = 0; i < count; i++) {
    load(x + i * lanes, width, &number);
    const bits is_first = (bits)(number == top) & ~is_found;
    is_found |= is_first;
    number -= top;
    exponential(&number);
    others += CHOOSE(is_first, nothing, number);
  }
  logarithm_of_one_plus(&others);
  for (ptrdiff_t i = 0; i < width; i++) {
    largest[i] = top[i];
    excess[i] = others[i];
  }
}

WIDE void chainrule_logsumexp_lanes(
    const double *x, double *largest, double *excess, ptrdiff_t count, ptrdiff_t lanes) {
  ptrdiff_t lane = 0;
  for (; lane + WIDTH <= lanes; lane += WIDTH)
    logsumexp(x + lane, largest + lane, excess + lane, count, lanes, WIDTH);
  if (lane < lanes) logsumexp(x + lane, largest + lane, excess + lane, count, lanes, lanes - lane);
}
