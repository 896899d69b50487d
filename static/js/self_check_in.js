// Self check-in: the phone's camera fills in the code and posts it.
(() => {
  "use strict";
  const panel = document.querySelector("[data-scanner]");
  const form = panel?.parentElement.querySelector("form");
  if (!form) return;
  const scanner = startScanner({
    panel,
    onCode: (code) => {
      scanner.stop();
      form.elements.code.value = code;
      form.requestSubmit();
    },
  });
})();
