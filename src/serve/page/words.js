// What the page says, in German and in English.
const WORDS = {
  en: {
    claim: "German to English", language: "Language", theme: "Colours", auto: "as the system", light: "light", dark: "dark",
    key: "Key", german: "German", english: "English", clear: "Clear", copy: "Copy", copied: "Copied.", placeholder: "Type or paste German text",
    keys: "The arrow keys go from sentence to sentence.", files: "Files", choose: "Choose files …",
    drop: "or drop them anywhere: they come back translated.", summary: "Summary", length: "Length", usual: "a fifth of the text",
    one: "1 sentence", three: "3 sentences", five: "5 sentences", fifty: "50 words", hundred: "100 words", "two-hundred": "200 words",
    style: "Style", paragraph: "paragraph", bullets: "bullets", headline: "headline", summarize: "Summarise", glossary: "Glossary",
    "glossary-help": "One term a line: German, a tab or =, English. With ! before it, the English is there letter for letter.",
    private: "Texts are forgotten once they are answered, translated files after ten minutes; settings stay in this browser.", api: "API",
    working: "Translating …", done: "Sentences: {sentences}", "done-doubtful": "Sentences: {sentences}, doubtful: {doubtful}",
    doubtful: "doubtful", unreachable: "The server does not answer.", busy: "The server is busy; trying again …",
    "needs-key": "The server wants a key: see above.", summarizing: "Summarising …", nothing: "There is nothing to summarise yet.",
    save: "Save {name}", cancel: "Cancel", cancelled: "cancelled", remove: "Remove", "too-large": "larger than {size} MB", progress: "Progress of {name}",
    title: "degist: German to English",
  },
  de: {
    claim: "Deutsch – Englisch", language: "Sprache", theme: "Farben", auto: "wie das System", light: "hell", dark: "dunkel",
    key: "Schlüssel", german: "Deutsch", english: "Englisch", clear: "Leeren", copy: "Kopieren", copied: "Kopiert.",
    placeholder: "Deutschen Text eintippen oder einfügen", keys: "Die Pfeiltasten führen von Satz zu Satz.", files: "Dateien", choose: "Dateien wählen …",
    drop: "oder irgendwo ablegen: Sie kommen übersetzt zurück.", summary: "Zusammenfassung", length: "Länge", usual: "ein Fünftel des Textes",
    one: "1 Satz", three: "3 Sätze", five: "5 Sätze", fifty: "50 Wörter", hundred: "100 Wörter", "two-hundred": "200 Wörter",
    style: "Form", paragraph: "Absatz", bullets: "Liste", headline: "Überschrift", summarize: "Zusammenfassen", glossary: "Glossar",
    "glossary-help": "Ein Begriff je Zeile: Deutsch, Tabulator oder =, Englisch. Mit ! davor steht das Englische Buchstabe für Buchstabe da.",
    private: "Texte werden vergessen, sobald sie beantwortet sind, übersetzte Dateien nach zehn Minuten; Einstellungen bleiben in diesem Browser.", api: "API",
    working: "Wird übersetzt …", done: "Sätze: {sentences}", "done-doubtful": "Sätze: {sentences}, zweifelhaft: {doubtful}",
    doubtful: "zweifelhaft", unreachable: "Der Server antwortet nicht.", busy: "Der Server ist ausgelastet; neuer Versuch …",
    "needs-key": "Der Server verlangt einen Schlüssel: siehe oben.", summarizing: "Wird zusammengefasst …", nothing: "Es gibt noch nichts zusammenzufassen.",
    save: "{name} speichern", cancel: "Abbrechen", cancelled: "abgebrochen", remove: "Entfernen", "too-large": "größer als {size} MB",
    progress: "Fortschritt von {name}", title: "degist: Deutsch – Englisch",
  },
};

let language = "en";

/** What the page says by this name, with values in their places. */
export function say(name, values = {}) {
  return WORDS[language][name].replace(/\{(\w+)\}/g, (_, key) => values[key]);
}

/** Says everything in this language. */
export function speak(chosen) {
  language = chosen in WORDS ? chosen : "en";
  document.documentElement.lang = language;
  document.title = say("title");
  for (const one of document.querySelectorAll("[data-t]")) one.textContent = say(one.dataset.t, one.dataset);
  for (const one of document.querySelectorAll("[data-t-placeholder]")) one.placeholder = say(one.dataset.tPlaceholder);
  for (const one of document.querySelectorAll("[data-t-label]")) one.setAttribute("aria-label", say(one.dataset.tLabel));
}
