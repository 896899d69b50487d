// A kiosk: scan after scan, each answered for a few seconds. Without a network it says so: nothing is kept on the device.
(() => {
  "use strict";
  const SHOWN = 6000; // ms: the next person need not read the name of the one before
  const kiosk = document.querySelector("[data-kiosk]");
  const [answer, lost, form] = ["[data-answer-here]", "[data-lost]", "form"].map((it) => kiosk.querySelector(it));
  let timer;
  let isRefused = false; // revoked, or of a day that is over: nothing can be scanned here any longer

  const panel = kiosk.querySelector("[data-scanner]");
  const scanner = startScanner({ panel, onCode: (code) => send(code), startsAgain: true });
  const send = async (code) => {
    const body = new FormData(form);
    body.set("code", code);
    body.set("scan_id", crypto.randomUUID());
    try {
      const response = await fetch(form.action, {
        method: "POST",
        body,
        headers: { "HX-Request": "true" },
        signal: AbortSignal.timeout(10000),
      });
      const text = await response.text();
      if (!text.includes("data-tone")) throw new Error(response.statusText);
      answer.innerHTML = text;
      lost.hidden = true;
      scanner.answer(answer.querySelector("[data-tone]").dataset.tone);
      clearTimeout(timer);
      if (answer.querySelector("[data-refused]")) refuse();
      else timer = setTimeout(() => answer.replaceChildren(), SHOWN);
    } catch {
      answer.replaceChildren();
      lost.hidden = false;
      scanner.answer("no");
    }
  };
  const refuse = () => {
    isRefused = true;
    scanner.stop();
    for (const it of [panel, form]) it.remove();
  };
  form.addEventListener("submit", (event) => {
    event.preventDefault();
    send(form.elements.code.value);
    form.elements.code.value = "";
  });
  addEventListener("online", () => {
    lost.hidden = true;
  });
  addEventListener("offline", () => {
    lost.hidden = isRefused;
  });
  keepFocus(form.elements.code);
  // So that a reload without a network shows what to do, and goes on by itself.
  if (window.isSecureContext)
    navigator.serviceWorker?.register(kiosk.dataset.worker, { updateViaCache: "none" }).catch(() => {});
})();
