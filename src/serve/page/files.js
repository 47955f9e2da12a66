// Files: dropped or chosen, translated one after the other, saved from a link.
import { Refused, translateFile } from "./server.js";
import { say } from "./words.js";

const list = document.querySelector("#files");
const waiting = [];
let isWorking = false;

const button = (name, onClick) => {
  const made = document.createElement("button");
  made.type = "button";
  made.dataset.t = name;
  made.textContent = say(name);
  made.addEventListener("click", onClick);
  return made;
};

/** Puts a file into the list and, when it is its turn, translates it. */
function add(file, page) {
  const item = document.createElement("li");
  const name = document.createElement("span");
  name.textContent = file.name;
  const bar = document.createElement("progress");
  bar.max = 1;
  bar.value = 0;
  bar.setAttribute("aria-label", say("progress", { name: file.name }));
  const control = new AbortController();
  const cancel = button("cancel", () => control.abort());
  item.append(name, bar, cancel);
  list.append(item);
  const end = (...shown) => {
    bar.remove();
    cancel.remove();
    item.append(...shown, button("remove", () => item.remove()));
  };
  const failed = message => {
    const text = document.createElement("span");
    text.className = "error";
    text.setAttribute("role", "alert");
    text.textContent = message;
    end(text);
  };
  if (file.size > page.mostBytes()) {
    failed(say("too-large", { size: Math.floor(page.mostBytes() / 2 ** 20) }));
    return;
  }
  waiting.push(async () => {
    try {
      control.signal.throwIfAborted();
      const path = await translateFile(file, page.glossary(), done => { bar.value = done; }, control.signal);
      const link = document.createElement("a");
      link.href = path;
      link.download = decodeURIComponent(path.slice(path.indexOf(".") + 1));
      link.dataset.t = "save";
      link.dataset.name = link.download;
      link.textContent = say("save", link.dataset);
      end(link, button("summarize", () => page.summarize(file)));
    } catch (error) {
      if (error.name === "AbortError") failed(say("cancelled"));
      else failed(error instanceof Refused && error.message || say("unreachable"));
    }
  });
  work();
}

async function work() {
  if (isWorking) return;
  isWorking = true;
  while (waiting.length) await waiting.shift()();
  isWorking = false;
}

/** Takes files from now on. `page` knows the glossary, how large a file may be, and how to summarise one. */
export function takeFiles(page) {
  const chosen = document.querySelector("#chosen");
  chosen.addEventListener("change", () => {
    for (const file of chosen.files) add(file, page);
    chosen.value = "";
  });
  const hasFiles = event => event.dataTransfer?.types.includes("Files");
  const show = isShown => document.body.classList.toggle("dropping", isShown);
  document.addEventListener("dragover", event => {
    if (!hasFiles(event)) return;
    event.preventDefault();
    show(true);
  });
  document.addEventListener("dragleave", event => event.relatedTarget || show(false));
  document.addEventListener("drop", event => {
    show(false);
    if (!hasFiles(event)) return;
    event.preventDefault();
    for (const file of event.dataTransfer.files) add(file, page);
  });
}
