// The gates on single numbers that the page can run again: what each computes, and its local gradients.
//
// Written as the engine's gates are, file by file in Gradients/Gates, conventions at kinks included; a test runs both
// on the same numbers. A gate that is neither in this table nor in that of tensors.js
// leaves the page's inputs read-only.

/** A function of one number: its value at x, and its slope there, where the value is z. */
const unary = (value, slope) => ({
  value: ([x], options) => value(x, options),
  slopes: ([x], z, options) => [slope(x, z, options)],
});

/** A function of two numbers, and its two slopes. */
const binary = (value, slopes) => ({
  value: ([x, y], options) => value(x, y, options),
  slopes: ([x, y], z, options) => slopes(x, y, z, options),
});

/** A comparison: 1 where it holds, 0 elsewhere, and no slope. */
const comparison = (holds) => binary((x, y) => (holds(x, y) ? 1 : 0), () => [0, 0]);

/** The gradient goes to the operands that equal the output, evenly. */
const routed = (operands, z) => {
  const count = operands.filter((x) => x === z).length;
  return operands.map((x) => (x === z ? 1 / count : 0));
};

/** The exponential is taken of a negative number on either side, so it never overflows. */
const sigmoid = (x) => {
  const e = Math.exp(-Math.abs(x));
  return x < 0 ? e / (1 + e) : 1 / (1 + e);
};

const sigmoidSlope = (x) => {
  const e = Math.exp(-Math.abs(x));
  return e / ((1 + e) * (1 + e));
};

const power = (x, y) => (y === 0 ? 1 : x ** y);

/** The complementary error function: its series near 0, and its continued fraction further out. */
const erfc = (x) => {
  if (x < 0) return 2 - erfc(-x);
  if (x < 2) {
    let term = x;
    let sum = x;
    for (let n = 1; n < 60; n += 1) {
      term *= (-x * x) / n;
      sum += term / (2 * n + 1);
    }
    return 1 - (2 / Math.sqrt(Math.PI)) * sum;
  }
  let fraction = x;
  for (let n = 120; n > 0; n -= 1) fraction = x + n / 2 / fraction;
  return Math.exp(-x * x) / (fraction * Math.sqrt(Math.PI));
};

const normalDistribution = (x) => 0.5 * erfc(-x / Math.SQRT2);

const gates = {
  abs: unary(Math.abs, (x) => (x > 0 ? 1 : x < 0 ? -1 : x)),
  add: binary((x, y) => x + y, () => [1, 1]),
  clip: unary(
    (x, { min, max }) => (x < min ? min : x > max ? max : x),
    (x, z, { min, max }) => (x < min || x > max ? 0 : 1)),
  cos: unary(Math.cos, (x) => -Math.sin(x)),
  divide: binary((x, y) => x / y, (x, y, z) => [1 / y, -z / y]),
  dropout: binary((x, mask, { p }) => (x * mask) / p, (x, mask, z, { p }) => [mask / p, 0]),
  elu: unary(
    (x, { alpha }) => (x > 0 ? x : alpha * Math.expm1(x)),
    (x, z, { alpha }) => (x > 0 ? 1 : alpha * Math.exp(x))),
  equal: comparison((x, y) => x === y),
  exp: unary(Math.exp, (x, z) => z),
  expm1: unary(Math.expm1, (x, z) => z + 1),
  gelu: unary(
    (x) => x * normalDistribution(x),
    (x) => normalDistribution(x) + (x * Math.exp((-x * x) / 2)) / Math.sqrt(2 * Math.PI)),
  greater: comparison((x, y) => x > y),
  greater_equal: comparison((x, y) => x >= y),
  leaky_relu: unary((x, { alpha }) => (x > 0 ? x : alpha * x), (x, z, { alpha }) => (x > 0 ? 1 : alpha)),
  less: comparison((x, y) => x < y),
  less_equal: comparison((x, y) => x <= y),
  log: unary(Math.log, (x) => 1 / x),
  log1p: unary(Math.log1p, (x) => 1 / (1 + x)),
  maximum: binary(
    (x, y) => (Number.isNaN(x) || x > y ? x : y),
    (x, y) => (x === y ? [0.5, 0.5] : x > y ? [1, 0] : [0, 1])),
  maxout: { value: (operands) => operands.reduce((x, y) => (Number.isNaN(x) || x > y ? x : y)), slopes: routed },
  minimum: binary(
    (x, y) => (Number.isNaN(x) || x < y ? x : y),
    (x, y) => (x === y ? [0.5, 0.5] : x < y ? [1, 0] : [0, 1])),
  multiply: binary((x, y) => x * y, (x, y) => [y, x]),
  negative: unary((x) => -x, () => -1),
  not_equal: comparison((x, y) => x !== y),
  power: binary(power, (x, y, z) => [
    y === 0 ? 0 : y * power(x, y - 1),
    x === 0 && y >= 0 ? 0 : z * Math.log(x),
  ]),
  reciprocal: unary((x) => 1 / x, (x, z) => -z * z),
  relu: unary((x) => (Number.isNaN(x) || x > 0 ? x : 0), (x) => (x > 0 ? 1 : 0)),
  sigmoid: unary(sigmoid, sigmoidSlope),
  sign: unary((x) => (x > 0 ? 1 : x < 0 ? -1 : x), (x) => (Number.isNaN(x) ? x : 0)),
  silu: unary((x) => x * sigmoid(x), (x) => sigmoid(x) + x * sigmoidSlope(x)),
  sin: unary(Math.sin, Math.cos),
  softplus: unary((x) => Math.max(x, 0) + Math.log1p(Math.exp(-Math.abs(x))), sigmoid),
  sqrt: unary(Math.sqrt, (x, z) => 0.5 / z),
  square: unary((x) => x * x, (x) => 2 * x),
  subtract: binary((x, y) => x - y, () => [1, -1]),
  tan: unary(Math.tan, (x, z) => 1 + z * z),
  tanh: unary(Math.tanh, (x, z) => (1 - z) * (1 + z)),
  where: {
    value: ([mask, x, y]) => (mask !== 0 ? x : y),
    slopes: ([mask]) => (mask !== 0 ? [0, 1, 0] : [0, 0, 1]),
  },
};
