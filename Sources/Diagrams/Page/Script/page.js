// The page: what the reader does, and what follows from it.

const slots = new Map();

/** The numbers that a wire shows above and below, in the order of the elements. */
const slotsOf = (wire) => {
  if (!slots.has(wire)) {
    nameLines(part(wire.id));
    const of = (className) => [...part(wire.id).querySelectorAll(`text.${className}`)].map(slotOf);
    slots.set(wire, { values: of('value'), gradients: of('gradient') });
  }
  return slots.get(wire);
};

const showWire = (wire) => {
  const node = tape.nodes[wire.node];
  const { values, gradients } = slotsOf(wire);
  const show = (places, texts) => {
    // A tensor that is only summed up in the drawing stays as it was drawn.
    if (places.length !== texts.length) return;
    places.forEach((slot, index) => write(slot, texts[index], places.length === 1 && node.shape.length === 0));
  };
  show(values, node.value.map(text));
  show(gradients, gradientTexts(wire));
  const group = part(wire.id);
  group.classList.toggle('no-value', !hasValue(node));
  group.classList.toggle('no-gradient', !hasGradient(wire));
  describe(wire.id, `${nameOf(node)}: value ${valueWords(node)}${wire.uses ? '' : `, gradient ${gradientWords(node)}`}`);
  showAnswerBox(wire, gradients[0]);
};

/** Hides a gradient behind a box that asks for it. */
const showAnswerBox = (wire, slot) => {
  part(wire.id).querySelector('.answer-box')?.remove();
  if (!slot || !isHidden(wire) || !hasGradient(wire)) return;
  const { y, height } = slot.text.getBBox();
  const { x, width } = slot.cell ?? { x: slot.middle - 20, width: 40 };
  const box = boxAround({ x: x + 3, y: y + 1, width: width - 6, height }, 0, 'answer-box');
  box.classList.toggle('asked', exercise.asked === wire);
  box.addEventListener('click', () => ask(wire));
  part(wire.id).append(box);
};

/** Says what a part of the drawing shows, to readers who point at it and to those who do not see it. */
const describe = (id, words) => {
  const group = part(id);
  if (!group) return;
  group.setAttribute('aria-label', words);
  const title = group.querySelector(':scope > title') ?? group.appendChild(document.createElementNS(svgNamespace, 'title'));
  title.textContent = words;
};

/** A gate in a sentence. */
const sentence = (node) => {
  const inputs = node.operands.map((operand) => tape.nodes[operand]);
  if (node.box) return `${gateName(node)}, ${node.box.gateCount} gates drawn as one: output ${valueWords(node)}`;
  const words = [`${gateName(node)}: input `, inputs.map(valueWords).join(' and '), ', output ', valueWords(node)];
  if (hidesNumbers(node)) return words.join('');
  words.push(', upstream ', gradientWords(node));
  if (!node.rules.every((rule) => rule.isScalar) || !canRunGate(tape, node)) return words.join('');
  const positions = node.rules.map((rule) => rule.operand);
  const local = localGradients(tape, node);
  words.push(', local ', positions.map((position) => text(local[position])).join(' and '),
    ', downstream ', positions.map((position) => text(node.downstream[position][0])).join(' and '));
  return words.join('');
};

const caption = () => {
  const step = currentStep();
  if (!step) return `Both passes at once; the arrows go through their ${tape.steps.length} steps.`;
  const place = `Step ${state.step} of ${tape.steps.length}`;
  if (step.pass === 'inputs') return `${place}, forward. The inputs.`;
  if (step.pass === 'seed') return `${place}, backward. The gradient of ${tape.title} with respect to itself is 1.`;
  return `${place}, ${step.pass}. ${sentence(tape.nodes[step.node])}.`;
};

function render() {
  part('step').value = state.step;
  part('step').setAttribute('aria-valuetext', state.step === 0 ? 'Both passes' : `Step ${state.step}`);
  part('previous').disabled = state.step === 0;
  part('next').disabled = state.step === tape.steps.length;
  part('decimals').textContent = decimalsText();
  part('fewer').disabled = state.decimals === 0;
  part('more').disabled = state.decimals === mostDecimals;
  part('exercise').setAttribute('aria-pressed', state.isExercise);
  if (part('caption').textContent !== caption()) part('caption').textContent = caption();
  showQuestion();
  tape.wires.forEach(showWire);
  for (const node of tape.nodes) {
    if (node.kind === 'gate') describe(node.id, sentence(node));
  }
  leaves.forEach((leaf) => leaf.show());
  showFocus();
  showNumbers();
  keepInAddress();
}

const decimalsText = () => `${state.decimals} decimal${state.decimals === 1 ? '' : 's'}`;

const showFocus = () => {
  showGate();
  showSource();
  frame(focus());
};

const go = (step) => {
  state.step = Math.min(Math.max(step, 0), tape.steps.length);
  state.pointed = null;
  render();
  if (focus()) bringIntoView(focus().id);
};

const goTo = (pass) => go(1 + tape.steps.findIndex((step) => step.pass === pass));

const mostDecimals = 15;

const setDecimals = (decimals) => {
  state.decimals = Math.min(Math.max(decimals, 0), mostDecimals);
  render();
};

