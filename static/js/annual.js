/* The annual report: take the proposed text over into its section.
 *   <button data-take="id-of-the-proposal" data-into="id-of-the-textarea">
 */
(() => {
  "use strict";
  document.addEventListener("click", (event) => {
    const button = event.target.closest?.("[data-take]");
    if (!button) return;
    const field = document.getElementById(button.dataset.into);
    const text = document.getElementById(button.dataset.take).innerText.trim(); // as shown, line by line
    field.value = field.value.trim() ? `${field.value.trimEnd()}\n\n${text}` : text;
    field.dispatchEvent(new Event("input", { bubbles: true }));
    field.focus();
  });
})();
