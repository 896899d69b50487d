// Names what the stock admin leaves nameless to a screen reader (its search selects, its filter hints), and lets a box
// tick a whole group. In the programme table the end follows the start, and leaving it asks first. Closes menus by Escape, and when one looks elsewhere.
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
    for (const hint of document.querySelectorAll(".help-tooltip[aria-label]:not([role])"))
      hint.setAttribute("role", "img");
  };
  // jQuery calls handlers of the ready document in the order of their registration; the one that draws the selects was
  // registered before.
  window.addEventListener("DOMContentLoaded", () =>
    (window.django?.jQuery ?? ((now) => now()))(() => setTimeout(nameAll)),
  );
  window.addEventListener("load", () => setTimeout(nameAll)); // by then the pickers of permissions are drawn
  document.addEventListener("formset:added", () => setTimeout(nameAll));
  const menus = ".academy-filter[open], .academy-place__switch[open]";
  const closeMenus = (except) => {
    for (const menu of document.querySelectorAll(menus)) if (!menu.contains(except)) menu.open = false;
  };
  for (const event of ["click", "focusin"]) document.addEventListener(event, ({ target }) => closeMenus(target));
  document.addEventListener("keydown", ({ key, target }) => {
    if (key !== "Escape") return;
    target.closest(menus)?.querySelector("summary").focus();
    closeMenus(null);
  });
  const minutes = (time) => Number(time.slice(0, 2)) * 60 + Number(time.slice(3, 5));
  const clock = (n) => [Math.floor(n / 60), n % 60].map((part) => String(part).padStart(2, "0")).join(":");
  document.addEventListener("change", ({ target: start }) => {
    if (!start.matches("[data-follows] [name$='-start']")) return;
    const end = start.form.elements[start.name.replace(/start$/, "end")];
    const before = start.dataset.before ?? start.defaultValue;
    start.dataset.before = start.value;
    if (!before || !start.value || !end.value) return;
    const moved = minutes(end.value) + minutes(start.value) - minutes(before);
    if (moved > minutes(start.value) && moved < 24 * 60) end.value = clock(moved);
  });
  const table = document.querySelector("form[data-follows]");
  const askBeforeLeaving = (event) => event.preventDefault();
  table?.addEventListener("input", () => addEventListener("beforeunload", askBeforeLeaving), { once: true });
  table?.addEventListener("submit", () => removeEventListener("beforeunload", askBeforeLeaving));
  document.addEventListener("change", ({ target }) => {
    const boxes = (of) => target.closest("fieldset")?.querySelectorAll(of) ?? [];
    if (target.matches("[data-ticks-all]"))
      for (const box of boxes("ul:not([data-apart]) > li input, [data-ticks-all]")) box.checked = target.checked;
    if (target.checked || target.type !== "checkbox" || target.closest("[data-apart]")) return;
    for (let group = target.closest("fieldset"); group; group = group.parentElement.closest("fieldset"))
      for (const box of group.querySelectorAll(":scope > :not(div) [data-ticks-all]")) box.checked = false;
  });
})();
