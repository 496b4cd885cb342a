/* A form that saves itself: <form data-autosave> with a hidden "revision", posted to its own action.
 *
 * What differs from what the server has is kept in sessionStorage until the server has it: through a lost connection, an
 * ended session, a reload. The server answers {revision, at} (200), {message, revision, stored} when another window saved
 * meanwhile (409), {message, errors: {field: sentence}} when it refuses (422), with revision and stored when it has kept the rest.
 * "stored" is what the server holds now: {field: value or values}. A field that only the other window has changed is taken over,
 * one that only this window has changed is sent; where both have, the person is shown both and chooses. Words come from
 * includes/_autosave.html. Every other form on the page waits until what is typed has been saved. Fires "autosave:saved" with the
 * answer on the form, "autosave:put" when fields were filled from the server's or the browser's memory.
 * Without this script the form has its own save button ([data-autosave-plain]).
 */
(() => {
  "use strict";

  const PAUSE = 1200; // milliseconds of quiet after which typed text is saved
  const RETRIES = [3000, 6000, 12000, 30000]; // milliseconds between attempts when saving fails
  const known = new Map(); // form → what is known of it

  const words = () => document.getElementById("autosave-words").dataset;
  const placeOf = (form) => `visits.autosave.${new URL(form.action).pathname}`;
  const statusOf = (form) => form.querySelector("[data-autosave-status]");

  const NOT_TYPED = ["csrfmiddlewaretoken", "revision", "next"];
  const { body, served, shown, text: textFrom, token } = window.formFields;
  const fieldsOf = (form) => shown(form, NOT_TYPED);
  const textOf = (form) => textFrom(fieldsOf(form));
  // "saved" in what is known: the fields as the server had them when this window last heard of it
  const isDirty = (form) => textOf(form) !== textFrom(known.get(form).saved);

  // --- One field among [[name, value], …] -------------------------------------------------------------
  const valuesOf = (fields, name) => fields.filter(([key]) => key === name).map(([, value]) => value);
  // The server trims and composes what it stores (accounts/text.py): that alone makes no difference.
  const tidy = (value) => value.normalize("NFC").replace(/[\u200b-\u200f\u202a-\u202e\ufeff]/g, "").trim();
  const same = (some, others) => JSON.stringify(some.map(tidy).sort()) === JSON.stringify(others.map(tidy).sort());
  const withValues = (fields, name, values) => [...fields.filter(([key]) => key !== name), ...values.map((value) => [name, value])];
  const namesIn = (...lists) => [...new Set(lists.flat().map(([name]) => name))];

  function put(form, name, values) {
    for (const field of form.elements) {
      if (field.name !== name || field.type === "file" || field.type === "submit" || field.tagName === "BUTTON") continue;
      if (field.type === "checkbox" || field.type === "radio") field.checked = values.includes(field.value);
      else field.value = values[0] ?? "";
      field.datepicker?.update();
    }
  }

  function hold(form) {
    const kept = { fields: fieldsOf(form), revision: form.elements.revision.value, saved: known.get(form).saved };
    try {
      sessionStorage.setItem(placeOf(form), JSON.stringify(kept));
    } catch { /* full or forbidden: the page still warns before it is left */ }
  }
  function letGo(form) {
    try { sessionStorage.removeItem(placeOf(form)); } catch { /* as above */ }
  }

  function putBack(form) {
    let kept = null;
    try { kept = JSON.parse(sessionStorage.getItem(placeOf(form))); } catch { /* nothing kept */ }
    if (!kept || textFrom(kept.fields) === textOf(form)) {
      letGo(form);
      return false;
    }
    const state = known.get(form);
    const before = kept.saved ?? state.saved;
    for (const name of namesIn(kept.fields, before)) {
      const [mine, was] = [valuesOf(kept.fields, name), valuesOf(before, name)];
      if (same(mine, was)) continue; // not touched here: as the page has it now
      put(form, name, mine);
      state.saved = withValues(state.saved, name, was);
    }
    form.elements.revision.value = kept.revision; // an old one: the server then says what it holds by now
    return true;
  }

  // --- What the form says ---------------------------------------------------------------------------
  function say(form, text, tone = "") {
    const status = statusOf(form);
    if (!status) return;
    if (status.textContent !== text) status.textContent = text;
    status.classList.toggle("problem", tone === "problem");
  }

  function report(form) {
    const state = known.get(form);
    if (isDirty(form) && state.trouble) say(form, state.sentence || words()[state.trouble], "problem");
    else if (state.flying) say(form, words().saving);
    else if (isDirty(form)) say(form, words().waiting);
    else say(form, state.savedAt ? `${words().saved} ${state.savedAt}` : state.greeting);
  }

  function mark(form, errors) {
    for (const field of form.elements) {
      if (!field.name || !field.id) continue;
      const box = document.getElementById(`error-${field.id}`);
      if (!box) continue;
      const sentence = errors[field.name] ?? "";
      box.textContent = sentence;
      box.hidden = !sentence;
      field.classList.toggle("is-invalid", Boolean(sentence));
      field.setAttribute("aria-invalid", String(Boolean(sentence)));
    }
  }

  // --- Two windows -------------------------------------------------------------------------------------
  /* Takes over what the server holds where this window has changed nothing; the names of what both have changed. */
  function takeOver(form, stored) {
    const state = known.get(form);
    const [shownNow, before] = [fieldsOf(form), state.saved];
    const both = [];
    for (const [name, value] of Object.entries(stored)) {
      const theirs = [value].flat().map((one) => one.replace(/\r\n/g, "\n"));
      const [mine, was] = [valuesOf(shownNow, name), valuesOf(before, name)];
      if (same(mine, was) && !same(mine, theirs)) put(form, name, theirs);
      else if (!same(mine, theirs) && !same(was, theirs)) {
        both.push([name, theirs]);
        continue; // as it was, until the person has chosen
      }
      state.saved = withValues(state.saved, name, theirs);
    }
    form.dispatchEvent(new CustomEvent("autosave:put", { bubbles: true }));
    return both;
  }

  const fieldOf = (form, name) => [...form.elements].filter((field) => field.name === name && field.type !== "hidden");
  function titleOf(form, name) {
    const [field] = fieldOf(form, name);
    const title = ["checkbox", "radio"].includes(field?.type) ? field.closest("fieldset")?.querySelector("legend") : field?.labels[0];
    return [...(title?.childNodes ?? [])].filter((node) => node.ariaHidden !== "true").map((node) => node.textContent).join("").trim();
  }
  function wordsOf(form, name, values) {
    const fields = fieldOf(form, name);
    const word = (value) =>
      [...(fields[0]?.options ?? [])].find((option) => option.value === value)?.text ??
      fields.find((field) => ["checkbox", "radio"].includes(field.type) && field.value === value)?.labels[0]?.textContent ?? value;
    return values.map(word).map((text) => text.trim()).filter(Boolean).join("\n") || "…";
  }

  /* Both windows have changed the same: shows what is stored, the person chooses which stands. */
  function askWhich(form, answer, both) {
    form.querySelector("[data-autosave-conflict]")?.remove();
    const box = document.createElement("div");
    box.className = "hint-box my-2";
    box.dataset.autosaveConflict = "";
    box.setAttribute("role", "alert");
    const line = (tag, textContent, className = "") => Object.assign(document.createElement(tag), { className, textContent });
    const list = line("dl", "", "facts mb-2");
    for (const [name, values] of both)
      list.append(line("dt", titleOf(form, name)), line("dd", wordsOf(form, name, values), "autosave-stored"));
    box.append(line("p", words().both, "mb-2"), line("p", words().stored, "mb-1"), list);
    const button = (label, act) => {
      const made = line("button", label, "btn btn-sm btn-outline-primary me-2");
      made.type = "button";
      made.addEventListener("click", () => {
        const state = known.get(form);
        box.remove();
        for (const [name, values] of both) {
          act(name, values);
          state.saved = withValues(state.saved, name, values);
        }
        form.elements.revision.value = answer.revision;
        Object.assign(state, { sentence: "", trouble: "" }); // the question is answered
        schedule(form, 0);
      });
      box.append(made);
    };
    button(words().mine, () => {});
    button(words().theirs, (name, values) => put(form, name, values));
    const [field] = fieldOf(form, both[0][0]); // there it is typed, and there one looks
    (field?.closest("fieldset") ?? field)?.after(box);
    if (!box.isConnected) form.prepend(box);
  }

  // --- Saving -------------------------------------------------------------------------------------------
  function fail(form, trouble, again, sentence = "") {
    const state = known.get(form);
    Object.assign(state, { trouble, sentence });
    clearTimeout(state.timer);
    if (again) state.timer = setTimeout(save, RETRIES[Math.min(state.tries++, RETRIES.length - 1)], form);
  }

  /* Resolves to whether the server has what the form shows. */
  function save(form) {
    const state = known.get(form);
    clearTimeout(state.timer);
    if (state.flying) return state.flying.then((saved) => (saved && isDirty(form) ? save(form) : saved));
    if (!form.isConnected || !isDirty(form)) return Promise.resolve(true);
    state.flying = send(form).finally(() => {
      state.flying = null;
      report(form);
    });
    report(form);
    return state.flying;
  }

  async function send(form) {
    const state = known.get(form);
    const sent = fieldsOf(form);
    let response, answer;
    try {
      response = await fetch(form.action, {
        body: body(form),
        credentials: "same-origin",
        headers: { Accept: "application/json", "HX-Request": "true", "X-CSRFToken": token(form) },
        method: "POST",
        redirect: "manual",
      });
      if ([200, 409, 422].includes(response.status)) answer = await response.json();
    } catch {
      fail(form, "offline", true);
      return false;
    }
    if (response.status === 401 || response.type === "opaqueredirect") fail(form, "signedOut", true);
    else if (response.status === 403 || response.status === 404) fail(form, "gone", response.status === 403);
    else if (response.status === 409) {
      const both = answer.stored ? takeOver(form, answer.stored) : [];
      fail(form, both.length ? "both" : "refused", false, both.length ? "" : answer.message);
      if (both.length) askWhich(form, answer, both);
      else if (answer.stored && form.elements.revision.value !== String(answer.revision)) {
        form.querySelector("[data-autosave-conflict]")?.remove();
        form.elements.revision.value = answer.revision;
        return send(form);
      }
    } else if (response.status === 422) {
      fail(form, "refused", false, answer.message);
      mark(form, answer.errors ?? {});
      if (answer.stored) { // the rest was saved
        takeOver(form, answer.stored);
        form.elements.revision.value = answer.revision;
      }
    } else if (!response.ok) fail(form, "failed", true);
    else {
      Object.assign(state, { saved: sent, savedAt: answer.at, sentence: "", tries: 0, trouble: "" });
      form.elements.revision.value = answer.revision;
      mark(form, {});
      if (!isDirty(form)) letGo(form);
      else schedule(form, PAUSE);
      form.dispatchEvent(new CustomEvent("autosave:saved", { bubbles: true, detail: answer }));
      return true;
    }
    return false;
  }

  function schedule(form, pause) {
    const state = known.get(form);
    clearTimeout(state.timer);
    if (!isDirty(form)) {
      Object.assign(state, { sentence: "", trouble: "" });
      letGo(form);
    } else {
      hold(form);
      state.timer = setTimeout(save, pause, form);
    }
    report(form);
  }

  const saveAll = () =>
    Promise.all([...known.keys()].filter((form) => form.isConnected && isDirty(form)).map(save)).then((all) => all.every(Boolean));

  function take(form) {
    const greeting = statusOf(form)?.textContent ?? "";
    known.set(form, { flying: null, greeting, saved: served(form, NOT_TYPED), savedAt: "", sentence: "", timer: 0, tries: 0, trouble: "" });
    form.classList.add("has-script");
    for (const plain of form.querySelectorAll("[data-autosave-plain]")) plain.hidden = true;
    const isBack = putBack(form);
    if (isDirty(form)) schedule(form, isBack ? 0 : PAUSE);
    if (isBack) {
      form.dispatchEvent(new CustomEvent("autosave:put", { bubbles: true }));
      say(form, words().restored);
    }
  }

  document.addEventListener("input", (event) => {
    if (known.has(event.target.form)) schedule(event.target.form, PAUSE);
  });
  document.addEventListener("change", (event) => {
    if (known.has(event.target.form)) schedule(event.target.form, 150);
  });
  document.addEventListener("submit", (event) => {
    const form = event.target;
    if (known.has(form)) {
      event.preventDefault();
      event.stopPropagation();
      save(form);
    } else if (form.method === "post" && [...known.keys()].some((other) => other.isConnected && isDirty(other))) {
      const submitter = event.submitter; // what is typed goes first
      event.preventDefault();
      event.stopPropagation();
      saveAll().then((all) => {
        if (all) form.requestSubmit(submitter);
        else for (const other of known.keys()) if (isDirty(other)) statusOf(other)?.scrollIntoView({ block: "center" });
      });
    }
  }, true);
  window.addEventListener("online", saveAll);
  document.addEventListener("visibilitychange", () => {
    if (document.visibilityState === "hidden" || document.visibilityState === "visible") saveAll();
  });
  window.addEventListener("beforeunload", (event) => {
    if ([...known.keys()].some((form) => form.isConnected && isDirty(form))) event.preventDefault();
  });
  document.addEventListener("htmx:afterSwap", () => {
    for (const form of document.querySelectorAll("form[data-autosave]")) if (!known.has(form)) take(form);
  });

  for (const form of document.querySelectorAll("form[data-autosave]")) take(form);
})();
