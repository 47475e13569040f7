// What the page shows at the moment: the run, the step, the decimals, and what the reader has answered.

/** Numbers that JSON does not have are written as strings, in lists of numbers and in options. */
const readTape = (id) => JSON.parse(document.getElementById(id).textContent, function number(key, value) {
  const isNumber = Array.isArray(this) || key === 'min' || key === 'max';
  return isNumber && ['NaN', 'Infinity', '-Infinity'].includes(value) ? Number(value) : value;
});

// There may be two drawings, with a tape each; the address says which one is shown.
const foldedTape = readTape('folded-tape');
const isFolded = foldedTape !== null && new URLSearchParams(location.hash.slice(1)).has('folded');
const tape = isFolded ? foldedTape : readTape('tape');
if (isFolded) document.getElementById('picture').replaceChildren(document.getElementById('folded-picture').content);

const leaves = tape.nodes.filter((node) => node.kind !== 'gate' && node.name !== '');

/** Whether the drawing has a text for each number of a node. */
const isWrittenOut = (node) => node.shape.length <= 2 && node.shape.every((extent) => extent <= 6);

/** What keeps the page from running other inputs: gates it does not know, or tensors that are only summed up. */
const unknownGates = [...new Set(tape.nodes.filter((node) => node.kind === 'gate' && !canRunGate(tape, node))
  .map((node) => node.gate))];
const runs = unknownGates.length === 0 && tape.wires.every((wire) => isWrittenOut(tape.nodes[wire.node]));

const state = {
  step: 0,
  decimals: tape.decimals,
  /** The gate that the reader points at; the step's own gate without one. */
  pointed: null,
  isExercise: false,
  /** The wires whose gradient has been answered or revealed. */
  answered: new Set(),
};

const begin = {
  decimals: tape.decimals,
  theme: document.documentElement.dataset.theme ?? '',
  values: new Map(leaves.map((leaf) => [leaf, leaf.value])),
};

/** The step that is shown; none before the first, where everything is. */
const currentStep = () => tape.steps[state.step - 1];

/** The gate whose chain rule is shown. */
const focus = () => state.pointed ?? tape.nodes[currentStep()?.node];

/** The gates that hand a wire its gradient down. */
const handers = (wire) => (wire.uses ? wire.uses.map((use) => tape.nodes[use.gate])
  : tape.nodes.filter((node) => node.operands?.includes(wire.node)));

// Each node and each wire knows the steps in which it gets its value, hands its gradients down, and has its gradient.
const seedStep = 1 + tape.steps.findIndex((step) => step.pass === 'seed');
for (const node of tape.nodes) Object.assign(node, { forwardStep: 0, backwardStep: 0, trunk: null });
tape.steps.forEach(({ pass, gates: turn }, index) => {
  for (const gate of turn) tape.nodes[gate][`${pass}Step`] = index + 1;
});
for (const wire of tape.wires) {
  if (!wire.uses) tape.nodes[wire.node].trunk = wire;
  wire.handers = handers(wire);
  wire.gradientStep = Math.max(seedStep, ...wire.handers.map((gate) => gate.backwardStep));
}

const hasValue = (node) => state.step === 0 || node.forwardStep <= state.step;
const hasGradient = (wire) => state.step === 0 || wire.gradientStep <= state.step;

const isHidden = (wire) => state.isExercise && isAsked(wire) && !state.answered.has(wire);

/** Every gradient of a single number, but the one that the pass begins with. */
const isAsked = (wire) => tape.nodes[wire.node].isDifferentiated && tape.nodes[wire.node].shape.length === 0
  && !(wire.node === tape.output && !wire.uses);

/** The numbers of the gradient on a wire: all of a node's, or what one gate hands down. */
const gradientOn = (wire) => {
  if (!wire.uses) return tape.nodes[wire.node].gradient;
  const parts = wire.uses.map(({ gate, operand }) => tape.nodes[gate].downstream[operand]);
  return parts.reduce((sum, part) => sum.map((x, element) => x + part[element]));
};

/** The gradients on the branches of a wire. */
const partsOf = (wire) => (wire.uses ? []
  : tape.wires.filter((branch) => branch.uses && branch.node === wire.node).map(gradientOn));

const text = (number) => numberText(number, state.decimals);

/** What a wire shows below it. */
const gradientTexts = (wire) => {
  const node = tape.nodes[wire.node];
  if (!node.isDifferentiated) return [];
  if (isHidden(wire)) return ['?'];
  const parts = node.shape.length === 0 ? partsOf(wire) : [];
  if (parts.length === 2 || parts.length === 3) {
    return [sumText(parts.map(([part]) => part), node.gradient[0], state.decimals)];
  }
  return gradientOn(wire).map(text);
};

const shapeText = (node) => `(${node.shape.join(', ')}${node.shape.length === 1 ? ',' : ''})`;

const numbersText = (node, numbers) => (node.shape.length === 0 ? text(numbers[0]) : `of shape ${shapeText(node)}`);

/** The numbers of a small tensor in full, in the brackets of formulas. */
const numbersInFull = (node, numbers) => {
  const nested = (extents, start, count) => (extents.length === 0 ? text(numbers[start])
    : `[${Array.from({ length: extents[0] }, (_, index) =>
      nested(extents.slice(1), start + (index * count) / extents[0], count / extents[0])).join(', ')}]`);
  return numbers.length > 0 && numbers.length <= 12 ? nested(node.shape, 0, numbers.length) : `of shape ${shapeText(node)}`;
};

/** Why the gradient of a node is not shown; nothing where it is. */
const gradientIsMissing = (node) => {
  if (!node.isDifferentiated) return 'no gradient';
  // What is drawn inside a box, or in a bundle with others, has no wire of its own.
  if (!node.trunk) return '';
  if (!hasGradient(node.trunk)) return 'none yet';
  return isHidden(node.trunk) ? 'to find' : '';
};

/** A value, and a gradient, in a sentence. */
const valueWords = (node) => (hasValue(node) ? numbersText(node, node.value) : 'none yet');
const gradientWords = (node) => gradientIsMissing(node) || numbersText(node, node.gradient);
