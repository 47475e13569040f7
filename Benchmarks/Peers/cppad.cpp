// The scalar workloads with CppAD, a tape of operators for C++.
#include <cmath>
#include <cppad/cppad.hpp>
#include <cstdint>
#include <cstdio>
#include <cstring>
#include <algorithm>
#include <ctime>
#include <sys/resource.h>
#include <vector>

using Number = CppAD::AD<double>;

static double seconds() {
  timespec t;
  clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &t);
  return t.tv_sec + 1e-9 * t.tv_nsec;
}

static uint64_t state;
static double uniform() {
  state = state * 6364136223846793005u + 1442695040888963407u;
  return double(state >> 11) / 9007199254740992.0 * 2 - 1;
}

template <class Body> double median(int rounds, Body body) {
  std::vector<double> times;
  for (int round = -1; round < rounds; round++) {
    double start = seconds();
    body();
    if (round >= 0) times.push_back(seconds() - start);
  }
  std::sort(times.begin(), times.end());
  return times[rounds / 2];
}

static void scalar() {
  state = 42;
  std::vector<double> p(353), x(96), t(32), one{1}, value, gradient;
  for (auto *numbers : {&p, &x, &t})
    for (double &number : *numbers) number = uniform();
  CppAD::ADFun<double> function;
  auto record = [&] {
    std::vector<Number> parameters(p.begin(), p.end()), loss(1);
    CppAD::Independent(parameters);
    const int sizes[] = {3, 16, 16, 1};
    Number total = 0;
    for (int example = 0; example < 32; example++) {
      std::vector<Number> in(x.begin() + 3 * example, x.begin() + 3 * example + 3);
      int k = 0;
      for (int layer = 0; layer < 3; layer++) {
        std::vector<Number> out;
        for (int j = 0; j < sizes[layer + 1]; j++) {
          Number sum = parameters[k + sizes[layer]];
          for (int i = 0; i < sizes[layer]; i++) sum += parameters[k + i] * in[i];
          out.push_back(tanh(sum));
          k += sizes[layer] + 1;
        }
        in = out;
      }
      Number d = in[0] - t[example];
      total += d * d;
    }
    loss[0] = total * (1.0 / 32);
    function.Dependent(parameters, loss);
  };
  record();
  double fixed = median(25, [&] {
    value = function.Forward(0, p);
    gradient = function.Reverse(1, one);
  });
  double built = median(15, [&] {
    record();
    value = function.Forward(0, p);
    gradient = function.Reverse(1, one);
  });
  double sum = value[0];
  for (double g : gradient) sum += g;
  printf("scalar.fixed %.17g\nscalar.build %.17g\nscalar.check %.17g\n", fixed * 1e9 / 21632, built * 1e9 / 21632, sum);
}

static void chain(int steps) {
  std::vector<double> start{0.5}, one{1}, value;
  double time = median(5, [&] {
    std::vector<Number> x{0.5}, y(1);
    CppAD::Independent(x);
    Number node = x[0];
    for (int i = 0; i < steps; i++) node = sin(node * 1.0001 + 0.1);
    y[0] = node;
    CppAD::ADFun<double> function;
    function.Dependent(x, y);
    value = function.Forward(0, start);
    function.Reverse(1, one);
  });
  rusage usage;
  getrusage(RUSAGE_SELF, &usage);
  printf("chain.ms %.17g\nchain.check %.17g\nchain.megabytes %.17g\n", time * 1e3, value[0], usage.ru_maxrss / 1024.0);
}

int main(int argc, char **argv) {
  if (argc > 1 && !strcmp(argv[1], "scalar")) scalar();
  else if (argc > 1 && !strcmp(argv[1], "chain")) chain(333334);
  else return 64;
}
