// On the page that signs out: what the door keeps on this device is forgotten, but for scans that were not sent yet.
(async () => {
  "use strict";
  const { Door } = window;
  const warning = document.querySelector("[data-unsent]");
  const store = await Door.openStore();
  const n = store.unsettled().length;
  warning.hidden = !n;
  warning.querySelector("p").textContent = warning.dataset.unsent.replace("{n}", n);
  const form = document.querySelector("form[action][method=post]");
  form.addEventListener("submit", async (event) => {
    event.preventDefault();
    await Door.forget().catch(() => {});
    form.submit();
  });
})();
