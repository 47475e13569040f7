/* Floors of a gradient check: central differences of compiled functions, with neither graph, error bound nor report.
 * Prints one line a figure: the whole function again for each nudge, and only what the nudged number reaches. */
#define _GNU_SOURCE
#include <math.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

static const double step = 1e-5;

static double seconds(void) {
  struct timespec t;
  clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &t);
  return t.tv_sec + 1e-9 * t.tv_nsec;
}

static uint64_t state;
static double uniform(void) {
  state = state * 6364136223846793005u + 1442695040888963407u;
  return (double)(state >> 11) / 9007199254740992.0 * 2 - 1;
}

static int wrong;
static void compare(double above, double below, double analytic) {
  double numerical = (above - below) / (2 * step), distance = fabs(numerical - analytic);
  wrong += !(distance < 1e-8 || distance <= 1e-4 * (fabs(numerical) + fabs(analytic)));
}

/* The central difference of `function` for each of `count` numbers. */
#define CHECK(function, p, count, gradient)                        \
  for (int i = 0; i < (count); i++) {                              \
    double old = p[i];                                             \
    p[i] = old + step; double above = function;                    \
    p[i] = old - step; double below = function;                    \
    p[i] = old;                                                    \
    compare(above, below, gradient[i]);                            \
  }

/* a: the sigmoid neuron. */
static __attribute__((noinline)) double neuron(const double *p) {
  return 1 / (1 + exp(-(p[0] * p[1] + p[2] * p[3] + p[4])));
}
static void check_neuron(void) {
  double p[5] = {2, -1, -3, -2, -3}, s = neuron(p), d = s * (1 - s);
  double g[5] = {d * p[1], d * p[0], d * p[3], d * p[2], d};
  CHECK(neuron(p), p, 5, g)
}

/* b: the squared norm of W x; W comes first, x after it. */
enum { ROWS = 50, COLUMNS = 40, MATRIX = ROWS * COLUMNS };
static double q[MATRIX + COLUMNS];
static double product(const double *p, int row) {
  double sum = 0;
  for (int j = 0; j < COLUMNS; j++) sum += p[row * COLUMNS + j] * p[MATRIX + j];
  return sum;
}
static __attribute__((noinline)) double norm(const double *p) {
  double sum = 0;
  for (int i = 0; i < ROWS; i++) { double v = product(p, i); sum += v * v; }
  return sum;
}
static void norm_gradient(double *g, double *v) {
  memset(g + MATRIX, 0, COLUMNS * sizeof *g);
  for (int i = 0; i < ROWS; i++) {
    v[i] = product(q, i);
    for (int j = 0; j < COLUMNS; j++) {
      g[i * COLUMNS + j] = 2 * v[i] * q[MATRIX + j];
      g[MATRIX + j] += 2 * v[i] * q[i * COLUMNS + j];
    }
  }
}
static void check_norm(void) {
  double g[MATRIX + COLUMNS], v[ROWS];
  norm_gradient(g, v);
  CHECK(norm(q), q, MATRIX + COLUMNS, g)
}
static double squares(const double *v) {
  double sum = 0;
  for (int i = 0; i < ROWS; i++) sum += v[i] * v[i];
  return sum;
}
static void check_norm_partly(void) {
  double g[MATRIX + COLUMNS], v[ROWS], u[ROWS];
  norm_gradient(g, v);
  for (int i = 0; i < ROWS; i++)
    for (int j = 0; j < COLUMNS; j++) {
      double old = v[i], move = step * q[MATRIX + j];
      v[i] = old + move; double above = squares(v);
      v[i] = old - move; double below = squares(v);
      v[i] = old;
      compare(above, below, g[i * COLUMNS + j]);
    }
  for (int j = 0; j < COLUMNS; j++) {
    double f[2];
    for (int side = 0; side < 2; side++) {
      for (int i = 0; i < ROWS; i++) u[i] = v[i] + (side ? -step : step) * q[i * COLUMNS + j];
      f[side] = squares(u);
    }
    compare(f[0], f[1], g[MATRIX + j]);
  }
}

