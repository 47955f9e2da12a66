// What the page asks the server.

/** An answer that is an error, with its status; 0 where there was no answer. */
export class Refused extends Error {
  constructor(message, status) {
    super(message);
    this.status = status;
  }
}

/** The key that requests are sent with. */
export const access = { key: "" };

const pause = seconds => new Promise(resolve => setTimeout(resolve, seconds * 1000));

/** Sends a request. A server that is busy is asked again after a while, and `onBusy` told. */
async function send(path, body, signal, onBusy = () => {}) {
  const headers = {};
  if (access.key) headers.Authorization = `Bearer ${access.key}`;
  if (typeof body === "string") headers["Content-Type"] = "application/json";
  for (;;) {
    let response;
    try {
      response = await fetch(path, { method: body ? "POST" : "GET", headers, body, signal });
    } catch (error) {
      if (error.name === "AbortError") throw error;
      throw new Refused("", 0);
    }
    if (response.ok) return response;
    if (response.status !== 503) {
      const { error } = await response.json().catch(() => ({ error: response.statusText }));
      throw new Refused(error, response.status);
    }
    onBusy();
    await pause(Number(response.headers.get("Retry-After")) || 1);
    if (signal?.aborted) throw new DOMException("", "AbortError");
  }
}

export const settings = async () => (await send("frontend/settings")).json();

/** Translates texts: for each its translation and its sentences. */
export async function translate(texts, glossary, signal, onBusy) {
  const question = { q: texts, source: "de", target: "en", segments: true, glossary };
  const answer = await (await send("translate", JSON.stringify(question), signal, onBusy)).json();
  return texts.map((_, i) => ({ text: answer.translatedText[i], sentences: answer.segments[i] }));
}

/** Summarises a text or a file; `options` has the length and the style. */
export async function summarize(what, options, signal) {
  const form = new FormData();
  for (const [name, value] of Object.entries(options)) form.append(name, value);
  form.append(typeof what === "string" ? "q" : "file", what);
  return (await send("summarize", form, signal)).json();
}

/** Translates a file and tells how far it is, 0 to 1; the address to fetch the result from. */
export async function translateFile(file, glossary, onProgress, signal) {
  const form = new FormData();
  for (const [name, value] of Object.entries({ source: "de", target: "en", progress: "true", glossary })) form.append(name, value);
  form.append("file", file);
  const reader = (await send("translate_file", form, signal)).body.pipeThrough(new TextDecoderStream()).getReader();
  let pending = "";
  for (;;) {
    const { done, value } = await reader.read();
    if (done) throw new Refused("", 0);
    const lines = (pending + value).split("\n");
    pending = lines.pop();
    for (const line of lines.map(line => JSON.parse(line))) {
      if (line.error) throw new Refused(line.error, 400);
      if (line.translatedFileUrl) return new URL(line.translatedFileUrl).pathname;
      onProgress(line.progress);
    }
  }
}
