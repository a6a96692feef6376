// Figures as they are read in Vietnam. Whole numbers are BigInt throughout: none is ever rounded.

const GROUP = /\B(?=(\d{3})+$)/g;
const MINUS = "\u2212";
const SPACE = "\u00a0";

/** A whole number of an answer (a number up to 2^53, text beyond it) as BigInt. */
export function whole(value) {
  return BigInt(value);
}

/** 1.234.567, with a minus sign that is as wide as a plus. */
export function grouped(value) {
  const number = whole(value);
  const digits = String(number < 0n ? -number : number).replace(GROUP, ".");
  return number < 0n ? MINUS + digits : digits;
}

/** +1.234, −1.234 or 0. */
export function signed(value) {
  return whole(value) > 0n ? `+${grouped(value)}` : grouped(value);
}

export function dong(value) {
  return `${grouped(value)}${SPACE}đ`;
}

/** part of all in thousandths of a percent, rounded down; all is above 0. */
function milliPercent(part, all) {
  return (whole(part) * 100_000n) / whole(all);
}

/** 12,345 %: cut, not rounded, so that what is not all never reads as 100 %. */
export function percent(part, all) {
  const thousandths = milliPercent(part, all);
  const size = thousandths < 0n ? -thousandths : thousandths;
  const rest = String(size % 1000n).padStart(3, "0");
  return `${thousandths < 0n ? MINUS : ""}${grouped(size / 1000n)},${rest}${SPACE}%`;
}

/** part of all as a fraction from 0 to 1, for lengths of drawings alone. */
export function fraction(part, all) {
  const found = Number(milliPercent(part, all)) / 100_000;
  return Math.min(1, Math.max(0, found));
}

/** 31/08/2021 of 2021-08-31. */
export function day(text) {
  const [year, month, date] = text.slice(0, 10).split("-");
  return `${date}/${month}/${year}`;
}

/** 31/08/2021 23:59:59.123 of 2021-08-31 23:59:59.123000. */
export function moment(text) {
  return `${day(text)} ${text.slice(11).replace(/(\.\d{3})000$/, "$1")}`;
}

/** 08/2021 of 2021-08. */
export function month(text) {
  return `${text.slice(5)}/${text.slice(0, 4)}`;
}
