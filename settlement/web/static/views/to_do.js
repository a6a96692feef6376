// The address of before of what a month leaves to be done: it leads to suspense, or to refunds.

export async function toDo({ t, asked, to }) {
  const { refund_offset: offset, state, reason, ...rest } = asked;
  const isOfRefunds = state != null || offset != null;
  to(isOfRefunds ? "refunds" : "suspense", "", isOfRefunds ? { ...rest, state, offset } : { ...rest, reason }, { replace: true });
  return { title: t("Suspended and refunds"), nodes: [] };
}
