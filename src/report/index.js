
// Articles that have every word of the search, in any order.
const search = document.querySelector("input"), count = document.querySelector("#count");
const articles = [...document.querySelectorAll("li")].map(item => [item, item.textContent.toLowerCase()]);
const show = () => {
  const words = search.value.toLowerCase().split(/\s+/).filter(Boolean);
  let shown = 0;
  for (const [item, text] of articles) {
    item.hidden = !words.every(word => text.includes(word));
    shown += !item.hidden;
  }
  count.textContent = `${shown} of ${articles.length}`;
};
search.addEventListener("input", show);
show();
