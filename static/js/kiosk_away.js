// The page of a kiosk that has no network: it goes on as soon as the server answers.
(() => {
  "use strict";
  const EVERY = 5000; // ms
  const PATIENCE = 9000; // ms for an answer: the service worker itself waits for eight seconds
  let timer;
  const goOn = async () => {
    clearTimeout(timer);
    try {
      const response = await fetch(location.href, { cache: "no-store", signal: AbortSignal.timeout(PATIENCE) });
      if (response.status < 500) return location.reload();
    } catch {
      /* still away */
    }
    clearTimeout(timer);
    timer = setTimeout(goOn, EVERY);
  };
  addEventListener("online", goOn);
  timer = setTimeout(goOn, EVERY);
})();
