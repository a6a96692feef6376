// Figures as each language writes them. Whole numbers are BigInt throughout: none is ever rounded.

const GROUP = /\B(?=(\d{3})+$)/g;
const MINUS = "\u2212";
const SPACE = "\u00a0";
const MILLION = 1_000_000n;
const BILLION = 1_000_000_000n;
let signs = signsOf("vi");
let currency; // of the home: its sign, whether that stands first, and its decimals

/** What separates groups of digits and decimals, as the browser knows the language. */
function signsOf(locale) {
  const parts = new Intl.NumberFormat(locale, { useGrouping: "always" }).formatToParts(1_234_567.8);
  const sign = (type) => parts.find((part) => part.type === type).value;
  return { group: sign("group"), point: sign("decimal"), locale };
}

/** From now on figures are written as the language does. */
export function speak(lang) {
  signs = signsOf(lang);
}

/** From now on amounts are written in this currency. */
export function writeAmountsIn(form) {
  currency = form;
}

/** Minor units, none below 0, in the unit that people name: 581235 cents are 5,812.35. */
function inUnits(minor) {
  if (!currency.decimals) return grouped(minor);
  const unit = 10n ** BigInt(currency.decimals);
  return grouped(minor / unit) + signs.point + String(minor % unit).padStart(currency.decimals, "0");
}

/** A whole number of an answer (a number up to 2^53, text beyond it) as BigInt. */
export function whole(value) {
  return BigInt(value);
}

/** 1.234.567, or 1,234,567 in English, with a minus sign that is as wide as a plus. */
export function grouped(value) {
  const number = whole(value);
  const digits = String(number < 0n ? -number : number).replace(GROUP, signs.group);
  return number < 0n ? MINUS + digits : digits;
}

/** A number of a result, its digits grouped and no digit of it lost; what is no plain number stays as it is. */
export function exact(value) {
  const parts = /^(-?\d+)(?:\.(\d+))?$/.exec(String(value));
  if (parts === null) return String(value);
  const [, before, after] = parts;
  const told = grouped(before);
  return `${before.startsWith("-0") ? MINUS : ""}${told}${after ? signs.point + after : ""}`;
}

/** The same with a plus sign before what is above 0. */
export function signed(value) {
  return whole(value) > 0n ? `+${grouped(value)}` : grouped(value);
}

/** An amount of minor units without its sign, as a table headed by it has it: 1.234.567, 12,345.67. */
export function figureOf(value) {
  const number = whole(value);
  return (number < 0n ? MINUS : "") + inUnits(number < 0n ? -number : number);
}

/** The same with a plus sign before what is above 0. */
export function signedFigure(value) {
  return whole(value) > 0n ? `+${figureOf(value)}` : figureOf(value);
}

/** An amount of minor units with the sign of its currency: 1.234.567 đ, $12,345.67. */
export function amountText(value) {
  const number = whole(value);
  const figure = inUnits(number < 0n ? -number : number);
  return (number < 0n ? MINUS : "") + (currency.sign_first ? `${currency.sign}${figure}` : `${figure}${SPACE}${currency.sign}`);
}

/** The same with a plus sign before what is above 0. */
export function signedAmount(value) {
  return whole(value) > 0n ? `+${amountText(value)}` : amountText(value);
}

/** value / size with one decimal, or as many as are told: rounded, so for reading alone. */
export function tenths(value, size, decimals = 1) {
  const number = whole(value);
  const scale = 10n ** BigInt(decimals);
  const scaled = ((number < 0n ? -number : number) * scale * 2n + size) / (size * 2n);
  const rest = String(scaled % scale).padStart(decimals, "0");
  return `${number < 0n ? MINUS : ""}${grouped(scaled / scale)}${signs.point}${rest}`;
}

/** An amount as a sentence says it: two decimals of a billion, one of a million, below that all of it. */
export function inShort(t, value) {
  const [number, unit] = [whole(value), 10n ** BigInt(currency.decimals)];
  const size = (number < 0n ? -number : number) / unit;
  if (size >= BILLION) return t("{amount} billion {currency_name}", { amount: tenths(number, BILLION * unit, 2) });
  if (size >= MILLION) return t("{amount} million {currency_name}", { amount: tenths(number, MILLION * unit) });
  return t("{amount} {currency_name}", { amount: (number < 0n ? MINUS : "") + inUnits(number < 0n ? -number : number) });
}

/** part of all with one decimal, rounded: for sentences alone. */
export function about(part, all) {
  return whole(all) === 0n ? `0${SPACE}%` : `${tenths(whole(part) * 100n, whole(all))}${SPACE}%`;
}

/** By how much a whole number changed, of what it was: +3,1 %; null where it was 0. */
export function changed(now, before) {
  if (whole(before) === 0n) return null;
  const more = whole(now) - whole(before);
  return `${more > 0n ? "+" : ""}${about(more, before)}`;
}

/** part of all in thousandths of a percent, rounded down; of nothing: 0. */
function milliPercent(part, all) {
  return whole(all) === 0n ? 0n : (whole(part) * 100_000n) / whole(all);
}

/** 12,345 %, or 12.345 % in English: cut, not rounded, so that what is not all never reads as 100 %. */
export function percent(part, all) {
  const thousandths = milliPercent(part, all);
  const size = thousandths < 0n ? -thousandths : thousandths;
  const rest = String(size % 1000n).padStart(3, "0");
  return `${thousandths < 0n ? MINUS : ""}${grouped(size / 1000n)}${signs.point}${rest}${SPACE}%`;
}

/** A share written as 19/20 or 1, without zeros at its end: 95 %. */
export function share(text) {
  const [part, all = "1"] = text.split("/");
  return percent(part, all).replace(/([.,]\d*?)0+(?=\D*$)/, "$1").replace(/[.,](?=\D*$)/, "");
}

/** part of all as a fraction from 0 to 1, for lengths of drawings alone. */
export function fraction(part, all) {
  const found = Number(milliPercent(part, all)) / 100_000;
  return Math.min(1, Math.max(0, found));
}

/** A number of at most three decimals, for axes and seconds: none of money. */
export function decimal(number) {
  return new Intl.NumberFormat(signs.locale).format(number);
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
