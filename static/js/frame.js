/* The frame's behaviour. Every page works without it; it only saves people steps.
 *
 * In markup:
 *   <button data-confirm="Question?" data-confirm-more="What follows">   asks first
 *   <input data-datepicker data-min="01/10/2026" data-max="31/12/2026">  day picker; typing stays possible
 *   <select data-picker data-url="/units/find/" data-url-with="[name$=start]">  typing finds it
 *   <form data-repeatable>   its buttons stay enabled after submitting (downloads)
 * Content put in later is set up by htmx itself, or by a "frame:init" event sent from it.
 */
(() => {
  "use strict";

  const words = document.getElementById("frame-words")?.dataset ?? {};
  const all = (root, selector) => [
    ...(root.matches?.(selector) ? [root] : []),
    ...root.querySelectorAll(selector),
  ];

  // --- Messages ---------------------------------------------------------------------------
  const FLEETING = 12000; // milliseconds a success message stays

  function setUpMessage(message) {
    setTimeout(function leave() {
      if (message.matches(":hover, :focus-within")) setTimeout(leave, 2000);
      else message.remove();
    }, FLEETING);
  }

  function showProblem(text) {
    const box = document.getElementById("messages");
    if (!box || !text) return;
    const message = document.createElement("div");
    message.className = "alert alert-danger alert-dismissible";
    message.setAttribute("role", "alert");
    const close = document.createElement("button");
    close.type = "button";
    close.className = "btn-close";
    close.dataset.dismiss = "";
    close.setAttribute("aria-label", words.close ?? "");
    message.append(text, close);
    box.replaceChildren(message);
    message.scrollIntoView({ block: "nearest" });
  }

  document.addEventListener("click", (event) => {
    event.target.closest("[data-dismiss]")?.closest("[role]:not(button)")?.remove();
  });
  document.addEventListener("htmx:responseError", (event) => {
    showProblem(event.detail.xhr.status === 403 ? words.forbidden : words.failed);
  });
  document.addEventListener("htmx:sendError", () => showProblem(words.offline));

  // --- Menus, search ----------------------------------------------------------------------
  document.addEventListener("click", (event) => {
    for (const menu of document.querySelectorAll("details[data-menu][open]"))
      if (!menu.contains(event.target)) menu.open = false;
  });
  document.addEventListener("keydown", (event) => {
    const typing = event.target.closest?.("input, textarea, select, [contenteditable]");
    if (event.key === "Escape") {
      const menu = event.target.closest?.("details[data-menu][open]");
      if (menu) {
        menu.open = false;
        menu.querySelector("summary").focus();
      }
    } else if (event.key === "/" && !typing && !event.ctrlKey && !event.metaKey && !event.altKey) {
      const search = document.getElementById("frame-search");
      if (search && search.offsetParent && !document.querySelector("dialog[open], .modal.show")) {
        event.preventDefault();
        search.focus();
        search.select();
      }
    }
  });

  // --- Asking first -----------------------------------------------------------------------
  function ask(text, more, yes, then) {
    const dialog = document.getElementById("confirm");
    if (!dialog?.showModal) {
      if (window.confirm(text)) then();
      return;
    }
    dialog.querySelector("#confirm-text").textContent = text;
    const moreText = dialog.querySelector("#confirm-more");
    moreText.textContent = more ?? "";
    moreText.hidden = !more;
    if (yes) dialog.querySelector("#confirm-yes").textContent = yes;
    dialog.returnValue = "";
    dialog.addEventListener("close", () => dialog.returnValue === "yes" && then(), { once: true });
    dialog.showModal();
  }

  let confirmed = null; // the button whose question has been answered with yes
  document.addEventListener("click", (event) => {
    const button = event.target.closest?.("[data-confirm]");
    if (!button || button === confirmed) return;
    event.preventDefault();
    event.stopImmediatePropagation();
    const form = button.form;
    // What is missing is said before the question is asked.
    if (form && !form.noValidate && !button.formNoValidate && !form.reportValidity()) return;
    ask(button.dataset.confirm, button.dataset.confirmMore, button.textContent.trim(), () => {
      confirmed = button;
      button.click();
      confirmed = null;
    });
  }, true);
  document.addEventListener("htmx:confirm", (event) => {
    if (!event.detail.question) return;
    event.preventDefault();
    ask(event.detail.question, "", event.detail.elt.textContent.trim(), () => event.detail.issueRequest(true));
  });

  // --- One click is one request -------------------------------------------------------------
  const WAIT = 15000; // milliseconds after which a button may be tried again

  function release(button) {
    button.disabled = false;
    button.classList.remove("is-busy");
  }
  document.addEventListener("submit", (event) => {
    const form = event.target;
    const method = event.submitter?.formMethod || form.method;
    if (event.defaultPrevented || method !== "post" || form.target || "repeatable" in form.dataset) return;
    if (form.dataset.sent) return void event.preventDefault();
    form.dataset.sent = "yes";
    const buttons = [...form.elements].filter((element) => element.type === "submit" && !element.disabled);
    // After this turn, so that the pressed button's own name and value are still sent.
    setTimeout(() => {
      for (const button of buttons) {
        button.disabled = true;
        button.classList.add("is-busy");
      }
    });
    setTimeout(() => {
      delete form.dataset.sent;
      buttons.forEach(release);
    }, WAIT);
  });
  window.addEventListener("pageshow", () => {
    for (const form of document.querySelectorAll("form[data-sent]")) delete form.dataset.sent;
    document.querySelectorAll(".is-busy").forEach(release);
  });

  // --- Dates --------------------------------------------------------------------------------
  const language = document.documentElement.lang === "vi" ? "vi" : "en";

  /* "5/1/26" or "05-01-2026" → "05/01/2026"; null when it is not a day of the calendar. */
  function readDate(text) {
    const match = /^\s*(\d{1,2})[/.\-\s](\d{1,2})[/.\-\s](\d{2}|\d{4})\s*$/.exec(text);
    if (!match) return null;
    const [day, month] = [Number(match[1]), Number(match[2])];
    const year = match[3].length === 2 ? 2000 + Number(match[3]) : Number(match[3]);
    const date = new Date(year, month - 1, day);
    if (date.getDate() !== day || date.getMonth() !== month - 1) return null;
    return `${String(day).padStart(2, "0")}/${String(month).padStart(2, "0")}/${year}`;
  }

  function setUpDate(input) {
    if (input.datepicker || input.readOnly) return;
    input.autocomplete = "off";
    const picker = new window.Datepicker(input, {
      autohide: true,
      buttonClass: "btn",
      format: "dd/mm/yyyy",
      language,
      maxDate: input.dataset.max || null,
      minDate: input.dataset.min || null,
      nextArrow: "›",
      prevArrow: "‹",
      todayHighlight: true,
      updateOnBlur: false,
      weekStart: 1,
    });
    let known = input.value;
    let typed = null;
    input.addEventListener("input", () => { typed = input.value; });
    input.addEventListener("changeDate", () => {
      typed = null;
      if (input.value === known) return;
      known = input.value;
      input.dispatchEvent(new Event("change", { bubbles: true }));
    });
    // The picker would put its own day back over what was typed; a wrong day must stay to be corrected.
    input.addEventListener("blur", () => {
      const text = typed;
      if (text === null) return;
      setTimeout(() => {
        const date = readDate(text);
        if (date) picker.setDate(date);
        if (!date || input.value !== date) input.value = date ?? text;
        typed = null;
      });
    });
  }

  // --- Pickers -------------------------------------------------------------------------------
  function optionMarkup(item, escape) {
    const note = item.note ? `<span class="note">${escape(item.note)}</span>` : "";
    return `<div>${escape(item.text)}${note}</div>`;
  }

  /* The fields named in data-url-with: of the same row, else of the form. */
  function companions(select) {
    const selector = select.dataset.urlWith;
    if (!selector) return [];
    const row = select.closest("[data-row]");
    const inRow = row ? [...row.querySelectorAll(selector)] : [];
    return inRow.length ? inRow : [...(select.form ?? document).querySelectorAll(selector)];
  }

  function setUpPicker(select) {
    if (select.tomselect) return;
    const url = select.dataset.url;
    const options = {
      closeAfterSelect: !select.multiple,
      maxOptions: 100,
      placeholder: select.dataset.placeholder || select.getAttribute("placeholder") || "",
      plugins: select.multiple ? { remove_button: { title: words.remove ?? "" } } : {},
      render: {
        item: (item, escape) => `<div>${escape(item.text)}</div>`,
        loading: () => `<div class="no-results">${words.searching ?? ""}</div>`,
        no_results: () => `<div class="no-results">${words.nothing ?? ""}</div>`,
        option: optionMarkup,
      },
    };
    if (url) {
      Object.assign(options, {
        labelField: "text",
        load(text, done) {
          const address = new URL(url, window.location.href);
          address.searchParams.set("q", text);
          for (const field of companions(select))
            address.searchParams.append(field.name.replace(/^.*-\d+-/, ""), field.value);
          fetch(address, { credentials: "same-origin", headers: { Accept: "application/json" } })
            .then((response) => (response.ok ? response.json() : Promise.reject(response)))
            .then((reply) => done(reply.results))
            .catch(() => done());
        },
        preload: "focus",
        score: () => () => 1, // the server has chosen and ordered them
        searchField: ["text"],
        shouldLoad: () => true,
        sortField: [{ field: "$order" }, { field: "$score" }],
        valueField: "value",
      });
    }
    const picker = new window.TomSelect(select, options);
    select.setAttribute("aria-hidden", "true"); // the picker's own field carries the label
    if (select.getAttribute("aria-describedby"))
      picker.control_input.setAttribute("aria-describedby", select.getAttribute("aria-describedby"));
    if (!url) return;
    // What the server found for other words or other dates is no answer to these.
    const forget = () => {
      picker.clearOptions();
      picker.loadedSearches = {};
    };
    picker.on("type", () => picker.clearOptions());
    for (const field of companions(select))
      field.addEventListener("change", () => {
        forget();
        if (picker.isOpen) picker.load("");
        else picker.wrapper.classList.remove("preloaded");
      });
  }

  // --- Set up what is here and what comes ---------------------------------------------------
  function setUp(root) {
    all(root, "input[data-datepicker]").forEach(setUpDate);
    all(root, "select[data-picker]").forEach(setUpPicker);
    for (const message of all(root, "[data-fleeting]:not([data-seen])")) {
      message.dataset.seen = "yes";
      setUpMessage(message);
    }
  }
  setUp(document);
  document.addEventListener("htmx:load", (event) => setUp(event.detail.elt));
  document.addEventListener("frame:init", (event) => setUp(event.target));
  // Pickers take their extra elements away before their content is replaced.
  document.addEventListener("htmx:beforeCleanupElement", (event) => {
    event.target.datepicker?.destroy();
    event.target.tomselect?.destroy();
  });
})();
