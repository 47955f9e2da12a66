// A text and its translation, paragraph by paragraph, so that typing in one leaves the others as they are.
import { translate } from "./server.js";

/** Paragraphs that are remembered. */
const MOST = 2000;
/** Characters of the paragraphs that are asked for at once. */
const AT_ONCE = 200000;

const known = new Map();

/** Paragraphs and, at odd places, the blank lines between them. */
const paragraphs = text => text.split(/(\n[ \t]*\n\s*)/);

const key = (paragraph, glossary) => `${glossary}\n\n${paragraph}`;

/** Asks for the paragraphs of a text that are not known; `onSome` is called whenever there are more. */
export async function learn(text, glossary, signal, onSome, onBusy) {
  const isNew = (paragraph, i) => i % 2 === 0 && paragraph.trim() && !known.has(key(paragraph, glossary));
  const unknown = [...new Set(paragraphs(text).filter(isNew))];
  while (unknown.length) {
    const some = [];
    for (let length = 0; unknown.length && (!some.length || length + unknown[0].length < AT_ONCE) && some.length < 1000;) {
      some.push(unknown.shift());
      length += some.at(-1).length;
    }
    const answers = await translate(some, glossary, signal, onBusy);
    some.forEach((paragraph, i) => known.set(key(paragraph, glossary), answers[i]));
    onSome();
  }
  for (const old of known.keys()) {
    if (known.size <= MOST) break;
    known.delete(old);
  }
}

/** Where pieces stand in a text, one after the other, whatever the spaces in them: start and end, or nothing. */
export function places(text, pieces) {
  let from = 0;
  return pieces.map(piece => {
    const words = piece.trim().split(/\s+/).map(word => word.replace(/[.*+?^${}()|[\]\\]/g, "\\$&"));
    if (!words[0]) return null;
    const pattern = new RegExp(words.join("\\s+"), "g");
    pattern.lastIndex = from;
    const found = pattern.exec(text);
    if (!found) return null;
    from = found.index + found[0].length;
    return [found.index, from];
  });
}

/**
 * What is known of a text: its translation, and its sentences with their places in both. `complete` says whether all is
 * known; what is not stays German.
 */
export function lookUp(text, glossary) {
  const result = { target: "", sentences: [], complete: true };
  let before = 0;
  paragraphs(text).forEach((part, i) => {
    const found = known.get(key(part, glossary));
    const after = result.target.length;
    if (i % 2 === 0 && found) {
      const sources = places(part, found.sentences.map(sentence => sentence.source));
      const targets = places(found.text, found.sentences.map(sentence => sentence.target));
      found.sentences.forEach((sentence, j) => result.sentences.push({
        ...sentence,
        from: sources[j]?.map(place => place + before),
        to: targets[j]?.map(place => place + after),
      }));
      result.target += found.text;
    } else {
      result.complete &&= i % 2 === 1 || !part.trim();
      result.target += part;
    }
    before += part.length;
  });
  return result;
}
