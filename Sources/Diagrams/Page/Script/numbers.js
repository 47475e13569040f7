// Numbers as the pictures print them: the rules of NumberText and NumberFormat, on which a test holds these.

/** The fewest digits that identify a number: sign, digits d₁d₂d₃…, and the power of ten of 0.d₁d₂d₃…. */
const digitsOf = (x) => {
  const [mantissa, exponent] = Math.abs(x).toExponential().split('e');
  const digits = mantissa.replace('.', '').replace(/0+$/, '');
  return { sign: x < 0 ? '-' : '', digits, point: digits === '' ? 0 : Number(exponent) + 1 };
};

/** The first `count` digits as an integer, rounded half away from zero as one does by hand. */
const roundedDigits = (digits, count) => {
  if (count < 0) return 0n;
  const kept = BigInt(digits.slice(0, count).padEnd(count, '0') || '0');
  return digits[count] >= '5' ? kept + 1n : kept;
};

/** As many decimals as asked for; a zero has no sign. */
const fixed = (x, decimals) => {
  if (!Number.isFinite(x)) return String(x);
  const { sign, digits, point } = digitsOf(x);
  const scaled = roundedDigits(digits, point + decimals);
  const text = scaled.toString().padStart(decimals + 1, '0');
  const whole = text.slice(0, text.length - decimals);
  return (scaled === 0n ? '' : sign) + whole + (decimals > 0 ? `.${text.slice(-decimals)}` : '');
};

/** At most `count` significant digits, the fewest that are needed; in powers of ten with more digits than `largestPoint` in front of the point. */
const short = (x, count = 17, largestPoint = 16) => {
  if (!Number.isFinite(x)) return String(x);
  const all = digitsOf(x);
  if (all.digits === '') return '0';
  const rounded = roundedDigits(all.digits, Math.min(count, all.digits.length)).toString();
  const point = all.point + rounded.length - Math.min(count, all.digits.length);
  const digits = rounded.replace(/0+$/, '');
  if (point > largestPoint || point < -3) {
    const power = Math.abs(point - 1).toString().padStart(2, '0');
    return `${all.sign}${digits[0]}${digits.length > 1 ? '.' : ''}${digits.slice(1)}e${point < 1 ? '-' : '+'}${power}`;
  }
  if (point <= 0) return `${all.sign}0.${'0'.repeat(-point)}${digits}`;
  const whole = digits.slice(0, point).padEnd(point, '0');
  return all.sign + whole + (digits.length > point ? `.${digits.slice(point)}` : '');
};

/** A number as a picture with so many decimals shows it. */
const numberText = (x, decimals) => {
  const isTiny = x !== 0 && Number(fixed(x, decimals)) === 0;
  return Math.abs(x) >= 1e6 || isTiny ? short(x, 3, 6) : fixed(x, decimals);
};

/** What a reader gets who works with the printed numbers: the sign before the result. */
const equals = (shown, result, decimals) => (fixed(shown, decimals) === fixed(result, decimals) ? '=' : '\u2248');

/** Parts and their sum. */
const sumText = (parts, total, decimals) => {
  const texts = parts.map((part) => numberText(part, decimals));
  const joined = texts.reduce((sum, part) => sum + (part.startsWith('-') ? ` - ${part.slice(1)}` : ` + ${part}`));
  const shown = parts.reduce((sum, part) => sum + Number(fixed(part, decimals)), 0);
  return `${joined} ${equals(shown, total, decimals)} ${numberText(total, decimals)}`;
};
