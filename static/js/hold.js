/* What is sent by an ordinary form is kept in the browser until the server says that it has arrived.
 *
 * A form that is sent gets a hidden "held" with a number made up here. When the site has handled it, it answers with that number
 * among those in the cookie "held" (fieldvisits.middleware.Arrived), and the page it leads to, whichever that is, forgets what was
 * kept; until then - the session had ended, the connection was lost, the server fell over - the fields come back when the page is
 * opened again in this tab by the same person. A field that the server shows otherwise by then is left alone.
 *   <form data-hold>   is kept from the first letter on, not only once it is sent
 * Forms that save themselves keep what is typed by themselves. Runs before frame.js sets up pickers.
 */
(() => {
  "use strict";

  const words = document.getElementById("frame-words")?.dataset;
  if (!words?.user) return; // nobody is signed in: passwords are not kept
  const LONGEST = 12 * 60 * 60 * 1000; // milliseconds for which something is kept
  const NOT_TYPED = ["csrfmiddlewaretoken", "held"];
  const { served, shown, text } = window.formFields;

  const keeps = (form) =>
    form.method === "post" && !form.target && !form.querySelector("[type=password]") &&
    !["data-autosave", "hx-post", "data-repeatable"].some((name) => form.hasAttribute(name)) && !form.matches(".line-form");
  const PLACE = "visits.held."; // + address of the form, in sessionStorage
  const placeOf = (form) => PLACE + new URL(form.action).pathname;
  const isTyped = (form, [name]) => [...form.elements].some((field) => field.name === name && field.type !== "hidden");
  const typedIn = (form, pairs) => pairs.filter((pair) => isTyped(form, pair));
  const valuesOf = (pairs, name) => pairs.filter(([key]) => key === name).map(([, value]) => value);

  const letGo = (place) => { try { sessionStorage.removeItem(place); } catch { /* forbidden */ } };
  function keep(form, id = "") {
    const fields = typedIn(form, shown(form, NOT_TYPED));
    const before = typedIn(form, served(form, NOT_TYPED));
    if (text(fields) === text(before) && !id) return letGo(placeOf(form));
    if (!fields.length) return;
    const labels = [...form.querySelectorAll("select option:checked")].map((option) => [option.value, option.textContent]);
    const kept = { at: Date.now(), before, fields, id, labels, user: words.user };
    try { sessionStorage.setItem(placeOf(form), JSON.stringify(kept)); } catch { /* full or forbidden */ }
  }

  /* What has arrived, was somebody else's or is old: on every page, as the cookie soon speaks of other forms only. */
  function tidyUp() {
    const arrived = /(?:^|; )held=([\d.]+)/.exec(document.cookie)?.[1].split(".") ?? [];
    let places = [];
    try { places = Object.keys(sessionStorage).filter((place) => place.startsWith(PLACE)); } catch { /* forbidden */ }
    for (const place of places) {
      let kept = null;
      try { kept = JSON.parse(sessionStorage.getItem(place)); } catch { /* not ours to read: goes as well */ }
      if (!kept || (kept.id && arrived.includes(kept.id)) || kept.user !== words.user || !(Date.now() - kept.at < LONGEST)) letGo(place);
    }
  }

  function put(form, name, values, labels) {
    for (const field of form.elements) {
      if (field.name !== name || ["file", "hidden", "submit"].includes(field.type)) continue;
      if (field.type === "checkbox" || field.type === "radio") field.checked = values.includes(field.value);
      else if (field.tagName === "SELECT") {
        for (const value of values)
          if (![...field.options].some((option) => option.value === value)) field.add(new Option(labels.get(value) ?? value, value));
        for (const option of field.options) option.selected = values.includes(option.value);
      } else field.value = values[0] ?? "";
    }
  }

  function putBack(form) {
    let kept = null;
    try { kept = JSON.parse(sessionStorage.getItem(placeOf(form))); } catch { /* nothing kept */ }
    if (!kept) return;
    const now = typedIn(form, served(form, NOT_TYPED));
    const same = (name, pairs, others) => text(valuesOf(pairs, name)) === text(valuesOf(others, name));
    const names = [...new Set([...kept.fields, ...kept.before].map(([name]) => name))]
      .filter((name) => isTyped(form, [name]) && same(name, now, kept.before) && !same(name, now, kept.fields));
    if (!names.length) return;
    for (const name of names) put(form, name, valuesOf(kept.fields, name), new Map(kept.labels));
    for (let box = form; box; box = box.parentElement) if (box.tagName === "DETAILS") box.open = true;
    for (const box of form.querySelectorAll("details"))
      if (names.some((name) => [...box.querySelectorAll("[name]")].some((field) => field.name === name))) box.open = true;
    const note = Object.assign(document.createElement("p"), { className: "hint", textContent: words.restored });
    note.setAttribute("role", "status");
    form.prepend(note);
  }

  tidyUp();
  for (const form of document.forms) if (keeps(form)) putBack(form);
  document.addEventListener("input", ({ target: { form } }) => {
    if (form?.matches("[data-hold]") && keeps(form)) keep(form);
  });
  document.addEventListener("submit", (event) => {
    const form = event.target;
    if (event.defaultPrevented || !keeps(form) || event.submitter?.formMethod === "get" || form.dataset.sent) return;
    const id = crypto.getRandomValues(new Uint32Array(2)).join("");
    const field = form.elements.held ?? form.appendChild(Object.assign(document.createElement("input"), { name: "held", type: "hidden" }));
    field.value = id;
    keep(form, id);
  });
})();
