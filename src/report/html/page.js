
// The sentence under the pointer or the focus, and its partners on the other side and in the summary.
let on = [];
const mark = event => {
  const sentence = event.target.closest?.("[data-s]");
  for (const one of on) one.classList.remove("on");
  on = sentence ? [...document.querySelectorAll(`[data-s="${sentence.dataset.s}"]`)] : [];
  for (const one of on) one.classList.add("on");
};
for (const kind of ["mouseover", "focusin", "click"]) document.addEventListener(kind, mark);
