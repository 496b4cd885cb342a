/* What a form holds, as shown now and as the server wrote it, and how it is sent: shared by all that send forms.
 *
 * "served" reads the defaults the page came with, not the fields: what was typed before a script had arrived, and what a browser
 * puts back after a reload, differs from it and is therefore saved like everything else.
 */
window.formFields = (() => {
  "use strict";

  const clean = (value) => value.replace(/\r\n/g, "\n");

  function shown(form, except) {
    return [...new FormData(form)]
      .filter(([name, value]) => typeof value === "string" && !except.includes(name))
      .map(([name, value]) => [name, clean(value)]);
  }

  function chosen(select) {
    const options = [...select.options];
    const marked = options.filter((option) => option.defaultSelected);
    if (select.multiple || marked.length) return select.multiple ? marked : marked.slice(-1);
    return options.filter((option) => !option.disabled).slice(0, 1);
  }

  function served(form, except) {
    const pairs = [];
    for (const field of form.elements) {
      if (!field.name || except.includes(field.name) || field.matches(":disabled")) continue;
      if (["BUTTON", "FIELDSET", "OBJECT", "OUTPUT"].includes(field.tagName)) continue;
      if (["button", "file", "image", "reset", "submit"].includes(field.type)) continue;
      if (field.type === "checkbox" || field.type === "radio") {
        if (field.defaultChecked) pairs.push([field.name, field.value]);
      } else if (field.tagName === "SELECT") {
        for (const option of chosen(field)) pairs.push([field.name, option.value]);
      } else pairs.push([field.name, clean(field.defaultValue)]);
    }
    return pairs;
  }

  /* The same text for the same fields, in whatever order a picker has put its options. */
  const text = (pairs) => JSON.stringify([...pairs].map((pair) => JSON.stringify(pair)).sort());

  // --- The proof that a page of this site sends it --------------------------------------------
  // Signing in changes it, so a form that was open before then holds an old one; the cookie has the one that is valid now.
  const PROOF = "csrfmiddlewaretoken";

  const token = (form) => /(?:^|; )csrftoken=([^;]+)/.exec(document.cookie)?.[1] ?? form?.elements[PROOF]?.value ?? "";

  /* Texts and choices as fetch sends them: without the form's own proof, which Django prefers to the header's, and without files. */
  const body = (form) =>
    new URLSearchParams([...new FormData(form)].filter(([name, value]) => typeof value === "string" && name !== PROOF));

  document.addEventListener("submit", (event) => {
    const field = event.target.elements[PROOF];
    if (field) field.value = token(event.target);
  }, true);
  document.addEventListener("htmx:configRequest", (event) => {
    delete event.detail.parameters[PROOF];
    event.detail.headers["x-csrftoken"] = token(event.target.closest("form"));
  });

  return { body, served, shown, text, token };
})();
