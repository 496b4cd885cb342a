/* A report's table that fits the page moves with it, its headings below the top bar; only a wider one scrolls in a window of its own.
 * Without this script every table has its window.
 */
(() => {
  "use strict";
  for (const card of document.querySelectorAll(".report-card")) {
    const table = card.querySelector("table");
    const fit = () => card.classList.toggle("is-fitting", table.offsetWidth <= card.clientWidth);
    fit();
    new ResizeObserver(fit).observe(card);
  }
})();
