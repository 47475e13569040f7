// The run: the graph's nodes in order, each after its operands, with values, and gradients going back.

const operandsOf = (tape, node) => node.operands.map((operand) => tape.nodes[operand]);

/** Whether the page can run a gate. */
const canRunGate = (tape, node) => {
  if (Object.hasOwn(gates, node.gate)) return true;
  return Object.hasOwn(tensorGates, node.gate) && (tensorGates[node.gate].isRun?.(operandsOf(tape, node)) ?? true);
};

/** The upstream gradient times the local one; nothing where either is zero, though the other be infinite. */
const chained = (upstream, slope) => (upstream === 0 || slope === 0 ? 0 : upstream * slope);

/** One element of each operand of a gate that treats each element alone. */
const elementsAt = (operands, index) => operands.map((operand) => operand.value[index]);

/** The numbers of a gate's output. */
const outputOf = (tape, node) => {
  const operands = operandsOf(tape, node);
  if (Object.hasOwn(tensorGates, node.gate)) return tensorGates[node.gate].forward(node, operands);
  return node.value.map((_, index) => gates[node.gate].value(elementsAt(operands, index), node.options));
};

/** What a gate hands down to each operand, for an upstream gradient. */
const handedDown = (tape, node, upstream) => {
  const operands = operandsOf(tape, node);
  if (Object.hasOwn(tensorGates, node.gate)) return tensorGates[node.gate].backward(upstream, node, operands);
  const slopes = node.value.map((z, index) => gates[node.gate].slopes(elementsAt(operands, index), z, node.options));
  return operands.map((_, position) => slopes.map((slope, index) => chained(upstream[index], slope[position])));
};

/** The local gradients of a gate on single numbers: what it hands down of a gradient of 1. */
const localGradients = (tape, node) => handedDown(tape, node, [1]).map(([slope]) => slope);

/** Computes every value from those of the leaves. */
const forward = (tape) => {
  for (const node of tape.nodes) {
    if (node.kind === 'gate') node.value = outputOf(tape, node);
  }
};

/** Computes every gradient: adds up what the gates hand down, the last one first. */
const backward = (tape) => {
  for (const node of tape.nodes) node.gradient = node.value.map(() => 0);
  tape.nodes[tape.output].gradient = tape.nodes[tape.output].value.map(() => 1);
  for (const node of tape.nodes.toReversed()) {
    if (node.kind !== 'gate') continue;
    node.downstream = handedDown(tape, node, node.gradient);
    node.operands.forEach((operand, position) => {
      const { gradient } = tape.nodes[operand];
      node.downstream[position].forEach((part, index) => { gradient[index] += part; });
    });
  }
};
