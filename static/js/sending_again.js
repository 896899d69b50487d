// Sends the form of the waiting page again, once. Without a script its button does.
(() => {
  "use strict";
  const form = document.querySelector("[data-sends-again]");
  form.querySelector("[role=status]").hidden = false;
  setTimeout(() => form.submit(), form.dataset.sendsAgain * 1000);
})();
