// The page: what is typed, what is shown, what is remembered.
import { Refused, access, settings, summarize } from "./server.js";
import { learn, lookUp, places } from "./translation.js";
import { takeFiles } from "./files.js";
import { say, speak } from "./words.js";

const find = name => document.querySelector(`#${name}`);
const [source, behind, target, status] = ["source", "behind", "target", "status"].map(find);

/** Time without a key before the text is translated. */
const PAUSE = 250;

let shown = { target: "", sentences: [] };
let asking = new AbortController();
let mostBytes = 32 << 20;

// Settings stay in the browser. Where it keeps nothing, the page works without.
const remember = (name, value) => { try { localStorage.setItem(`degist-${name}`, value); } catch { /* nothing is kept */ } };
const remembered = name => { try { return localStorage.getItem(`degist-${name}`); } catch { return null; } };

/** The glossary as the server reads it: people may write = for the tab. */
const glossary = () => find("glossary").value.split("\n").map(line => line.includes("\t") ? line : line.replace(/\s*=\s*/, "\t")).join("\n").trim();

/** Fills an element with a text in which the pieces at these places are spans. */
function fill(element, text, spans) {
  const parts = [];
  let end = 0;
  for (const { place, index, doubtful } of spans) {
    parts.push(text.slice(end, place[0]));
    const span = document.createElement("span");
    span.dataset.s = index;
    span.textContent = text.slice(...place);
    if (doubtful) {
      span.className = "doubtful";
      span.title = say("doubtful");
    }
    parts.push(span);
    end = place[1];
  }
  // A line end at the very end of a block is not shown: the space makes room for it.
  parts.push(text.slice(end), element === behind ? " " : "");
  element.replaceChildren(...parts);
}

function show() {
  shown = lookUp(source.value, glossary());
  const spans = side => shown.sentences
    .map((sentence, index) => ({ place: sentence[side], index, doubtful: sentence.doubtful }))
    .filter(span => span.place);
  fill(behind, source.value, spans("from"));
  fill(target, shown.target, spans("to"));
  markAtCaret();
}

const explain = error => {
  if (error.status === 0) return say("unreachable");
  return [400, 403].includes(error.status) && /key/i.test(error.message) ? say("needs-key") : error.message;
};

async function translateAll() {
  asking.abort();
  asking = new AbortController();
  const { signal } = asking;
  find("glossary-error").textContent = "";
  // What is shown stays until there is something new to show: else German would flash up at every pause.
  if (lookUp(source.value, glossary()).complete) show();
  else status.textContent = say("working");
  try {
    await learn(source.value, glossary(), signal, show, () => { status.textContent = say("busy"); });
    if (signal.aborted) return;
    show();
    const sentences = shown.sentences.length;
    const doubtful = shown.sentences.filter(sentence => sentence.doubtful).length;
    status.textContent = sentences ? say(doubtful ? "done-doubtful" : "done", { sentences, doubtful }) : "";
  } catch (error) {
    if (error.name === "AbortError") return;
    const isGlossary = error.message.includes("glossary");
    if (isGlossary) find("glossary-error").textContent = error.message;
    status.textContent = isGlossary ? "" : explain(error);
  }
}

let timer;
function translateSoon() {
  clearTimeout(timer);
  timer = setTimeout(translateAll, PAUSE);
  // The text behind follows at once, without marks where the text has changed.
  fill(behind, source.value, []);
}

// Partners: the sentence under the pointer, or at the caret, on both sides and in the summary.
let marked = null;
function mark(index) {
  if (index === marked) return;
  marked = index;
  for (const span of document.querySelectorAll(".text .on")) span.classList.remove("on");
  if (index === null) return;
  for (const span of document.querySelectorAll(`.text [data-s="${index}"]`)) span.classList.add("on");
}

function markAtCaret() {
  marked = null;
  const at = source.selectionStart;
  const index = shown.sentences.findIndex(({ from }) => from && from[0] <= at && at <= from[1]);
  mark(document.activeElement === source && index >= 0 ? index : null);
}

