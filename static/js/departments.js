/* The head's board and the desk of department plans: choosing many at once and staying where one was.
 *
 *   <form id="x" data-chooser>  with [data-choose-all] and [data-chosen-count];  <input form="x" data-choice> anywhere
 *   <details id="y" data-remember>   open again after the page has come back from a decision
 */
(() => {
  "use strict";

  // --- Many at once -----------------------------------------------------------------------
  function setUpChooser(form) {
    const choices = [...document.querySelectorAll(`[data-choice][form="${form.id}"]`)];
    const every = form.querySelector("[data-choose-all]");
    const count = form.querySelector("[data-chosen-count]");

    function show() {
      const chosen = choices.filter((choice) => choice.checked).length;
      if (count) count.textContent = chosen ? `(${chosen})` : "";
      if (!every) return;
      every.checked = chosen > 0 && chosen === choices.length;
      every.indeterminate = chosen > 0 && chosen < choices.length;
    }
    every?.closest("[hidden]")?.removeAttribute("hidden");
    every?.addEventListener("change", () => {
      for (const choice of choices) choice.checked = every.checked;
      show();
    });
    for (const choice of choices) choice.addEventListener("change", show);
    window.addEventListener("pageshow", show);
    show();
  }
  document.querySelectorAll("form[data-chooser]").forEach(setUpChooser);

  // --- Where one was ----------------------------------------------------------------------
  const key = `open:${location.pathname.replace(/send\/$/, "")}`;
  const remembered = [...document.querySelectorAll("details[data-remember]")];

  function recall() {
    try {
      return JSON.parse(sessionStorage.getItem(key)) ?? {};
    } catch {
      return {};
    }
  }
  const { open = [], top = 0, left = 0 } = recall();
  for (const details of remembered) if (open.includes(details.id)) details.open = true;
  if (top && Date.now() - left < 10000 && !location.hash) window.scrollTo(0, top);

  function keep(posted) {
    const ids = remembered.filter((details) => details.open).map((details) => details.id);
    const now = posted ? { top: window.scrollY, left: Date.now() } : {};
    try {
      sessionStorage.setItem(key, JSON.stringify({ open: ids, ...now }));
    } catch {
      // without storage the page starts at its top
    }
  }
  for (const details of remembered) details.addEventListener("toggle", () => keep(false));
  document.addEventListener("submit", (event) => !event.defaultPrevented && keep(true));
})();
