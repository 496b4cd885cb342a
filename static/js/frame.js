/* The frame's behaviour. Every page works without it; it only saves people steps.
 *
 * In markup:
 *   <button data-confirm="Question?" data-confirm-more="What follows">   asks first
 *   <input data-datepicker data-min="01/10/2026" data-max="31/12/2026">  day picker; typing stays possible
 *   <select data-picker data-url="/units/find/" data-url-with="[name$=start]">  typing finds it
 *   <button data-print>  prints the page
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

  // --- Printing ---------------------------------------------------------------------------
  document.addEventListener("click", (event) => {
    if (event.target.closest?.("[data-print]")) window.print();
  });

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
    const { xhr } = event.detail;
    // Too much was sent at once: the site says so in a sentence, a proxy in front of it in a page of its own.
    const said = xhr.status === 413 && xhr.getResponseHeader("Content-Type")?.startsWith("text/plain");
    const sentence = { 401: words.signedOut, 403: words.forbidden }[xhr.status];
    showProblem(said ? xhr.responseText : sentence ?? words.failed);
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

  /* "5/1/26", "05-01-2026" or "5/1" with a year given → "05/01/2026"; null when no such day exists. */
  function readDate(text, otherwise) {
    const match = /^\s*(\d{1,2})[/.\-\s](\d{1,2})(?:[/.\-\s](\d{4}|\d{2}))?\s*$/.exec(text);
    if (!match) return null;
    const [day, month, year] = [match[1], match[2], match[3] ?? otherwise].map(Number);
    const date = new Date(year < 100 ? 2000 + year : year, month - 1, day);
    if (date.getDate() !== day || date.getMonth() !== month - 1) return null;
    return writeDate(date);
  }

  function writeDate(date) {
    const two = (number) => String(number).padStart(2, "0");
    return `${two(date.getDate())}/${two(date.getMonth() + 1)}/${date.getFullYear()}`;
  }

  // What was typed waits for the picker, which puts its own day back when the field is left; a tap sends the form before that.
  const unsettled = new Map(); // field → what writes the typed day into it
  const settleAll = (left) => unsettled.forEach((settle, input) => (left && input === document.activeElement) || settle());
  document.addEventListener("submit", () => settleAll(false), true);
  document.addEventListener("click", () => settleAll(true), true);

  function setUpDate(input) {
    if (input.datepicker || input.readOnly) return;
    const { min, max } = input.dataset;
    const year = (min ?? max)?.slice(-4); // of a day typed without one
    let typed = null; // what was typed and not yet understood
    let known = input.value;

    // What is a day is written out; what is none stays, to be corrected.
    function settle() {
      const text = typed;
      typed = null;
      unsettled.delete(input);
      const date = readDate(text, year);
      if (date) picker.setDate(date);
      if (input.value !== (date ?? text)) input.value = date ?? text;
    }

    input.autocomplete = "off";
    input.addEventListener("input", () => {
      typed = input.value;
      unsettled.set(input, settle);
    });
    input.addEventListener("change", (event) => {
      const date = event.isTrusted && readDate(input.value, year);
      if (date) input.value = known = date;
    }, true);
    input.addEventListener("keydown", (event) => {
      if (event.key !== "Enter" || typed === null) return;
      event.preventDefault();
      event.stopImmediatePropagation();
      settle();
      picker.hide();
    }, true);
    // Later, because the picker puts its own day back first.
    input.addEventListener("blur", () => typed !== null && setTimeout(() => typed !== null && settle()));

    const picker = new window.Datepicker(input, {
      autohide: true,
      buttonClass: "btn",
      format: {
        toDisplay: writeDate,
        toValue(value) {
          if (value instanceof Date) return value;
          const date = readDate(String(value), year)?.split("/").map(Number);
          return date ? new Date(date[2], date[1] - 1, date[0]) : undefined;
        },
      },
      language,
      maxDate: max || null,
      minDate: min || null,
      nextArrow: "›",
      prevArrow: "‹",
      todayHighlight: true,
      updateOnBlur: false,
      weekStart: 1,
    });
    input.addEventListener("changeDate", () => {
      typed = null;
      unsettled.delete(input);
      if (input.value === known) return;
      known = input.value;
      input.dispatchEvent(new Event("change", { bubbles: true }));
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
    let found = new Set(); // values of the last reply
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
            .then(({ results }) => {
              found = new Set(results.map((item) => String(item.value)));
              for (const item of results)
                if (item.value in picker.options) picker.updateOption(item.value, item);
              done(results);
            })
            .catch(() => done());
        },
        preload: "focus",
        score: () => (item) => (found.has(String(item.value)) ? 1 : 0), // the server has searched
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
      found.clear();
      picker.clearOptions();
    };
    picker.on("type", forget);
    for (const field of companions(select))
      field.addEventListener("change", () => {
        forget();
        picker.wrapper.classList.remove("preloaded");
      });
  }

  // --- Wide tables can be scrolled with the keyboard -------------------------------------
  // Fonts and windows change what is wide, so it is looked at again whenever the box or its table changes size.
  const watched = new ResizeObserver((entries) => entries.forEach((entry) => makeScrollable(entry.target.closest("[class*=table-responsive]"))));
  function setUpScroll(box) {
    makeScrollable(box);
    watched.observe(box);
    if (box.firstElementChild) watched.observe(box.firstElementChild);
  }
  function makeScrollable(box) {
    if (!box || (box.hasAttribute("tabindex") && !("scrolls" in box.dataset))) return; // the page names it itself
    const fits = box.scrollWidth <= box.clientWidth && box.scrollHeight <= box.clientHeight;
    if (fits === !("scrolls" in box.dataset)) return;
    if (fits) {
      ["tabindex", "role", "aria-label", "data-scrolls"].forEach((name) => box.removeAttribute(name));
      return;
    }
    const title = (box.querySelector("caption") ?? document.querySelector("h1"))?.textContent.trim() ?? "";
    box.dataset.scrolls = "";
    box.tabIndex = 0;
    box.setAttribute("role", "region");
    box.setAttribute("aria-label", unused(`${words.table ?? ""}: ${title}`));
  }
  // Not the name of the section around the table, nor that of another table: who hears only names could not tell them apart.
  function unused(name) {
    const taken = new Set(all(document, "[role=region][aria-label]").map((region) => region.getAttribute("aria-label")));
    let free = name;
    for (let number = 2; taken.has(free); number++) free = `${name} (${number})`;
    return free;
  }

  // --- Set up what is here and what comes ---------------------------------------------------
  function setUp(root) {
    all(root, "input[data-datepicker]").forEach(setUpDate);
    all(root, "select[data-picker]").forEach(setUpPicker);
    all(root, "[class*=table-responsive]").forEach(setUpScroll);
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
