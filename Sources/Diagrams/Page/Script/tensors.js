// The gates on whole tensors that the page can run again. A tensor is a node: its shape, and its numbers in row-major
// order. `forward` gives the numbers of the output, `backward` the gradient of each operand.

/** For each element of a tensor, its position along every axis. */
const places = (shape) => shape.reduce((all, extent) =>
  all.flatMap((place) => Array.from({ length: extent }, (_, index) => [...place, index])), [[]]);

const flat = (place, shape) => shape.reduce((position, extent, axis) => position * extent + place[axis], 0);

/** Zero for each number of a tensor, and what `parts` adds to some of them. */
const added = (tensor, parts) => {
  const sum = tensor.value.map(() => 0);
  for (const [position, part] of parts) sum[position] += part;
  return sum;
};

/** Each output element is one element of the operand. */
const view = (sources) => ({
  forward: (node, [x]) => sources(node, x).map((position) => x.value[position]),
  backward: (upstream, node, [x]) => [added(x, sources(node, x).map((position, index) => [position, upstream[index]]))],
});

/** The elements that differ only along the gate's axes become one number. */
const reduction = (reduce, slopes) => {
  const groups = (node, x) => {
    const axes = node.axes?.map((axis) => (axis < 0 ? axis + x.shape.length : axis)) ?? x.shape.keys().toArray();
    const kept = x.shape.map((extent, axis) => (axes.includes(axis) ? 1 : extent));
    const members = node.value.map(() => []);
    places(x.shape).forEach((place, position) => {
      members[flat(place.map((index, axis) => (axes.includes(axis) ? 0 : index)), kept)].push(position);
    });
    return members;
  };
  const numbers = (x, members) => members.map((position) => x.value[position]);
  return {
    forward: (node, [x]) => groups(node, x).map((members) => reduce(numbers(x, members))),
    backward: (upstream, node, [x]) => [added(x, groups(node, x).flatMap((members, index) =>
      slopes(numbers(x, members), node.value[index])
        .map((slope, order) => [members[order], chained(upstream[index], slope)])))],
  };
};

const total = (x) => x.reduce((sum, number) => sum + number, 0);

/** Every product of an element of x and one of y, with the element of the output that it is added to. */
const matrixProducts = (x, y) => {
  const [rows, inner] = x.shape.length === 1 ? [1, x.shape[0]] : x.shape;
  const columns = y.shape.length === 1 ? 1 : y.shape[1];
  return places([rows, columns, inner]).map(([row, column, index]) =>
    [row * inner + index, index * columns + column, row * columns + column]);
};

const tensorGates = {
  broadcast_to: view((node, x) => places(node.shape).map((place) => flat(
    place.slice(place.length - x.shape.length).map((index, axis) => (x.shape[axis] === 1 ? 0 : index)), x.shape))),
  L2: reduction((x) => total(x.map((number) => number * number)), (x) => x.map((number) => 2 * number)),
  matmul: {
    isRun: (operands) => operands.every((operand) => [1, 2].includes(operand.shape.length)),
    forward: (node, [x, y]) => added(node, matrixProducts(x, y).map(([a, b, z]) => [z, x.value[a] * y.value[b]])),
    backward: (upstream, node, [x, y]) => [
      added(x, matrixProducts(x, y).map(([a, b, z]) => [a, upstream[z] * y.value[b]])),
      added(y, matrixProducts(x, y).map(([a, b, z]) => [b, upstream[z] * x.value[a]])),
    ],
  },
  max: reduction((x) => Math.max(...x), routed),
  mean: reduction((x) => total(x) / x.length, (x) => x.map(() => 1 / x.length)),
  min: reduction((x) => Math.min(...x), routed),
  norm: reduction((x) => Math.hypot(...x), (x, z) => x.map((number) => (z === 0 ? 0 : number / z))),
  reshape: view((node, x) => x.value.map((_, position) => position)),
  sum: reduction(total, (x) => x.map(() => 1)),
};