/* c and d: softmax cross entropy of relu(X W1 + b1) W2 + b2. The sizes are constants wherever this is inlined. */
enum { LARGEST = 8192 };
static double parameters[LARGEST], data[LARGEST], hidden[LARGEST], activations[LARGEST], scores[LARGEST];
static int labels[64];
#define INLINE static inline __attribute__((always_inline))
typedef double four __attribute__((vector_size(32), aligned(8), may_alias));

INLINE double loss(const double *s, int n, int c) {
  double sum = 0, e[n * c];
  for (int i = 0; i < n * c; i++) e[i] = exp(s[i]);
  for (int row = 0; row < n; row++) {
    double total = 0;
    for (int k = 0; k < c; k++) total += e[row * c + k];
    sum += log(total) - s[row * c + labels[row]];
  }
  return sum / n;
}

/* Four rows and twelve columns of X W1 + b1 at a time, which stay in registers. */
INLINE double network(const double *p, int d, int h, int c, int n) {
  const double *b1 = p + d * h, *w2 = b1 + h, *b2 = w2 + h * c;
  double s[n * c];
  for (int row = 0; row < n; row += 4) {
    double z[4][h];
    int j = 0;
    for (; j + 12 <= h; j += 12) {
      four sums[4][3];
      for (int a = 0; a < 4; a++) for (int k = 0; k < 3; k++) sums[a][k] = *(const four *)(b1 + j + 4 * k);
      for (int i = 0; i < d; i++) {
        four w[3];
        for (int k = 0; k < 3; k++) w[k] = *(const four *)(p + i * h + j + 4 * k);
        for (int a = 0; a < 4; a++) for (int k = 0; k < 3; k++) sums[a][k] += w[k] * data[(row + a) * d + i];
      }
      for (int a = 0; a < 4; a++) for (int k = 0; k < 3; k++) *(four *)(z[a] + j + 4 * k) = sums[a][k];
    }
    for (; j < h; j++)
      for (int a = 0; a < 4; a++) {
        double sum = b1[j];
        for (int i = 0; i < d; i++) sum += data[(row + a) * d + i] * p[i * h + j];
        z[a][j] = sum;
      }
    for (int a = 0; a < 4; a++) {
      double *out = s + (row + a) * c;
      for (int k = 0; k < c; k++) out[k] = b2[k];
      for (j = 0; j < h; j++) {
        double x = z[a][j] > 0 ? z[a][j] : 0;
        for (int k = 0; k < c; k++) out[k] += x * w2[j * c + k];
      }
    }
  }
  return loss(s, n, c);
}

INLINE void network_gradient(double *g, int d, int h, int c, int n) {
  const double *p = parameters, *b1 = p + d * h, *w2 = b1 + h, *b2 = w2 + h * c;
  double *gb1 = g + d * h, *gw2 = gb1 + h, *gb2 = gw2 + h * c;
  memset(g, 0, (d * h + h + h * c + c) * sizeof *g);
  for (int row = 0; row < n; row++) {
    double *z = hidden + row * h, *y = activations + row * h, *s = scores + row * c, ds[c], total = 0;
    for (int j = 0; j < h; j++) z[j] = b1[j];
    for (int i = 0; i < d; i++) for (int j = 0; j < h; j++) z[j] += data[row * d + i] * p[i * h + j];
    for (int k = 0; k < c; k++) s[k] = b2[k];
    for (int j = 0; j < h; j++) {
      y[j] = z[j] > 0 ? z[j] : 0;
      for (int k = 0; k < c; k++) s[k] += y[j] * w2[j * c + k];
    }
    for (int k = 0; k < c; k++) total += ds[k] = exp(s[k]);
    for (int k = 0; k < c; k++) gb2[k] += ds[k] = (ds[k] / total - (k == labels[row])) / n;
    for (int j = 0; j < h; j++) {
      double dy = 0;
      for (int k = 0; k < c; k++) { gw2[j * c + k] += y[j] * ds[k]; dy += w2[j * c + k] * ds[k]; }
      if (z[j] <= 0) continue;
      gb1[j] += dy;
      for (int i = 0; i < d; i++) g[i * h + j] += dy * data[row * d + i];
    }
  }
}

