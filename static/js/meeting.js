/* The meeting: keys on the line at hand, the reason typed once, the record saved while it is typed. All of it works without. */
(() => {
  "use strict";

  const sheet = document.querySelector(".meeting-sheet");
  const record = document.getElementById("record");
  if (!sheet || !record) return;
  document.body.classList.add("is-scripted");

  // --- Lines and keys -------------------------------------------------------------------------
  const lines = () => [...sheet.querySelectorAll("[data-line]")];
  let atHand = null; // id of the line last focused

  function focus(line) {
    if (!line) return;
    atHand = line.id;
    line.focus({ preventScroll: true });
    line.scrollIntoView({ block: "nearest" });
  }
  function current() {
    return document.activeElement?.closest?.("[data-line]") ?? document.getElementById(atHand ?? "");
  }
  function step(by) {
    const all = lines();
    const here = all.indexOf(current());
    focus(here < 0 ? all.find((line) => !("marked" in line.dataset)) ?? all[0] : all[here + by]);
  }
  /* The next line without a mark that one may decide on, looking down first. */
  function nextOpen(after) {
    const all = lines();
    const here = all.findIndex((line) => line.id === after);
    return [...all.slice(here + 1), ...all.slice(0, Math.max(here, 0))]
      .find((line) => !("marked" in line.dataset) && line.querySelector("[data-key]"));
  }

  sheet.addEventListener("focusin", (event) => {
    const line = event.target.closest("[data-line]");
    if (line) atHand = line.id;
  });
  sheet.addEventListener("click", (event) => {
    const line = event.target.closest("[data-line]");
    if (line && !event.target.closest("a, button, input, select, textarea, summary, label, form")) focus(line);
  });

  // By place on the keyboard (event.code): a Vietnamese input method may keep the letter itself.
  const keys = { KeyD: "verdict", KeyL: "verdict", KeyS: "verdict", KeyJ: 1, ArrowDown: 1, KeyK: -1, ArrowUp: -1 };
  document.addEventListener("keydown", (event) => {
    if (event.ctrlKey || event.metaKey || event.altKey || event.shiftKey || document.querySelector("dialog[open]")) return;
    const typing = event.target.closest?.("input, textarea, select, [contenteditable], .ts-wrapper, .menu");
    if (typing) {
      const open = event.key === "Escape" && event.target.closest("details[open]");
      if (open) {
        open.open = false;
        focus(open.closest("[data-line]"));
      }
      return;
    }
    const what = keys[event.code];
    if (!what) return;
    if (what !== "verdict") {
      // the arrows scroll the page until a line is at hand
      if (event.code.startsWith("Arrow") && !current()) return;
      event.preventDefault();
      step(what);
      return;
    }
    const button = current()?.querySelector(`[data-key="${event.code}"]`);
    if (!button) return;
    event.preventDefault();
    button.click();
  });

  // --- The reason, typed once -------------------------------------------------------------------
  function offerReason(form) {
    const last = document.querySelector("#reasons option")?.value;
    const offer = form.querySelector("[data-same-reason]");
    const field = form.querySelector("[data-reason]");
    if (!offer || !last) return;
    offer.textContent = `↻ ${last}`;
    offer.hidden = field.value === last;
    offer.onclick = () => {
      field.value = last;
      offer.hidden = true;
      field.focus();
    };
  }
  sheet.addEventListener("toggle", (event) => {
    if (!event.target.matches("details[open]")) return;
    const form = event.target.querySelector("form");
    offerReason(form);
    form.scrollIntoView({ block: "nearest" });
    form.querySelector("[data-reason], textarea")?.focus({ preventScroll: true });
  }, true);
  sheet.addEventListener("click", (event) => {
    const close = event.target.closest("[data-close-amend]");
    if (!close) return;
    event.preventDefault();
    const line = close.closest("[data-line]");
    close.closest("form").remove();
    focus(line);
  });

  // --- After a line has been swapped ---------------------------------------------------------------
  let posted = null; // the line whose mark is on its way
  document.addEventListener("htmx:beforeRequest", (event) => {
    const line = event.target.closest?.("[data-line]");
    if (line) posted = { id: line.id, verb: event.detail.requestConfig.verb };
  });
  document.addEventListener("htmx:afterSettle", (event) => {
    const line = posted && document.getElementById(posted.id);
    if (!line || !(event.target === line || event.target.contains?.(line) || line.contains(event.target))) return;
    const { id, verb } = posted;
    posted = null;
    const form = line.querySelector(".amend-form") ?? line.querySelector(".verdict-strike[open] form");
    if (form) {
      offerReason(form);
      form.scrollIntoView({ block: "nearest" });
      form.querySelector(line.querySelector(".problem") ? "[data-reason]" : "input.form-control")?.focus({ preventScroll: true });
    } else if (verb === "post" && "marked" in line.dataset) focus(nextOpen(id) ?? line);
    else focus(line);
  });

  // --- The record -----------------------------------------------------------------------------------
  const status = document.getElementById("record-status");
  const fields = [...record.querySelectorAll("input.form-control, textarea.form-control")];
  const saved = new Map(fields.map((field) => [field, field.defaultValue]));
  const timers = new Map();
  const tries = new Map(); // how often in a row the field could not be sent
  const RETRIES = [3000, 6000, 12000, 30000]; // milliseconds between attempts when saving fails
  const words = document.getElementById("record-words").dataset;
  let chain = Promise.resolve(); // one save after the other

  /* Not saved: says why, and tries again where that may help by itself. */
  function fail(field, trouble, again) {
    status.replaceChildren(Object.assign(document.createElement("span"), { className: "problem", textContent: words[trouble] }));
    if (!again) return;
    clearTimeout(timers.get(field));
    const count = tries.get(field) ?? 0;
    tries.set(field, count + 1);
    timers.set(field, setTimeout(save, RETRIES[Math.min(count, RETRIES.length - 1)], field));
  }

  function save(field) {
    clearTimeout(timers.get(field));
    if (field.value === saved.get(field)) return;
    chain = chain.then(async () => {
      const text = field.value;
      if (text === saved.get(field)) return;
      const body = new FormData();
      body.set(field.name, text);
      body.set(`was_${field.name}`, document.getElementById(`was-${field.name}`).value);
      let answer, parts;
      try {
        answer = await fetch(record.dataset.record, {
          body,
          headers: { "HX-Request": "true", "X-CSRFToken": window.formFields.token(record) },
          method: "POST",
          redirect: "manual",
        });
        parts = new DOMParser().parseFromString(await answer.text(), "text/html");
      } catch {
        return fail(field, "offline", true);
      }
      if (answer.status === 401 || answer.type === "opaqueredirect") return fail(field, "signedOut", true);
      if (answer.status === 403) return fail(field, "forbidden", false);
      if (answer.status === 404) return fail(field, "gone", false);
      const fresh = parts.getElementById(`was-${field.name}`);
      if (!fresh) return answer.status >= 500 ? fail(field, "failed", true) : fail(field, "refused", false);
      tries.delete(field);
      document.getElementById(`was-${field.name}`).value = fresh.value;
      fresh.remove();
      status.replaceChildren(...parts.body.childNodes);
      field.classList.toggle("is-invalid", !answer.ok);
      if (answer.ok) saved.set(field, text);
    });
  }
  for (const field of fields) {
    field.addEventListener("input", () => {
      clearTimeout(timers.get(field));
      timers.set(field, setTimeout(save, 1200, field));
    });
    field.addEventListener("change", () => save(field));
  }
  // What has not been touched here is not sent: another member may have written it meanwhile.
  record.addEventListener("formdata", (event) => {
    for (const field of fields) if (field.value === saved.get(field)) event.formData.delete(field.name);
  });
  window.addEventListener("online", () => fields.forEach(save));
  window.addEventListener("pagehide", () => fields.forEach(save));
})();
