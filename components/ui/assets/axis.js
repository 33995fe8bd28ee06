// Round steps and labels for axes of numbers of any magnitude.

/** Round numbers from `min` to `max`, at most about `count`. */
export function roundNumbers(min, max, count) {
  // Halves, because the whole range may exceed the largest float.
  const raw = (max / 2 - min / 2) / Math.max(1, count) * 2;
  const step = roundStep(Math.max(raw, Number.MIN_VALUE));
  const [first, last] = [Math.ceil(min / step - 1e-9), Math.floor(max / step + 1e-9)];
  if (!(last - first <= 100)) return [];
  // Multiples of a decimal are written exactly, sums of steps are not.
  const { digits, power } = parts(step);
  return Array.from({ length: last - first + 1 }, (_, at) => Number(`${(first + at) * digits}e${power}`));
}

/** One label for each number times ten to `shift`: all with the same decimals, or all with an exponent. */
export function labels(numbers, shift = 0) {
  const largest = Math.max(...numbers.map(Math.abs));
  const step = numbers.length > 1 ? Math.abs(numbers[1] - numbers[0]) : largest;
  const [top, low] = [exponent(largest), decimals(step)];
  if (largest === 0 || (shift === 0 && top < 9 && low <= 6)) {
    return numbers.map((each) => minus(each.toLocaleString("en", fixed(Math.max(0, low), top > 3))));
  }
  const places = Math.min(15, Math.max(0, top + low));
  return numbers.map((each) => (each === 0 ? "0" : minus(`${scaled(each, -top).toFixed(places)}e${top + shift}`)));
}

const fixed = (places, useGrouping) =>
  ({ minimumFractionDigits: places, maximumFractionDigits: places, useGrouping });

const minus = (text) => text.replace(/^-/, "−");

/** The smallest of 1, 2, 2.5 and 5 times a power of ten that is at least `raw`. */
function roundStep(raw) {
  const power = exponent(raw);
  const steps = ["1", "2", "2.5", "5", "10"].map((digits) => Number(`${digits}e${power}`));
  return steps.find((step) => step >= raw * (1 - 1e-9)) ?? raw;
}

/** A number as a whole number times a power of ten. */
function parts(number) {
  const [mantissa, power] = Number(number.toPrecision(3)).toExponential().split("e");
  const places = mantissa.split(".")[1]?.length ?? 0;
  return { digits: Number(mantissa.replace(".", "")), power: Number(power) - places };
}

const exponent = (number) => Number(number.toExponential().split("e")[1]);

/** Decimals that multiples of a step need; negative for tens and hundreds. */
const decimals = (step) => (step > 0 ? -parts(step).power : 0);

/** The number times ten to `power`, also where that power is no float. */
function scaled(number, power) {
  const [mantissa, own] = number.toExponential().split("e");
  return Number(`${mantissa}e${Number(own) + power}`);
}
