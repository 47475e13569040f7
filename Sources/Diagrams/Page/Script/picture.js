// The drawing: its parts by their names, and what they show.

const svgNamespace = 'http://www.w3.org/2000/svg';
const picture = document.getElementById('picture');
const part = (id) => document.getElementById(id);

/** Where a text stands and how wide it may be, so that another one fits in its place. */
const slotOf = (text) => {
  const box = text.getBBox();
  const middle = box.x + box.width / 2;
  // A number stands in a cell whose border is the wire; in a matrix, in a column as wide as it was.
  const lines = [...text.parentNode.querySelectorAll('polyline')].map((line) => line.getBBox());
  const cell = lines.find((line) => line.height < 1 && line.x <= middle && middle <= line.x + line.width);
  text.setAttribute('text-anchor', 'middle');
  return { text, size: Number(text.getAttribute('font-size')), cell, middle, width: box.width + 6 };
};

/** Puts a text in a slot, smaller where it would not fit. */
const write = (slot, words, isOnlyOne) => {
  const { text, size } = slot;
  const [middle, width] = isOnlyOne && slot.cell
    ? [slot.cell.x + slot.cell.width / 2, slot.cell.width - 2] : [slot.middle, slot.width];
  text.textContent = words;
  text.setAttribute('x', middle);
  text.setAttribute('font-size', size);
  const length = text.getComputedTextLength();
  if (length > width) text.setAttribute('font-size', (size * width) / length);
};

/** Tells the line of a wire from the brackets above and below it. */
const nameLines = (group) => {
  const lines = [...group.querySelectorAll('polyline')].map((line) => ({ line, box: line.getBBox() }));
  const wire = lines.find(({ box }) => box.height < 1);
  for (const { line, box } of lines) {
    line.classList.add(box.height < 1 ? 'line' : box.y < wire.box.y ? 'above' : 'below');
  }
};

/** A box with rounded corners around part of the drawing. */
const boxAround = (box, margin, className) => {
  const rect = document.createElementNS(svgNamespace, 'rect');
  const numbers = {
    x: box.x - margin, y: box.y - margin, width: box.width + 2 * margin, height: box.height + 2 * margin, rx: 7,
  };
  for (const [name, number] of Object.entries(numbers)) rect.setAttribute(name, number);
  rect.setAttribute('class', className);
  return rect;
};

/** Draws the frame of the gate in focus, and lights its wires. */
const frame = (node) => {
  picture.querySelector('.frame')?.remove();
  for (const lit of picture.querySelectorAll('.lit')) lit.classList.remove('lit');
  const gate = node?.kind === 'gate' && part(node.id);
  if (!gate) return;
  gate.append(boxAround(gate.querySelector('ellipse, polygon, path').getBBox(), 5, 'frame'));
  for (const id of node.surroundings) part(id)?.classList.add('lit');
};

/** Scrolls sideways, where the drawing is wider than the page, until a part of it is in the middle. */
const bringIntoView = (id) => {
  if (!part(id) || picture.scrollWidth <= picture.clientWidth) return;
  const [box, page] = [part(id).getBoundingClientRect(), picture.getBoundingClientRect()];
  picture.scrollBy({ left: box.x + box.width / 2 - page.x - page.width / 2, behavior: 'auto' });
};
