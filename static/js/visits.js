/* Step 4: the forms of a change and of an ad-hoc visit. Without it both work; it hides what is not asked for now,
 * and lets the last day follow the first. */
(() => {
  "use strict";

  function readDay(text) {
    const match = /^(\d{1,2})\/(\d{1,2})\/(\d{4})$/.exec(text.trim());
    return match ? new Date(match[3], match[2] - 1, match[1]) : null;
  }

  /* The last day is never before the first: it moves along when the first passes it. */
  function lastFollowsFirst(form) {
    const { starts, ends } = form.elements;
    starts.addEventListener("change", () => {
      const first = readDay(starts.value);
      const last = readDay(ends.value);
      if (!first || (last && last >= first)) return;
      if (ends.datepicker) ends.datepicker.setDate(first);
      else ends.value = starts.value;
    });
  }

  for (const form of document.querySelectorAll("[data-change-form]")) {
    const days = form.querySelector("[data-new]");
    const show = () => { days.hidden = form.elements.kind.value === "cancel"; };
    form.addEventListener("change", show);
    show();
    lastFollowsFirst(form);
  }

  for (const form of document.querySelectorAll("[data-adhoc-form]")) {
    const agreed = form.querySelector("[data-agreed]");
    const send = form.querySelector("[data-send]");
    const who = form.elements.agreed_by;
    const show = () => {
      const first = readDay(form.elements.starts.value);
      const midnight = new Date().setHours(0, 0, 0, 0);
      agreed.hidden = first !== null && first > midnight && !who.value && !agreed.querySelector(".is-invalid");
      const begun = first !== null && first < midnight;
      agreed.querySelector("[data-agreed-today]").hidden = begun;
      if (begun) agreed.open = true; // consent came before departure: whose?
      send.textContent = who.value ? send.dataset.confirmed : send.dataset.ask;
    };
    form.addEventListener("change", show);
    lastFollowsFirst(form);
    show();
  }
})();
