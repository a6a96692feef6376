// English: what was announced beside the tariffs.

export const words = {
  announcements: "Announced beside the tariffs",
  announcements_say: "No settled figures, and added to none: what sources say, and how firmly.",
  announced_as: "Announced as",
  "announced_as.target": "target",
  "announced_as.pledge": "pledge",
  "announced_as.kept": "kept",
  "announced_as.reported": "reported",
  until_day: "Until the end of",
  by_whom: "By whom",
  content: "What",
  quantity: "How many",
  amount_dong: "Amount (dong)",
};
