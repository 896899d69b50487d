// The page of a kiosk that has no network: it goes on as soon as the server answers.
(() => {
  "use strict";
  const EVERY = 5000; // ms
  const goOn = async () => {
    try {
      const response = await fetch(location.href, { cache: "no-store", signal: AbortSignal.timeout(EVERY) });
      if (response.status < 500) location.reload();
    } catch {
      /* still away */
    }
    setTimeout(goOn, EVERY);
  };
  addEventListener("online", goOn);
  setTimeout(goOn, EVERY);
})();
