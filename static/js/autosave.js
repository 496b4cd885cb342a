/* A form that saves itself: <form data-autosave> with a hidden "revision", posted to its own action.
 *
 * What differs from what the server has is kept in sessionStorage until the server has it: through a lost connection, an
 * ended session, a reload. The server answers {revision, at} (200), {message, revision} when another window saved meanwhile
 * (409), {message, errors: {field: sentence}} when it refuses (422), with the revision when it has kept the rest. Words come from includes/_autosave.html. Every other form
 * on the page waits until what is typed has been saved. Fires "autosave:saved" with the answer on the form.
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
  const isDirty = (form) => textOf(form) !== known.get(form).saved;

  function hold(form) {
    try {
      sessionStorage.setItem(placeOf(form), JSON.stringify({ fields: fieldsOf(form), revision: form.elements.revision.value }));
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
    const values = (name) => kept.fields.filter(([key]) => key === name).map(([, value]) => value);
    for (const field of form.elements) {
      if (!field.name || NOT_TYPED.includes(field.name) || field.type === "file") continue;
      if (field.type === "checkbox" || field.type === "radio") field.checked = values(field.name).includes(field.value);
      else if (field.tagName !== "BUTTON" && field.type !== "submit") field.value = values(field.name)[0] ?? "";
    }
    form.elements.revision.value = kept.revision;
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
    else if (state.savedAt) say(form, `${words().saved} ${state.savedAt}`);
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

  /* Another window saved meanwhile: the person chooses which text stands. */
  function askWhich(form, answer) {
    if (form.querySelector("[data-autosave-conflict]")) return;
    const box = document.createElement("div");
    box.className = "hint-box mb-3";
    box.dataset.autosaveConflict = "";
    box.setAttribute("role", "alert");
    box.append(Object.assign(document.createElement("p"), { textContent: answer.message, className: "mb-2" }));
    const button = (label, act) => {
      const made = Object.assign(document.createElement("button"), {
        className: "btn btn-sm btn-outline-primary me-2", textContent: label, type: "button",
      });
      made.addEventListener("click", act);
      box.append(made);
    };
    button(words().mine, () => {
      box.remove();
      form.elements.revision.value = answer.revision;
      save(form);
    });
    button(words().theirs, () => {
      letGo(form);
      known.get(form).saved = textOf(form);
      window.location.reload();
    });
    form.prepend(box);
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
    const text = textOf(form);
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
      fail(form, "refused", false, answer.message);
      if (answer.revision !== undefined) askWhich(form, answer);
    } else if (response.status === 422) {
      fail(form, "refused", false, answer.message);
      mark(form, answer.errors ?? {});
      if (answer.revision !== undefined) form.elements.revision.value = answer.revision; // the rest was saved
    } else if (!response.ok) fail(form, "failed", true);
    else {
      Object.assign(state, { saved: text, savedAt: answer.at, sentence: "", tries: 0, trouble: "" });
      form.elements.revision.value = answer.revision;
      mark(form, {});
      if (textOf(form) === text) letGo(form);
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
    known.set(form, { flying: null, saved: textFrom(served(form, NOT_TYPED)), savedAt: "", sentence: "", timer: 0, tries: 0, trouble: "" });
    form.classList.add("has-script");
    for (const plain of form.querySelectorAll("[data-autosave-plain]")) plain.hidden = true;
    const isBack = putBack(form);
    if (isDirty(form)) schedule(form, isBack ? 0 : PAUSE);
    if (isBack) say(form, words().restored);
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