const change = (leaf, index, field) => {
  const number = field.valueAsNumber;
  field.setAttribute('aria-invalid', !Number.isFinite(number));
  if (!Number.isFinite(number)) return;
  leaf.value = leaf.value.with(index, number);
  run();
  render();
};

const run = () => {
  forward(tape);
  backward(tape);
};

const setTheme = (theme) => {
  if (theme) document.documentElement.dataset.theme = theme;
  else delete document.documentElement.dataset.theme;
};

// The address: behind the # stand the step, the theme and the inputs, as far as they are not as in the beginning.

const keepInAddress = () => {
  const words = new URLSearchParams();
  if (isFolded) words.set('folded', '');
  if (state.step > 0) words.set('step', state.step);
  if (part('theme').value !== begin.theme) words.set('theme', part('theme').value);
  for (const leaf of leaves) {
    if (leaf.value !== begin.values.get(leaf)) words.set(`in.${leaf.name}`, leaf.value.map((x) => short(x)).join(' '));
  }
  const hash = words.toString();
  if (hash === location.hash.slice(1)) return;
  history.replaceState(null, '', hash ? `#${hash}` : location.pathname + location.search);
};

const readAddress = () => {
  const words = new URLSearchParams(location.hash.slice(1));
  if (foldedTape && words.has('folded') !== isFolded) location.reload();
  const step = Number(words.get('step'));
  const themes = [...part('theme').options].map((option) => option.value);
  part('theme').value = themes.includes(words.get('theme')) ? words.get('theme') : begin.theme;
  setTheme(part('theme').value);
  for (const leaf of leaves) {
    const begun = begin.values.get(leaf);
    const numbers = (words.get(`in.${leaf.name}`) ?? '').split(' ').filter((word) => word !== '').map(Number);
    leaf.value = runs && numbers.length === begun.length && numbers.every(Number.isFinite) ? numbers : begun;
  }
  if (runs) run();
  go(Number.isInteger(step) ? step : 0);
};

/** Shows the other drawing, with the same inputs; the steps of the two differ. */
const fold = () => {
  const words = new URLSearchParams(location.hash.slice(1));
  words.delete('step');
  if (isFolded) words.delete('folded');
  else words.set('folded', '');
  location.hash = words;
};

const reset = () => {
  leaves.forEach((leaf) => { leaf.value = begin.values.get(leaf); });
  state.decimals = begin.decimals;
  state.step = 0;
  startExercise(false);
  part('inputs').querySelectorAll('input').forEach((field) => field.removeAttribute('aria-invalid'));
  if (runs) run();
  render();
};

// What the reader does

const listen = () => {
  const on = (id, action) => part(id).addEventListener('click', action);
  on('forward', () => goTo('inputs'));
  on('backward', () => goTo('seed'));
  on('previous', () => go(state.step - 1));
  on('next', () => go(state.step + 1));
  on('fewer', () => setDecimals(state.decimals - 1));
  on('more', () => setDecimals(state.decimals + 1));
  on('reset', reset);
  on('fold', fold);
  if (foldedTape) picture.querySelectorAll('g.scope, g.box').forEach((group) => group.addEventListener('click', fold));
  on('exercise', () => {
    startExercise(!state.isExercise);
    if (state.isExercise) ask(questions()[0]);
    else render();
  });
  part('step').addEventListener('input', () => go(Number(part('step').value)));
  part('theme').addEventListener('change', () => {
    setTheme(part('theme').value);
    keepInAddress();
  });
  addEventListener('hashchange', readAddress);
  addEventListener('keydown', (event) => {
    if (event.ctrlKey || event.metaKey || event.altKey || event.target.closest('input, select, textarea')) return;
    const actions = {
      ArrowLeft: () => go(state.step - 1),
      ArrowRight: () => go(state.step + 1),
      f: () => goTo('inputs'),
      b: () => goTo('seed'),
      '+': () => setDecimals(state.decimals + 1),
      '=': () => setDecimals(state.decimals + 1),
      '-': () => setDecimals(state.decimals - 1),
    };
    if (!Object.hasOwn(actions, event.key)) return;
    event.preventDefault();
    actions[event.key]();
  });
  for (const node of tape.nodes) {
    const gate = node.kind === 'gate' && part(node.id);
    if (!gate) continue;
    gate.setAttribute('tabindex', '0');
    gate.setAttribute('role', 'graphics-symbol img');
    const point = (pointed) => () => {
      state.pointed = pointed;
      showFocus();
    };
    gate.addEventListener('pointerenter', point(node));
    gate.addEventListener('pointerleave', point(null));
    gate.addEventListener('focus', point(node));
    gate.addEventListener('blur', point(null));
  }
};

const start = () => {
  part('step').max = tape.steps.length;
  // The style sheet decides how much smaller or larger a drawing may be than Graphviz measures it, in points.
  const { width } = picture.querySelector('svg').viewBox.baseVal;
  picture.style.setProperty('--width', `${(width * 4) / 3}px`);
  // It was written for the numbers that the page began with; the table below has those of the moment.
  picture.querySelector('desc').textContent = 'Values stand above the wires, gradients below them.';
  if (tape.formula) part('formula').replaceChildren(element('bdi', {}, `= ${tape.formula}`));
  part('fold').hidden = !foldedTape;
  part('fold').setAttribute('aria-pressed', isFolded);
  makeInputs(change);
  makeSource();
  makeQuestion();
  listen();
  readAddress();
};

start();
