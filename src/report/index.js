// Articles that have every word of the search, in any order, in their German or their English.
const search = document.querySelector("input"), count = document.querySelector("#count");
const articles = [...document.querySelectorAll("li")].map(item =>
  [item, `${item.textContent} ${item.dataset.words}`.toLowerCase()]);
const folders = [...document.querySelectorAll("section")];
const show = () => {
  const words = search.value.toLowerCase().split(/\s+/).filter(Boolean);
  let shown = 0;
  for (const [item, text] of articles) {
    item.hidden = !words.every(word => text.includes(word));
    shown += !item.hidden;
  }
  for (const folder of folders) folder.hidden = !folder.querySelector("li:not([hidden])");
  count.textContent = `${shown} of ${articles.length}`;
};
search.addEventListener("input", show);
show();