INLINE void check_network_partly(int d, int h, int c, int n) {
  double g[d * h + h + h * c + c], t[n * c], f[2];
  const double *w2 = parameters + d * h + h;
  network_gradient(g, d, h, c, n);
  for (int i = 0; i <= d; i++)
    for (int j = 0; j < h; j++) {
      for (int side = 0; side < 2; side++) {
        for (int row = 0; row < n; row++) {
          double z = hidden[row * h + j] + (side ? -step : step) * (i == d ? 1 : data[row * d + i]);
          double move = (z > 0 ? z : 0) - activations[row * h + j];
          for (int k = 0; k < c; k++) t[row * c + k] = scores[row * c + k] + move * w2[j * c + k];
        }
        f[side] = loss(t, n, c);
      }
      compare(f[0], f[1], g[i * h + j]);
    }
  for (int j = 0; j <= h; j++)
    for (int k = 0; k < c; k++) {
      for (int side = 0; side < 2; side++) {
        memcpy(t, scores, sizeof t);
        for (int row = 0; row < n; row++)
          t[row * c + k] += (side ? -step : step) * (j == h ? 1 : activations[row * h + j]);
        f[side] = loss(t, n, c);
      }
      compare(f[0], f[1], g[d * h + h + j * c + k]);
    }
}

static void make_network(int d, int h, int c, int n) {
  double *p = parameters;
  state = 13;
  for (int i = 0; i < n * d; i++) data[i] = uniform();
  for (int i = 0; i < d * h; i++) *p++ = uniform() * pow(d, -0.5);
  for (int i = 0; i < h; i++) *p++ = uniform() * 0.1;
  for (int i = 0; i < h * c; i++) *p++ = uniform() * pow(h, -0.5);
  for (int i = 0; i < c; i++) *p++ = uniform() * 0.1;
  for (int i = 0; i < n; i++) labels[i] = i * 7 % c;
}

#define NETWORK(name, d, h, c, n)                                                              \
  static __attribute__((noinline)) double name(const double *p) { return network(p, d, h, c, n); } \
  static void check_##name(void) {                                                             \
    double g[d * h + h + h * c + c];                                                           \
    network_gradient(g, d, h, c, n);                                                           \
    CHECK(name(parameters), parameters, d * h + h + h * c + c, g)                              \
  }                                                                                            \
  static void check_##name##_partly(void) { check_network_partly(d, h, c, n); }
NETWORK(small, 20, 30, 10, 8)
NETWORK(large, 100, 50, 10, 16)

static int ascending(const void *a, const void *b) {
  double x = *(const double *)a, y = *(const double *)b;
  return (x > y) - (x < y);
}
static void measure(const char *name, void (*check)(void), int times, double unit) {
  double all[11];
  wrong = 0;
  check();
  for (int round = 0; round < 11; round++) {
    double start = seconds();
    for (int i = 0; i < times; i++) check();
    all[round] = (seconds() - start) / times;
  }
  qsort(all, 11, sizeof *all, ascending);
  if (wrong) fprintf(stderr, "%s: %d wrong verdicts\n", name, wrong);
  printf("%s %.6g\n", name, all[5] * unit);
}

int main(void) {
  measure("neuron.us", check_neuron, 2000, 1e6);
  state = 11;
  for (int i = 0; i < MATRIX + COLUMNS; i++) q[i] = uniform();
  measure("norm.ms", check_norm, 3, 1e3);
  measure("norm.partly", check_norm_partly, 20, 1e3);
  make_network(20, 30, 10, 8);
  measure("small.ms", check_small, 3, 1e3);
  measure("small.partly", check_small_partly, 5, 1e3);
  make_network(100, 50, 10, 16);
  measure("large.ms", check_large, 1, 1e3);
  measure("large.partly", check_large_partly, 1, 1e3);
  return 0;
}
