// The list of a sign-in sheet from the keyboard: arrows move, Enter ticks and goes on, letters find the
// next name that begins so, digits the person's number.
// Without this script it is a form with boxes.
(() => {
  "use strict";
  const form = document.querySelector("[data-ticks]");
  if (!form) return;
  const boxes = [...form.querySelectorAll('input[name="here"]')];
  const count = form.querySelector("[data-count]");
  const plain = (text) => text.normalize("NFD").replace(/\p{M}/gu, "").toLowerCase();
  const words = boxes.map((box) => [
    box.value,
    ...plain(box.closest("p").querySelector("[data-name]").textContent).trim().split(/\s+/),
  ]);
  const isBeginning = (n) => words[n].some((word) => word.startsWith(typed));
  let typed = "";
  let typedAt = 0;
  let isSaved = false;

  const was = new Set(form.elements.was.value.split(","));
  const changed = () => boxes.filter((box) => box.checked !== was.has(box.value)).length;
  const show = () => {
    const n = changed();
    count.textContent = n ? count.dataset.text.replace("{n}", n) : "";
  };
  const focus = (n) => {
    const box = boxes[Math.max(0, Math.min(n, boxes.length - 1))];
    box.focus();
    box.scrollIntoView({ block: "nearest" });
  };
  const find = (from, letter) => {
    const isNew = Date.now() - typedAt > 1000;
    typed = (isNew ? "" : typed) + plain(letter);
    typedAt = Date.now();
    const order = boxes.map((_box, i) => (from + i + (isNew ? 1 : 0)) % boxes.length);
    const n = order.find((i) => boxes[i].value === typed) ?? order.find(isBeginning);
    if (n !== undefined) focus(n);
  };

  form.addEventListener("change", show);
  form.addEventListener("submit", () => {
    isSaved = true;
  });
  window.addEventListener("beforeunload", (event) => {
    if (!isSaved && changed()) event.preventDefault();
  });
  form.addEventListener("keydown", (event) => {
    const n = boxes.indexOf(event.target);
    if (n < 0 || event.ctrlKey || event.metaKey || event.altKey) return;
    const steps = { ArrowDown: 1, ArrowUp: -1, PageDown: 10, PageUp: -10, Home: -boxes.length, End: boxes.length };
    if (event.key in steps) {
      focus(n + steps[event.key]);
    } else if (event.key === "Enter") {
      boxes[n].click();
      focus(n + 1);
    } else if (event.key.length === 1 && event.key !== " ") {
      find(n, event.key);
    } else {
      return;
    }
    event.preventDefault();
  });
  show(); // a browser may have kept ticks over a reload
})();
