/* Floors: what the workloads cost in C, with nothing but what they need. Prints one line a figure.
 * A tape holds an operation, two operands, a value and an adjoint for each step. */
#define _GNU_SOURCE
#include <math.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>
#ifdef WITH_BLAS
#include <cblas.h>
#endif

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

static int ascending(const void *a, const void *b) {
  double x = *(const double *)a, y = *(const double *)b;
  return (x > y) - (x < y);
}
static double median(double *times, int count) {
  qsort(times, count, sizeof *times, ascending);
  return times[count / 2];
}

enum operation { LEAF, ADD, SUBTRACT, MULTIPLY, SQUARE, TANH, SIN };
static struct { int32_t x, y; } *operands;
static uint8_t *operations;
static double *values, *adjoints;
static int32_t count;

static void reserve(int capacity) {
  operands = malloc(capacity * sizeof *operands);
  operations = malloc(capacity);
  values = malloc(capacity * sizeof *values);
  adjoints = malloc(capacity * sizeof *adjoints);
}

static int32_t push(enum operation operation, int32_t x, int32_t y, double value) {
  operations[count] = operation;
  operands[count].x = x;
  operands[count].y = y;
  values[count] = value;
  return count++;
}

static void forward(int32_t first) {
  for (int32_t i = first; i < count; i++) {
    double x = values[operands[i].x], y = values[operands[i].y];
    switch (operations[i]) {
    case ADD: values[i] = x + y; break;
    case SUBTRACT: values[i] = x - y; break;
    case MULTIPLY: values[i] = x * y; break;
    case SQUARE: values[i] = x * x; break;
    case TANH: values[i] = tanh(x); break;
    case SIN: values[i] = sin(x); break;
    }
  }
}

static void backward(int32_t output, int32_t first) {
  memset(adjoints, 0, count * sizeof *adjoints);
  adjoints[output] = 1;
  for (int32_t i = output; i >= first; i--) {
    double up = adjoints[i];
    int32_t x = operands[i].x, y = operands[i].y;
    switch (operations[i]) {
    case ADD: adjoints[x] += up; adjoints[y] += up; break;
    case SUBTRACT: adjoints[x] += up; adjoints[y] -= up; break;
    case MULTIPLY: adjoints[x] += up * values[y]; adjoints[y] += up * values[x]; break;
    case SQUARE: adjoints[x] += 2 * up * values[x]; break;
    case TANH: adjoints[x] += up * (1 - values[i] * values[i]); break;
    case SIN: adjoints[x] += up * cos(values[x]); break;
    }
  }
}

static double parameters[353], x[96], t[32];
static int32_t first_gate;

static int32_t build_scalar(void) {
  static const int sizes[] = {3, 16, 16, 1};
  count = 0;
  for (int i = 0; i < 353; i++) push(LEAF, 0, 0, parameters[i]);
  for (int i = 0; i < 96; i++) push(LEAF, 0, 0, x[i]);
  for (int i = 0; i < 32; i++) push(LEAF, 0, 0, t[i]);
  int32_t scale = push(LEAF, 0, 0, 1.0 / 32), total = -1;
  first_gate = count;
  for (int example = 0; example < 32; example++) {
    int32_t in[16], out[16], k = 0;
    for (int i = 0; i < 3; i++) in[i] = 353 + 3 * example + i;
    for (int layer = 0; layer < 3; layer++) {
      for (int j = 0; j < sizes[layer + 1]; j++) {
        int32_t sum = k + sizes[layer];
        for (int i = 0; i < sizes[layer]; i++) {
          int32_t product = push(MULTIPLY, k + i, in[i], values[k + i] * values[in[i]]);
          sum = push(ADD, sum, product, values[sum] + values[product]);
        }
        out[j] = push(TANH, sum, sum, tanh(values[sum]));
        k += sizes[layer] + 1;
      }
      memcpy(in, out, sizeof in);
    }
    int32_t d = push(SUBTRACT, in[0], 449 + example, values[in[0]] - t[example]);
    int32_t s = push(SQUARE, d, d, values[d] * values[d]);
    total = total < 0 ? s : push(ADD, total, s, values[total] + values[s]);
  }
  return push(MULTIPLY, total, scale, values[total] * values[scale]);
}

