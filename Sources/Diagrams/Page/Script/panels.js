// The cards below the drawing.

/** An element with attributes and contents; strings become text, never markup. */
const element = (tag, attributes, ...contents) => {
  const made = document.createElement(tag);
  for (const [name, value] of Object.entries(attributes)) {
    if (value !== false) made.setAttribute(name, value === true ? '' : value);
  }
  made.append(...contents);
  return made;
};

/** A name from the formula, which may run from right to left. */
const named = (name) => element('bdi', { class: 'code' }, name);

const nameOf = (node) => node.name || node.label || node.id;

/** A rule with words put in for `{0}`, `{1}` … and `{z}`, in parentheses where they have a sign. */
const filled = (rule, word) => rule.replace(/\((\{\w+\})\)|\{\w+\}/g, (found, inner) => {
  const words = word((inner ?? found).slice(1, -1));
  return inner && /^[-(]/.test(words) ? `(${words})` : words;
});

/** A number or a rule as a factor of a product. */
const factor = (words) => (/^-|[ ]/.test(words.replace(/\([^()]*\)/g, '')) ? `(${words})` : words);

const colored = (className, words) => element('span', { class: className }, words);

/** The chain rule for one operand, line by line: in names, and in numbers where they are single ones. */
const chainRule = (node, rule) => {
  const [downstream, upstream] = [colored('gradient', rule.downstream), colored('gradient', rule.upstream)];
  const lines = [rule.isWhole ? [downstream, ' = ', colored('local', rule.text)]
    : [downstream, ' = ', upstream, ' \u00b7 ', colored('local', rule.local)]];
  if (rule.text === undefined) lines.push([colored('quiet', rule.words)]);
  else if (!rule.isWhole) lines.push([' = ', upstream.cloneNode(true), ' \u00b7 ', colored('local', factor(rule.text))]);
  if (rule.isScalar && canRunGate(tape, node) && !hidesNumbers(node)) lines.push(...chainRuleInNumbers(node, rule));
  if (rule.shapes) lines.push([colored('quiet', rule.shapes)]);
  return element('div', { class: 'rule' }, ...lines.map((cells) => element('span', { class: 'row' }, ...cells)));
};

const chainRuleInNumbers = (node, rule) => {
  const [upstream] = node.gradient;
  const [downstream] = node.downstream[rule.operand];
  const slope = localGradients(tape, node)[rule.operand];
  const words = (key) => text((key === 'z' ? node : tape.nodes[node.operands[Number(key)]]).value[0]);
  const worked = rule.template && filled(rule.template, words);
  // A number that stands in the rule itself, such as -1, is written as it stands there.
  const isNumber = rule.template && !Number.isNaN(Number(rule.template));
  const shown = Number(fixed(upstream, state.decimals)) * Number(fixed(slope, state.decimals));
  const line = [' = ', labelled('gradient', factor(text(upstream)), 'upstream'), ' \u00b7 ',
    labelled('local', factor(isNumber ? rule.template : text(slope)), 'local'),
    ` ${equals(shown, downstream, state.decimals)} `, labelled('gradient', text(downstream), 'downstream')];
  // What is more than one number is worked out in a line of its own.
  if (!worked || !/[ (]/.test(worked)) return [line];
  return [[' = ', colored('gradient', factor(text(upstream))), ' \u00b7 ', colored('local', factor(worked))], line];
};

const labelled = (className, words, label) =>
  element('span', { class: `labelled ${className}` }, element('span', {}, words), element('small', {}, label));

/** Whether a number of the gate is still to be found by the reader, or to come in the pass. */
const hidesNumbers = (node) => {
  const wires = tape.wires.filter((wire) => wire === node.trunk || wire.handers.includes(node));
  return wires.some(isHidden) || (state.step > 0 && node.backwardStep > state.step);
};

const gateName = (node) => `${node.box?.name ?? node.gate} gate`;

const makeExplanation = () => [
  element('h2', {}, 'The chain rule'),
  element('p', {}, 'Each gate takes the gradient that arrives at its output, the upstream gradient, multiplies it by '
    + 'its own local gradient, and hands the product down to its input.'),
  element('p', { class: 'quiet' }, 'Step through the passes, or point at a gate.'),
];

/** What a gate reads and gives, with what the formula says in its place. */
const makeValues = (node) => {
  const values = [...new Set(operandsOf(tape, node)), node].filter((value) => value.kind !== 'constant' || value.name);
  return element('dl', { class: 'values' }, ...values.flatMap((value) => [
    element('dt', {}, named(value.symbol)),
    element('dd', { class: 'value' }, hasValue(value) ? numbersInFull(value, value.value) : 'none yet'),
    element('dd', {}, value.label === value.symbol ? '' : named(value.label)),
  ]));
};

const showGate = () => {
  const node = focus();
  if (!node) {
    part('gate').replaceChildren(...makeExplanation());
    return;
  }
  const heading = element('h2', {}, element('span', { class: 'symbol' }, node.sign), gateName(node));
  if (node.box) {
    part('gate').replaceChildren(heading, element('p', {}, `${node.box.gateCount} gates are drawn as one.`));
    return;
  }
  if (node.pattern) heading.append(colored('quiet', `gradient ${node.pattern}`));
  const rules = node.rules.map((rule) => chainRule(node, rule));
  part('gate').replaceChildren(heading, makeValues(node), element('div', { class: 'rules' }, ...rules));
};

/** A field for each number of a leaf, in the rows of a matrix. */
const makeFields = (leaf, change) => leaf.value.map((_, index) => {
  const id = leaf.shape.length === 0 ? `in-${leaf.id}` : `in-${leaf.id}-${index}`;
  const label = leaf.shape.length > 0 && `${leaf.name}, element ${index + 1} of ${leaf.value.length}`;
  const field = element('input', { type: 'number', step: 'any', id, autocomplete: 'off', 'aria-label': label });
  field.addEventListener('input', () => change(leaf, index, field));
  return field;
});

/** The row of a leaf; a tensor whose numbers can be changed has two, its name above them. */
const makeInput = (leaf, change) => {
  const fields = runs ? makeFields(leaf, change) : [];
  const numbers = colored('value', '');
  const gradient = element('td', {});
  leaf.show = () => {
    numbers.textContent = numbersInFull(leaf, leaf.value);
    fields.forEach((field, index) => {
      if (document.activeElement !== field) field.value = short(leaf.value[index]);
    });
    gradient.textContent = gradientWords(leaf);
    gradient.className = gradientIsMissing(leaf) ? 'quiet' : 'gradient';
  };
  if (fields.length > 0 && leaf.shape.length > 0) {
    const matrix = element('div', { class: 'matrix' }, ...fields);
    matrix.style.setProperty('--columns', leaf.shape.at(-1));
    return [element('tr', {}, element('th', { scope: 'rowgroup', colspan: 3 }, named(leaf.name))),
      element('tr', {}, element('td', { colspan: 3 }, matrix))];
  }
  const name = runs ? element('label', { for: fields[0].id }, named(leaf.name)) : named(leaf.name);
  const value = element('td', {}, runs ? fields[0] : numbers);
  return [element('tr', {}, element('th', { scope: 'row' }, name), value, gradient)];
};

/** The inputs, made once: a field keeps the focus while its number changes. */
const makeInputs = (change) => {
  const hasColumns = !runs || leaves.some((leaf) => leaf.shape.length === 0);
  const head = (hasColumns ? ['Input', 'Value', 'Gradient'] : []).map((word) => element('th', { scope: 'col' }, word));
  part('inputs').replaceChildren(element('h2', {}, 'Inputs'),
    element('table', {}, element('thead', {}, element('tr', {}, ...head)),
      element('tbody', {}, ...leaves.flatMap((leaf) => makeInput(leaf, change)))));
  if (runs) return;
  const why = unknownGates.length > 0 ? `the page does not run ${unknownGates.join(', ')}` : 'the tensors are too large';
  part('inputs').append(element('p', { class: 'quiet' }, `The inputs cannot be changed here: ${why}.`));
};

/** The formula, made once; the line of the gate in focus stands out. */
const makeSource = () => {
  const lines = tape.source.replace(/\n+$/, '').split('\n')
    .map((line) => element('li', {}, element('bdi', {}, line || ' ')));
  part('source').replaceChildren(element('h2', {}, 'Formula'), element('ol', { class: 'code' }, ...lines));
};

const showSource = () => {
  part('source').querySelectorAll('li').forEach((line, index) => {
    const isCurrent = index + 1 === focus()?.line;
    line.toggleAttribute('aria-current', isCurrent);
    // In a long formula, within its card; the page stays where it is.
    if (isCurrent) part('source').scrollTop = line.offsetTop - part('source').clientHeight / 2;
  });
};

/** All numbers in full, for readers who do not see the drawing. */
const showNumbers = () => {
  const cells = (node) => [
    element('th', { scope: 'row' }, named(nameOf(node))),
    element('td', {}, node.kind === 'gate' ? `${node.gate} gate of ${node.operands.map((operand) =>
      nameOf(tape.nodes[operand])).join(' and ')}` : node.kind),
    element('td', {}, hasValue(node) ? node.value.map((x) => short(x)).join(' ') : 'none yet'),
    element('td', {}, gradientIsMissing(node) || node.gradient.map((x) => short(x)).join(' ')),
  ];
  const rows = tape.nodes.filter((node) => node.trunk).map((node) => element('tr', { 'data-node': node.id }, ...cells(node)));
  const head = ['Name', 'What it is', 'Value', 'Gradient'].map((word) => element('th', { scope: 'col' }, word));
  part('numbers').replaceChildren(element('caption', {}, `The values and gradients of ${tape.title}`),
    element('thead', {}, element('tr', {}, ...head)), element('tbody', {}, ...rows));
};
