/* The officer's plan: every line saves itself, and nothing typed is lost.
 *
 * A line that differs from what the server has is kept in sessionStorage until the server has it: through a lost connection,
 * an ended session, a reload. Answers change only what stands around the fields, never a field somebody types in.
 * Without this script each line has its own button "Save this line".
 */
(() => {
  "use strict";

  const page = document.getElementById("plan");
  if (!page) return;
  page.classList.add("has-script");

  const words = document.getElementById("plan-words").dataset;
  const status = document.getElementById("plan-status");
  const PAUSE = 1200; // milliseconds of quiet after which typed text is saved
  const RETRIES = [3000, 6000, 12000, 30000]; // milliseconds between attempts when saving fails
  const HELD = "visits.plan.line."; // + number of the line, in sessionStorage

  const lines = new Map(); // form → what is known of it
  let savedAt = ""; // the server's time of the last save of this page
  const forms = () => [...page.querySelectorAll("form.line-form")];
  const numberOf = (form) => form.closest("[data-line]").dataset.line;

  // --- What a line holds ----------------------------------------------------------------------
  const NOT_TYPED = ["csrfmiddlewaretoken", "revision", "over"];
  const { body: bodyOf, served, shown, text: textFrom, token } = window.formFields;
  const fieldsOf = (form) => shown(form, NOT_TYPED);
  const textOf = (form) => textFrom(fieldsOf(form));
  const isDirty = (form) => textOf(form) !== lines.get(form).saved;

  function hold(form) {
    const choices = [...form.querySelectorAll("select[data-picker] option:checked")];
    const kept = {
      fields: fieldsOf(form),
      labels: choices.map((option) => [option.value, option.textContent]),
      revision: form.elements.revision.value,
    };
    try {
      sessionStorage.setItem(HELD + numberOf(form), JSON.stringify(kept));
    } catch { /* full or forbidden: the page still warns before it is left */ }
  }
  const letGo = (number) => {
    try { sessionStorage.removeItem(HELD + number); } catch { /* as above */ }
  };

  function putBack(form) {
    let kept = null;
    try { kept = JSON.parse(sessionStorage.getItem(HELD + numberOf(form))); } catch { /* nothing kept */ }
    if (!kept || textFrom(kept.fields) === textOf(form)) {
      letGo(numberOf(form));
      return false;
    }
    const labels = new Map(kept.labels);
    for (const name of ["starts", "ends", "unit", "group", "content", "expected", "companions", "note"]) {
      const field = form.elements[name];
      const values = kept.fields.filter(([key]) => key === name).map(([, value]) => value);
      if (field?.tomselect) {
        for (const value of values)
          if (value && !field.tomselect.options[value])
            field.tomselect.addOption({ value, text: labels.get(value) ?? value });
        field.tomselect.setValue(field.multiple ? values : values[0] ?? "", true);
      } else if (field) {
        field.value = values[0] ?? "";
      }
    }
    form.elements.revision.value = kept.revision;
    return true;
  }

  // --- What the page says ----------------------------------------------------------------------
  function say(text, tone = "") {
    if (status.textContent !== text) status.textContent = text;
    status.dataset.tone = tone;
  }

  function report() {
    const open = forms().filter((form) => lines.has(form) && isDirty(form));
    for (const form of forms())
      form.closest(".plan-line").classList.toggle("is-unsaved", open.includes(form));
    const trouble = open.map((form) => lines.get(form)).find((line) => line.trouble);
    if (trouble) say(words[trouble.trouble], "problem");
    else if (forms().some((form) => lines.get(form)?.flying)) say(words.saving);
    else if (open.length) say(words.waiting);
    else if (savedAt) say(`${words.saved} ${savedAt}`);
  }

  function readDay(text) {
    const match = /^(\d{1,2})\/(\d{1,2})\/(\d{4})$/.exec(text.trim());
    return match ? Date.UTC(match[3], match[2] - 1, match[1]) : NaN;
  }

  function countDays(form) {
    const output = document.getElementById(`days-${numberOf(form)}`);
    const days = (readDay(form.elements.ends.value) - readDay(form.elements.starts.value)) / 86400000 + 1;
    output.textContent = days > 0 ? `${days} ${days === 1 ? words.day : words.days}` : "";
  }

  function markProblems() {
    for (const box of page.querySelectorAll(".field-error")) {
      const [, line, name] = box.id.split("-");
      const field = document.getElementById(`${name}-${line}`);
      const wrong = box.textContent.trim() !== "";
      for (const element of [field, field.tomselect?.wrapper]) element?.classList.toggle("is-invalid", wrong);
      (field.tomselect?.control_input ?? field).setAttribute("aria-invalid", String(wrong));
    }
  }

  function noteState() {
    const state = document.getElementById("plan-state");
    for (const field of page.querySelectorAll("input[name=known]")) field.value = state.dataset.known;
    const shown = page.querySelectorAll("#lines > li").length;
    const notice = document.getElementById("plan-elsewhere");
    if (shown === Number(state.dataset.lines)) notice?.remove();
    else if (!notice) {
      const box = document.createElement("p");
      box.id = "plan-elsewhere";
      box.className = "hint-box";
      const link = document.createElement("a");
      link.href = window.location.pathname;
      link.textContent = words.reload;
      box.append(`${words.elsewhere} `, link);
      document.getElementById("lines").before(box);
    }
  }

  // --- Saving ------------------------------------------------------------------------------------
  function fail(form, trouble, again) {
    const line = lines.get(form);
    line.trouble = trouble;
    clearTimeout(line.timer);
    if (again) line.timer = setTimeout(save, RETRIES[Math.min(line.tries++, RETRIES.length - 1)], form);
  }

  /* Resolves to whether the server has what the line shows. */
  function save(form, over = null) {
    const line = lines.get(form);
    clearTimeout(line.timer);
    if (line.flying) return line.flying.then((saved) => (saved && isDirty(form) ? save(form, over) : saved));
    if (!form.isConnected || (!isDirty(form) && over === null)) return Promise.resolve(true);
    line.flying = send(form, over).finally(() => {
      line.flying = null;
      report();
    });
    report();
    return line.flying;
  }

  async function send(form, over) {
    const line = lines.get(form);
    const text = textOf(form);
    const body = bodyOf(form);
    if (over !== null) body.set("over", over);
    let response, answer;
    try {
      response = await fetch(form.action, {
        body,
        credentials: "same-origin",
        headers: { "HX-Request": "true", "X-CSRFToken": token(form) },
        method: "POST",
        redirect: "manual",
      });
      answer = await response.text();
    } catch {
      fail(form, "offline", true);
      return false;
    }
    if (response.status === 401 || response.type === "opaqueredirect") fail(form, "signedOut", true);
    else if (response.status === 404 || response.status === 403) fail(form, "gone", response.status === 403);
    else if (![200, 409, 422].includes(response.status)) fail(form, "failed", true);
    else {
      window.htmx.swap(document.body, answer, { swapStyle: "none", swapDelay: 0, settleDelay: 0 });
      afterSwap();
      if (response.ok) {
        Object.assign(line, { saved: text, trouble: "", tries: 0 });
        savedAt = document.getElementById("plan-state").dataset.at;
        if (textOf(form) === text) letGo(numberOf(form));
        else schedule(form, PAUSE);
        return true;
      }
      fail(form, "refused", false);
    }
    return false;
  }

  function schedule(form, pause) {
    const line = lines.get(form);
    clearTimeout(line.timer);
    if (!isDirty(form)) {
      line.trouble = "";
      letGo(numberOf(form));
    } else {
      hold(form);
      line.timer = setTimeout(save, pause, form);
    }
    report();
  }

  /* Saves every line that differs; resolves to whether all could be saved. */
  const saveAll = () =>
    Promise.all(forms().filter((form) => isDirty(form)).map((form) => save(form))).then((all) => all.every(Boolean));

  page.addEventListener("input", (event) => {
    const form = event.target.form;
    if (!lines.has(form)) return;
    if (["starts", "ends"].includes(event.target.name)) countDays(form);
    schedule(form, PAUSE);
  });
  page.addEventListener("change", (event) => {
    const form = event.target.form;
    if (!lines.has(form)) return;
    if (["starts", "ends"].includes(event.target.name)) countDays(form);
    schedule(form, 150);
  });
  page.addEventListener("submit", (event) => {
    const form = event.target;
    if (!lines.has(form)) return;
    event.preventDefault();
    event.stopPropagation();
    const over = event.submitter?.name === "over" ? event.submitter.value : null;
    save(form, over);
  }, true);
  page.addEventListener("click", (event) => {
    const link = event.target.closest("[data-forget]");
    if (!link) return;
    event.preventDefault();
    letGo(link.dataset.forget);
    const form = document.getElementById(`form-${link.dataset.forget}`);
    lines.get(form).saved = textOf(form);
    saveAll().then(() => window.location.reload());
  });
  page.addEventListener("keydown", (event) => {
    if (event.key !== "Enter" || !(event.ctrlKey || event.metaKey)) return;
    event.preventDefault();
    document.getElementById("add-line").requestSubmit();
  });
  window.addEventListener("online", saveAll);
  document.addEventListener("visibilitychange", () => {
    if (document.visibilityState === "visible") saveAll();
  });
  window.addEventListener("beforeunload", (event) => {
    if (forms().some((form) => lines.has(form) && isDirty(form))) event.preventDefault();
  });

  // --- Adding, copying, removing: htmx sends them, after the typed text has been saved -----------
  page.addEventListener("htmx:confirm", (event) => {
    const line = event.detail.elt.dataset.removes;
    const form = line && document.getElementById(`form-${line}`);
    if (!forms().some((other) => isDirty(other)) || event.detail.question) return;
    event.preventDefault();
    saveAll().then((all) => {
      if (all || form) event.detail.issueRequest(true);
    });
  });
  page.addEventListener("htmx:configRequest", (event) => {
    event.detail.parameters.known = document.getElementById("plan-state").dataset.known;
  });
  page.addEventListener("htmx:afterRequest", (event) => {
    const removed = event.detail.elt.dataset.removes;
    if (event.detail.successful && removed) letGo(removed);
    if (event.detail.xhr.status === 401) say(words.signedOut, "problem");
    if (event.detail.successful) {
      savedAt = document.getElementById("plan-state").dataset.at;
      afterSwap();
      report();
    }
  });

  // Sending the plan, proposing a line again: what is typed goes first.
  page.addEventListener("submit", (event) => {
    const form = event.target;
    if (lines.has(form) || form.hasAttribute("hx-post") || !forms().some((other) => isDirty(other))) return;
    event.preventDefault();
    event.stopPropagation();
    saveAll().then((all) => {
      if (all && !document.getElementById("why-not")) form.requestSubmit();
    });
  }, true);

  document.body.addEventListener("plan:focus", (event) => {
    const line = document.getElementById(`line-${event.detail.line}`);
    line?.scrollIntoView({ block: "nearest" });
    (line?.querySelector("input[name=starts]") ?? line)?.focus();
  });

  // --- Set up --------------------------------------------------------------------------------------
  function take(form) {
    lines.set(form, { flying: null, saved: textFrom(served(form, NOT_TYPED)), timer: 0, tries: 0, trouble: "" });
    const isBack = putBack(form);
    if (isDirty(form)) {
      countDays(form);
      schedule(form, isBack ? 0 : PAUSE);
    }
    return isBack;
  }

  function afterSwap() {
    for (const form of [...lines.keys()]) if (!form.isConnected) lines.delete(form);
    for (const form of forms()) if (!lines.has(form)) take(form);
    markProblems();
    noteState();
  }

  let restored = false;
  for (const form of forms()) restored = take(form) || restored;
  markProblems();
  noteState();
  report();
  if (restored) say(words.restored);
})();
