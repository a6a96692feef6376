// Queries that a browser keeps for a user: those that ran, the latest first, and those that have a name.

const HISTORY_MAX = 50;
const HISTORY_LETTERS_MAX = 200_000;
const SAVED_LETTERS_MAX = 1_000_000;

/** What is kept for a user, and what changes it. */
export function keptQueries(user) {
  const key = `doisoat.console.${user}`;
  const { ran = [], saved = {} } = JSON.parse(localStorage.getItem(key) ?? "{}");
  const kept = { ran, saved };
  const write = () => localStorage.setItem(key, JSON.stringify(kept));
  return {
    get ran() { return kept.ran; },
    get saved() { return Object.entries(kept.saved).map(([name, sql]) => ({ name, sql })); },
    savedAs: (name) => (Object.hasOwn(kept.saved, name) ? kept.saved[name] : undefined),
    addRun(sql) {
      let letters = 0;
      const texts = [sql, ...kept.ran.filter((text) => text !== sql)].slice(0, HISTORY_MAX);
      kept.ran = texts.filter((text) => (letters += text.length) <= HISTORY_LETTERS_MAX);
      write();
    },
    forgetRuns() {
      kept.ran = [];
      write();
    },
    /** Is there room for it? */
    save(name, sql) {
      const others = Object.entries(kept.saved).filter(([other]) => other !== name);
      if (others.reduce((sum, [, text]) => sum + text.length, sql.length) > SAVED_LETTERS_MAX) return false;
      kept.saved = Object.fromEntries([...others, [name, sql]].sort(([a], [b]) => a.localeCompare(b)));
      write();
      return true;
    },
    drop(name) {
      delete kept.saved[name];
      write();
    },
  };
}
