// Asks before somebody leaves the page of a part of the Action Plan with words that are not saved. All buttons of the page send
// them. Without this script the page says that they are not saved.
(() => {
  "use strict";
  const form = document.getElementById("part-form");
  let isSent = false;
  const isChanged = (field) => field.matches("textarea") && field.value !== field.defaultValue;
  form.addEventListener("submit", () => {
    isSent = true;
  });
  window.addEventListener("pageshow", () => {
    isSent = false;
  });
  window.addEventListener("beforeunload", (event) => {
    if (!isSent && ("unsaved" in form.dataset || [...form.elements].some(isChanged))) event.preventDefault();
  });
})();
