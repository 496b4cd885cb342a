/* The result of a visit: its files go up one by one with their progress; the name of a body is asked for where it is needed.
 *
 * Works on the page without this script: the file form has its own button. Saving what is typed is autosave.js; a new
 * recommendation is kept in the browser until it is added.
 */
(() => {
  "use strict";

  // --- Choosing all papers of a list ---------------------------------------------------------
  for (const all of document.querySelectorAll("[data-all]")) {
    const boxes = () => [...document.querySelectorAll(`input[name=paper][form="${all.dataset.all}"]`)];
    all.addEventListener("change", () => boxes().forEach((box) => { box.checked = all.checked; }));
  }

  const page = document.getElementById("result");
  if (!page) return;
  page.classList.add("has-script");
  for (const button of page.querySelectorAll("[data-by-hand]")) button.hidden = true;

  if (window.matchMedia("(max-width: 1199.98px)").matches) page.querySelector(".result-plan").open = false;

  /* Puts an answer's parts in their places. The button that reports stays as it is while it says the same: it may have been
     pressed just now, and a comment may be half typed there. */
  const sending = (root) => root.querySelector("#result-send [disabled] + .hint")?.textContent ?? "";
  function takeIn(html) {
    const answer = new DOMParser().parseFromString(html, "text/html");
    if (sending(answer) === sending(document)) answer.getElementById("result-send")?.remove();
    const parts = answer.body.innerHTML;
    window.htmx.swap(document.body, parts, { swapStyle: "none", swapDelay: 0, settleDelay: 0 });
  }
  page.addEventListener("autosave:saved", (event) => takeIn(event.detail.html));

  // --- A new recommendation is kept in the browser until it is added (hold.js) --------------------------
  const held = page.querySelector("form[data-hold]");
  if (held)
    document.addEventListener("submit", (event) => {
      if (event.defaultPrevented || !event.target.closest("#result-send") || !held.elements.text.value.trim()) return;
      event.preventDefault(); // typed and not added: it would be left behind
      event.stopImmediatePropagation();
      held.closest("details").open = true;
      held.scrollIntoView({ block: "center" });
      held.querySelector("[data-not-added]").hidden = false;
      held.elements.text.focus();
    }, true);

  // --- A body outside the Union has a name ------------------------------------------------------
  function showName(form) {
    const box = form.querySelector("[data-outside]");
    if (box) box.hidden = form.elements.addressee.value !== "outside";
  }
  for (const form of page.querySelectorAll("form:has([data-outside])")) showName(form);
  page.addEventListener("autosave:put", (event) => showName(event.target));
  page.addEventListener("change", (event) => {
    if (event.target.name === "addressee") showName(event.target.form);
  });

  // A link of the summary leads into its field; a new recommendation begins at its text.
  page.addEventListener("click", (event) => {
    const link = event.target.closest(".result-checks a");
    const target = link && document.getElementById(link.hash.slice(1));
    const field = target?.querySelector("textarea, input:not([type=hidden], :disabled)") ?? (target?.matches("input") ? target : null);
    if (!field) return;
    event.preventDefault();
    target.scrollIntoView({ block: "start" });
    field.focus({ preventScroll: true });
  });
  document.getElementById("recommendation-new")?.addEventListener("toggle", (event) => {
    const text = event.target.querySelector("textarea");
    if (event.target.open && !text.value) text.focus();
  });

  // --- Files ----------------------------------------------------------------------------------------
  const form = document.getElementById("file-form");
  if (!form) return;
  const underWay = document.getElementById("file-sending");
  const problems = document.getElementById("file-problems");
  const waiting = [];
  let busy = false;
  const { token } = window.formFields;
  const words = (text, names) => text.replace(/%\((\w+)\)s/g, (_all, name) => names[name]);

  function complain(text) {
    const line = document.createElement("p");
    line.className = "problem";
    line.textContent = text;
    problems.append(line);
  }

  function add(files) {
    if (files.length && !busy) problems.replaceChildren();
    for (const file of files) {
      if (file.size > Number(form.dataset.mostBytes))
        complain(words(form.dataset.tooLarge, { name: file.name, most: form.dataset.mostBytes / 1048576 }));
      else waiting.push(file);
    }
    if (!busy) next();
  }

  function next() {
    const file = waiting.shift();
    busy = Boolean(file);
    if (!file) return;
    const line = document.createElement("li");
    const bar = document.createElement("progress");
    bar.max = 100;
    bar.value = 0;
    bar.setAttribute("aria-label", file.name);
    line.append(words(form.dataset.sending, { name: file.name }), bar);
    underWay.append(line);

    const body = new FormData();
    body.append("files", file, file.name);
    const request = new XMLHttpRequest();
    request.open("POST", form.action);
    request.setRequestHeader("HX-Request", "true");
    request.setRequestHeader("X-CSRFToken", token(form));
    request.upload.addEventListener("progress", (event) => {
      if (event.lengthComputable) bar.value = (100 * event.loaded) / event.total;
    });
    request.addEventListener("loadend", () => {
      line.remove();
      if ([200, 409, 422].includes(request.status)) {
        const answer = JSON.parse(request.responseText);
        if (answer.html) takeIn(answer.html);
        answer.problems.forEach(complain);
      } else if (request.status === 413 && request.getResponseHeader("Content-Type")?.startsWith("text/plain"))
        complain(request.responseText);
      else complain(words(form.dataset.failed, { name: file.name }));
      next();
    });
    request.send(body);
  }

  form.addEventListener("change", (event) => {
    if (event.target.type !== "file") return;
    add([...event.target.files]);
    event.target.value = "";
  });
  const carriesFiles = (event) => [...event.dataTransfer.types].includes("Files");
  page.addEventListener("dragover", (event) => {
    if (!carriesFiles(event)) return;
    event.preventDefault();
    form.classList.add("is-over");
  });
  page.addEventListener("dragleave", (event) => {
    if (!page.contains(event.relatedTarget)) form.classList.remove("is-over");
  });
  page.addEventListener("drop", (event) => {
    form.classList.remove("is-over");
    if (!carriesFiles(event)) return;
    event.preventDefault();
    add([...event.dataTransfer.files]);
  });
  window.addEventListener("beforeunload", (event) => {
    if (busy) event.preventDefault();
  });
})();
