// The exercise: gradients hidden behind boxes until they are answered.

const exercise = {
  /** The wire that is asked for; none when all are answered. */
  asked: undefined,
  right: 0,
  revealed: 0,
  reply: '',
};

/** The wires in the order in which the backward pass reaches them. */
const questions = () => tape.wires.filter(isAsked).sort((a, b) => a.gradientStep - b.gradientStep);

const open = () => questions().filter((wire) => !state.answered.has(wire));

/** Whether an answer is right to the decimals that are shown. */
const isRight = (answer, gradient) => Math.abs(answer - gradient) <= 0.5 * 10 ** -state.decimals * (1 + 1e-9)
  || numberText(answer, state.decimals) === numberText(gradient, state.decimals);

const wireName = (wire) => {
  const node = tape.nodes[wire.node];
  const name = named(nameOf(node));
  return wire.uses ? [name, ' on its branch to ', named(nameOf(wire.handers[0]))] : [name];
};

/** Asks for the gradient of a wire. */
const ask = (wire) => {
  exercise.asked = wire;
  render();
  if (wire) bringIntoView(wire.id);
  part('answer').focus();
};

/** The card of the exercise, made once: what is typed in it stays while it changes. */
const makeQuestion = () => {
  const answer = element('input', { type: 'number', step: 'any', id: 'answer', autocomplete: 'off' });
  const button = (id, words, action) => {
    const made = element('button', { type: 'button', id }, words);
    made.addEventListener('click', action);
    return made;
  };
  const settle = (isAnswered) => {
    state.answered.add(exercise.asked);
    exercise[isAnswered ? 'right' : 'revealed'] += 1;
    answer.value = '';
    exercise.reply = isAnswered ? 'Right.' : '';
    ask(open()[0]);
  };
  const form = element('form', {}, answer, element('button', {}, 'Check'),
    button('reveal', 'Reveal', () => settle(false)),
    button('skip', 'Skip', () => {
      const rest = open();
      exercise.reply = '';
      ask(rest[(rest.indexOf(exercise.asked) + 1) % rest.length]);
    }));
  form.addEventListener('submit', (event) => {
    event.preventDefault();
    if (answer.value === '') return;
    if (isRight(answer.valueAsNumber, gradientOn(exercise.asked)[0])) settle(true);
    else part('reply').textContent = `Not ${answer.value}, to ${decimalsText()}. What arrives, times the local gradient?`;
  });
  part('question').replaceChildren(element('h2', {}, 'Exercise'), element('label', { for: 'answer', id: 'asked' }), form,
    element('p', { id: 'reply', 'aria-live': 'polite' }), element('p', { class: 'quiet', id: 'score' }));
};

const showQuestion = () => {
  part('question').hidden = !state.isExercise;
  if (!state.isExercise) return;
  part('question').querySelector('form').hidden = !exercise.asked;
  part('asked').replaceChildren(...(exercise.asked
    ? ['What is the gradient at ', ...wireName(exercise.asked), '?'] : ['Every gradient is there.']));
  part('reply').textContent = exercise.reply;
  part('score').textContent = `${exercise.right} of ${questions().length} right`
    + `${exercise.revealed ? `, ${exercise.revealed} revealed` : ''}`;
};

const startExercise = (isOn) => {
  state.isExercise = isOn;
  state.step = 0;
  state.answered.clear();
  Object.assign(exercise, { asked: undefined, right: 0, revealed: 0, reply: '' });
};