static void scalar(void) {
  double times[25];
  reserve(40000);
  state = 42;
  for (int i = 0; i < 353; i++) parameters[i] = uniform();
  for (int i = 0; i < 96; i++) x[i] = uniform();
  for (int i = 0; i < 32; i++) t[i] = uniform();
  int32_t loss = build_scalar();
  for (int round = -1; round < 25; round++) {
    double start = seconds();
    forward(first_gate);
    backward(loss, first_gate);
    if (round >= 0) times[round] = seconds() - start;
  }
  printf("scalar.fixed %.17g\n", median(times, 25) * 1e9 / 21632);
  for (int round = -1; round < 15; round++) {
    double start = seconds();
    loss = build_scalar();
    backward(loss, first_gate);
    if (round >= 0) times[round] = seconds() - start;
  }
  printf("scalar.build %.17g\n", median(times, 15) * 1e9 / 21632);
  double sum = 0;
  for (int i = 0; i < 353; i++) sum += adjoints[i];
  printf("scalar.check %.17g\n", values[loss] + sum);
}

static void chain(int steps) {
  double times[5];
  int32_t node = 0;
  reserve(3 * steps + 3);
  for (int round = 0; round < 5; round++) {
    double start = seconds();
    count = 0;
    node = push(LEAF, 0, 0, 0.5);
    int32_t scale = push(LEAF, 0, 0, 1.0001), shift = push(LEAF, 0, 0, 0.1);
    for (int i = 0; i < steps; i++) {
      node = push(MULTIPLY, node, scale, values[node] * values[scale]);
      node = push(ADD, node, shift, values[node] + values[shift]);
      node = push(SIN, node, node, sin(values[node]));
    }
    backward(node, 3);
    times[round] = seconds() - start;
  }
  struct rusage usage;
  getrusage(RUSAGE_SELF, &usage);
  printf("chain.ms %.17g\nchain.check %.17g\nchain.megabytes %.17g\n", median(times, 5) * 1e3, values[node],
         usage.ru_maxrss / 1024.0);
}

#ifdef WITH_BLAS
/* The matrix products of the network, and nothing else. */
static void layers(void) {
  enum { N = 64, D = 784, H = 100, C = 10, ROUNDS = 51 };
  static double X[N * D], W1[D * H], Z[N * H], W2[H * C], S[N * C], G1[D * H], G2[H * C], GH[N * H], times[ROUNDS];
  state = 7;
  for (int i = 0; i < N * D; i++) X[i] = uniform();
  for (int i = 0; i < D * H; i++) W1[i] = uniform() / 28;
  for (int i = 0; i < H * C; i++) W2[i] = uniform() / 10;
  for (int round = -1; round < ROUNDS; round++) {
    double start = seconds();
    cblas_dgemm(CblasRowMajor, CblasNoTrans, CblasNoTrans, N, H, D, 1, X, D, W1, H, 0, Z, H);
    cblas_dgemm(CblasRowMajor, CblasNoTrans, CblasNoTrans, N, C, H, 1, Z, H, W2, C, 0, S, C);
    cblas_dgemm(CblasRowMajor, CblasTrans, CblasNoTrans, H, C, N, 1, Z, H, S, C, 0, G2, C);
    cblas_dgemm(CblasRowMajor, CblasNoTrans, CblasTrans, N, H, C, 1, S, C, W2, C, 0, GH, H);
    cblas_dgemm(CblasRowMajor, CblasTrans, CblasNoTrans, D, H, N, 1, X, D, GH, H, 0, G1, H);
    if (round >= 0) times[round] = seconds() - start;
  }
  printf("layers.ms %.17g\n", median(times, ROUNDS) * 1e3);
}
#endif

/* The processor time of a whole process, its start included. */
static void process(char **command) {
  double times[21];
  for (int round = 0; round < 21; round++) {
    pid_t child = fork();
    if (child == 0) {
      freopen("/dev/null", "w", stdout);
      execvp(command[0], command);
      _exit(127);
    }
    struct rusage usage;
    int status;
    wait4(child, &status, 0, &usage);
    if (!WIFEXITED(status) || WEXITSTATUS(status) != 0) exit(1);
    times[round] = usage.ru_utime.tv_sec + usage.ru_stime.tv_sec +
                   1e-6 * (usage.ru_utime.tv_usec + usage.ru_stime.tv_usec);
  }
  printf("process.ms %.17g\n", median(times, 21) * 1e3);
}

int main(int argc, char **argv) {
  if (argc > 1 && !strcmp(argv[1], "scalar")) scalar();
  else if (argc > 1 && !strcmp(argv[1], "chain")) chain(333334);
#ifdef WITH_BLAS
  else if (argc > 1 && !strcmp(argv[1], "layers")) layers();
#endif
  else if (argc > 2 && !strcmp(argv[1], "process")) process(argv + 2);
  else return 64;
  return 0;
}