/** The sentence of the text behind at a point: the text in front has no elements to ask. */
function sentenceAt(x, y) {
  const isAt = rect => rect.left <= x && x < rect.right && rect.top <= y && y < rect.bottom;
  const span = [...behind.children].find(span => [...span.getClientRects()].some(isAt));
  return span ? Number(span.dataset.s) : null;
}

source.addEventListener("mousemove", event => mark(sentenceAt(event.clientX, event.clientY)));
source.addEventListener("mouseleave", markAtCaret);
for (const kind of ["keyup", "click", "focus"]) source.addEventListener(kind, markAtCaret);
for (const pane of [target, find("summary")]) {
  pane.addEventListener("mouseover", event => mark(event.target.dataset?.s ? Number(event.target.dataset.s) : null));
  pane.addEventListener("mouseleave", () => mark(null));
}
target.addEventListener("keydown", event => {
  const step = { ArrowRight: 1, ArrowDown: 1, ArrowLeft: -1, ArrowUp: -1 }[event.key];
  if (!step || !shown.sentences.length || event.altKey || event.ctrlKey || event.metaKey) return;
  event.preventDefault();
  const next = marked === null ? 0 : (marked + step + shown.sentences.length) % shown.sentences.length;
  mark(next);
  target.querySelector(`[data-s="${next}"]`)?.scrollIntoView({ block: "nearest" });
  const { source: german, target: english, doubtful } = shown.sentences[next];
  find("pair").textContent = `${english} – ${german}${doubtful ? ` – ${say("doubtful")}` : ""}`;
});

async function summarizeIt(what) {
  const place = find("summary");
  if (typeof what === "string" && !what.trim()) {
    place.textContent = say("nothing");
    return;
  }
  place.textContent = say("summarizing");
  const [name, value] = find("length").value.split("=");
  try {
    const options = { style: find("style").value, glossary: glossary(), ...(name && { [name]: value }) };
    const answer = await summarize(what, options);
    const found = places(answer.summary, answer.sentences.map(sentence => sentence.target));
    const spans = answer.sentences.map((sentence, i) => ({
      place: found[i],
      index: shown.sentences.findIndex(other => other.source === sentence.source),
      doubtful: sentence.doubtful,
    }));
    fill(place, answer.summary, spans.filter(span => span.place));
  } catch (error) {
    place.textContent = error instanceof Refused ? explain(error) : say("unreachable");
  }
}

find("summarize").addEventListener("submit", event => {
  event.preventDefault();
  summarizeIt(source.value);
});
source.addEventListener("input", translateSoon);
find("glossary").addEventListener("input", () => {
  remember("glossary", find("glossary").value);
  translateSoon();
});
find("clear").addEventListener("click", () => {
  source.value = "";
  find("summary").textContent = "";
  translateAll();
  source.focus();
});
find("copy").addEventListener("click", async () => {
  await navigator.clipboard.writeText(shown.target);
  status.textContent = say("copied");
});

function paint() {
  const theme = find("theme").value;
  const isDark = theme === "dark" || theme === "auto" && matchMedia("(prefers-color-scheme: dark)").matches;
  document.documentElement.dataset.theme = isDark ? "dark" : "light";
}
matchMedia("(prefers-color-scheme: dark)").addEventListener("change", paint);

const ON_CHANGE = { theme: paint, language: () => { speak(find("language").value); translateAll(); }, key: () => { access.key = find("key").value; translateAll(); } };
find("language").value = navigator.language.startsWith("de") ? "de" : "en";
for (const name of ["language", "theme", "length", "style", "glossary", "key"]) {
  const field = find(name);
  field.value = remembered(name) ?? field.value;
  field.addEventListener("change", () => {
    remember(name, field.value);
    ON_CHANGE[name]?.();
  });
}
paint();
access.key = find("key").value;
speak(find("language").value);
takeFiles({ glossary, mostBytes: () => mostBytes, summarize: summarizeIt });
settings().then(answer => {
  mostBytes = answer.fileBytes;
  find("version").textContent = answer.version;
  find("key-label").hidden = !answer.keyRequired;
}, error => { status.textContent = explain(error); });
translateAll();
