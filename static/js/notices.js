/* Copying a text or an address of a notice. Without it both can be selected by hand.
 *
 * In markup: <button data-copy="id of the field">; the field's data-copied is what the button says for a moment.
 */
(() => {
  "use strict";

  const SAYS_SO = 2500; // milliseconds

  async function copy(field) {
    field.select();
    try {
      await navigator.clipboard.writeText(field.value);
    } catch {
      document.execCommand("copy"); // pages without https, older phones
    }
  }

  document.addEventListener("click", async (event) => {
    const button = event.target.closest?.("[data-copy]");
    const field = button && document.getElementById(button.dataset.copy);
    if (!field || button.dataset.says) return;
    await copy(field);
    button.dataset.says = button.innerHTML;
    button.textContent = field.dataset.copied ?? "✓";
    setTimeout(() => {
      button.innerHTML = button.dataset.says;
      delete button.dataset.says;
    }, SAYS_SO);
  });

  const show = (root) => root.querySelectorAll("[data-copy][hidden]").forEach((button) => { button.hidden = false; });
  show(document);

  // The text comes up where one looks, ready to be copied.
  document.addEventListener("htmx:afterSwap", (event) => {
    show(event.target);
    event.target.querySelector("#chat-text")?.focus();
  });
})();
