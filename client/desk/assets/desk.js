// What a page does by itself: keys, ticks, the lock. Everything here has a button or a link as well; without
// scripts the desk works the same, only slower. No page holds script text of its own (see the content policy).
"use strict";

(() => {
  const typing = (element) =>
    element instanceof HTMLElement &&
    (element.isContentEditable || /^(INPUT|SELECT|TEXTAREA)$/.test(element.tagName)) &&
    !/^(checkbox|radio|button|submit|file)$/.test(element.type || "");

  // --- Rows of a list: j and k go down and up, Enter opens, x ticks.

  const rows = () => Array.from(document.querySelectorAll("tr[data-open]"));
  const current = () => document.querySelector("tr.at");

  const go = (row) => {
    if (!row) return;
    current()?.classList.remove("at");
    row.classList.add("at");
    const link = row.querySelector("a.whole");
    (link || row).focus({ preventScroll: true });
    row.scrollIntoView({ block: "nearest" });
  };

  const step = (by) => {
    const all = rows();
    if (all.length === 0) return;
    const at = all.indexOf(current());
    go(at < 0 ? all[by > 0 ? 0 : all.length - 1] : all[Math.min(all.length - 1, Math.max(0, at + by))]);
  };

  const tick = (row) => {
    const box = row?.querySelector('input[type="checkbox"][name="letter"]');
    if (!box) return;
    box.checked = !box.checked;
    box.dispatchEvent(new Event("change", { bubbles: true }));
  };

  const countTicks = () => {
    for (const place of document.querySelectorAll("[data-ticked]")) {
      const form = place.closest("form");
      const boxes = Array.from(form.querySelectorAll('tbody input[type="checkbox"]'));
      const ticked = boxes.filter((box) => box.checked).length;
      place.textContent = String(ticked);
      for (const button of form.querySelectorAll("button[data-bulk]")) button.disabled = ticked === 0;
      const all = form.querySelector("input[data-all]");
      if (all) {
        all.checked = ticked > 0 && ticked === boxes.length;
        all.indeterminate = ticked > 0 && ticked < boxes.length;
      }
      for (const box of boxes) box.closest("tr")?.classList.toggle("picked", box.checked);
    }
  };

  document.addEventListener("change", (event) => {
    const box = event.target;
    if (box instanceof HTMLInputElement && box.dataset.all !== undefined) {
      for (const other of box.closest("form").querySelectorAll('tbody input[type="checkbox"]')) other.checked = box.checked;
    }
    if (box instanceof HTMLInputElement && box.type === "checkbox") countTicks();
    if (box instanceof HTMLSelectElement && box.dataset.submits !== undefined) box.form.requestSubmit();
  });

  document.addEventListener("focusin", (event) => {
    const row = event.target instanceof Element ? event.target.closest("tr[data-open]") : null;
    if (row && row !== current()) {
      current()?.classList.remove("at");
      row.classList.add("at");
    }
  });

  // --- Keys. A control names its key in data-key; the key is shown on it.

  document.addEventListener("keydown", (event) => {
    if (event.ctrlKey || event.metaKey || event.altKey || event.isComposing) return;
    if (event.key === "Escape" && typing(event.target)) {
      event.target.blur();
      return;
    }
    if (typing(event.target)) return;
    // The letter on the key cap, whatever alphabet the keyboard is set to.
    const key = event.code.startsWith("Key") ? event.code.slice(3).toLowerCase() : event.key;
    const named = Array.from(document.querySelectorAll("[data-key]")).find(
      (control) => control.dataset.key === key && !control.disabled && !event.shiftKey,
    );
    if (key === "/" || event.code === "Slash") {
      const search = document.querySelector('input[type="search"]');
      if (search) {
        event.preventDefault();
        search.focus();
        search.select();
        return;
      }
    }
    if (key === "l" && event.shiftKey) {
      event.preventDefault();
      lock();
    } else if (named) {
      event.preventDefault();
      if (/^(INPUT|SELECT|TEXTAREA)$/.test(named.tagName)) named.focus();
      else named.click();
    } else if (key === "j" || event.key === "ArrowDown") {
      if (rows().length > 0) {
        event.preventDefault();
        step(1);
      }
    } else if (key === "k" || event.key === "ArrowUp") {
      if (rows().length > 0) {
        event.preventDefault();
        step(-1);
      }
    } else if (key === "x") {
      tick(current());
    } else if (event.key === "Enter" && current() && event.target === document.body) {
      current().querySelector("a.whole")?.click();
    }
  });

  // --- The lock. What was typed goes to the desk first, and comes back after the password.

  const lockForm = () => document.querySelector("form[data-lock]");

  const typed = () => {
    for (const form of document.querySelectorAll("form[data-keep]")) {
      const fields = [];
      for (const control of form.elements) {
        if (!control.name || control.type === "hidden" || control.type === "password" || control.type === "file") continue;
        if (control.type === "checkbox" || control.type === "radio") {
          if (control.checked !== control.defaultChecked) fields.push([control.name, control.value, control.checked]);
        } else if (control.tagName === "SELECT" || control.value !== control.defaultValue) {
          fields.push([control.name, control.value, true]);
        }
      }
      if (fields.length > 0) return { form: form.dataset.keep, fields };
    }
    return null;
  };

  const lock = () => {
    const form = lockForm();
    if (!form) return;
    const kept = typed();
    if (kept) form.elements.kept.value = JSON.stringify(kept);
    form.elements.then.value = location.pathname + location.search;
    form.submit();
  };

  document.addEventListener("click", (event) => {
    const button = event.target instanceof Element ? event.target.closest("[data-lock-now]") : null;
    if (button) {
      event.preventDefault();
      lock();
    }
  });

  const bringBack = () => {
    const holder = document.querySelector("[data-kept]");
    if (!holder) return;
    let kept;
    try {
      kept = JSON.parse(holder.dataset.kept);
    } catch {
      return;
    }
    const form = Array.from(document.querySelectorAll("form[data-keep]")).find((form) => form.dataset.keep === kept.form);
    if (!form) return;
    for (const [name, value, checked] of kept.fields) {
      for (const control of form.elements) {
        if (control.name !== name) continue;
        if (control.type === "checkbox" || control.type === "radio") {
          if (control.value === value) control.checked = checked;
        } else {
          control.value = value;
        }
      }
    }
    countTicks();
  };

  const idle = Number(document.body.dataset.idle || 0) * 1000;
  if (idle > 0) {
    let last = Date.now();
    let told = Date.now();
    const alive = () => {
      last = Date.now();
      // The desk's own clock runs too: long typing on one page must not look like absence.
      if (last - told > idle / 4) {
        told = last;
        const token = lockForm()?.elements.token.value;
        fetch("/awake", { method: "POST", headers: { "x-desk-token": token }, credentials: "same-origin" }).catch(() => {});
      }
    };
    for (const kind of ["keydown", "pointerdown", "wheel", "touchstart"]) {
      document.addEventListener(kind, alive, { passive: true });
    }
    setInterval(() => {
      if (Date.now() - last > idle) lock();
    }, 1000);
  }

  // --- Small things.

  document.addEventListener("click", (event) => {
    const button = event.target instanceof Element ? event.target.closest("[data-copy]") : null;
    if (!button) return;
    const from = document.getElementById(button.dataset.copy);
    navigator.clipboard?.writeText(from.value || from.textContent).then(() => {
      button.querySelector("[data-done]")?.removeAttribute("hidden");
    });
  });

  // Selected words go into the list of passages that are cut, one line each.
  document.addEventListener("click", (event) => {
    const button = event.target instanceof Element ? event.target.closest("[data-take-selection]") : null;
    if (!button) return;
    const selection = String(document.getSelection() || "");
    const field = document.getElementById(button.dataset.takeSelection);
    const lines = selection.split("\n").map((line) => line.trim()).filter((line) => line !== "");
    if (lines.length === 0) return;
    field.value = [...field.value.split("\n").filter((line) => line !== ""), ...lines].join("\n");
    const details = field.closest("details");
    if (details) details.open = true;
  });

  // A code from a barcode scanner ends with Enter: the form goes, and the field is ready for the next one.
  document.addEventListener("htmx:afterSettle", () => {
    countTicks();
    document.querySelector("[data-again]")?.focus();
  });

  document.addEventListener("DOMContentLoaded", () => {
    countTicks();
    bringBack();
    const wrong = document.querySelector('[aria-invalid="true"]');
    if (wrong) wrong.focus();
  });
})();
