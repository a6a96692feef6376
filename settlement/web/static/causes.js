// Causes of a variance, as settlement.variance tells them on a line.

const PART = /([a-z_]+)\[([^\]]*)\] (-?\d+)/g;

/** Explanations, each a list of causes: {cause, detail, amount}; amounts as text. */
export function explanationsOf(text) {
  return text.split(" | ").filter(Boolean).map((one) =>
    [...one.matchAll(PART)].map(([, cause, detail, amount]) => ({ cause, detail, amount })));
}
