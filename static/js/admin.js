// Names for what the stock admin leaves nameless to a screen reader (its search selects, its filter hints); boxes that tick a
// whole group.
(() => {
  "use strict";
  const nameAll = () => {
    document.querySelectorAll("select.admin-autocomplete").forEach((select) => {
      const label = document.querySelector(`label[for="${select.id}"]`);
      const drawn = select.parentElement.querySelector(".select2-selection");
      if (!label || !drawn) return;
      const name = label.textContent.replace(/:\s*$/, "");
      drawn.setAttribute("aria-label", name);
      drawn.querySelector(".select2-selection__rendered").setAttribute("aria-label", name);
    });
    document.querySelectorAll(".help-tooltip[aria-label]:not([role])").forEach((hint) => hint.setAttribute("role", "img"));
  };
  // jQuery calls those who wait for the document in the order they asked; the selects are drawn by one who asked before.
  window.addEventListener("DOMContentLoaded", () => (window.django?.jQuery ?? ((now) => now()))(() => setTimeout(nameAll)));
  document.addEventListener("formset:added", () => setTimeout(nameAll));
  document.addEventListener("change", ({ target }) => {
    if (!target.matches("[data-ticks-all]")) return;
    target.closest("fieldset").querySelectorAll("li input").forEach((box) => { box.checked = target.checked; });
  });
})();
