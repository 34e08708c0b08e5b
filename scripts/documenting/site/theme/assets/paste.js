// The search wants every word of a query on one page. A message that somebody pastes has values of
// its run as well (a URL, a path, a number, something quoted), which no page has: only the words of
// the message itself are left in the field, where everybody can see and change them.
const LABEL = /^(?:(?:pass|fail|inconclusive|misconfigured|dirty)[^:]*:|expected|got|to do|note)\s/i;
const VALUES = [
  /https?:\/\/\S+/g,
  /(?<!\w)'[^']*'(?!\w)/g,
  /"[^"]*"/g,
  /(?<![\w.])\/\S*/g,
  /\b(?:GET|HEAD|POST|PUT|PATCH|DELETE|OPTIONS)\b/g,
  /\b\d[\d.]*\b/g,
  /[;,…]/g,
];

function wordsOf(text) {
  const line = text.split("\n").map((one) => one.trim()).find(Boolean) ?? "";
  const left = VALUES.reduce((some, value) => some.replace(value, " "), line.replace(LABEL, ""));
  return left.split(/\s+/).filter(Boolean).join(" ");
}

document.addEventListener(
  "paste",
  (event) => {
    const field = event.composedPath()[0];
    const text = event.clipboardData?.getData("text") ?? "";
    const isMessage = text.trim().split(/\s+/).length > 3;
    if (!(field instanceof HTMLInputElement) || !isMessage || !wordsOf(text)) return;
    event.preventDefault();
    document.execCommand("insertText", false, wordsOf(text));
  },
  true,
);
