/* What a form holds, as shown now and as the server wrote it: shared by the forms that save themselves.
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

  return { served, shown, text };
})();
