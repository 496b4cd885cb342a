/* A quarter's calendar that does not fit the screen begins at today, or at its first visit. */
(() => {
  "use strict";

  for (const table of document.querySelectorAll(".calendar-quarter")) {
    const box = table.parentElement;
    const start = table.querySelector("thead .is-today") ?? table.querySelector("td[class^=day-]");
    if (!start || box.scrollWidth <= box.clientWidth) continue;
    const names = table.querySelector("th").offsetWidth;
    box.scrollLeft = start.offsetLeft - names - 8;
  }
})();
