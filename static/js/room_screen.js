// The screen in a session's room. It asks every two seconds what is new; a code that may be outdated is hidden.
(() => {
  "use strict";
  const EVERY = 2000; // ms
  const OUTDATED_AFTER = 20000; // ms: by then another code is shown elsewhere
  const room = document.querySelector("[data-room]");
  const [now, lost, full] = ["[data-now]", "[data-lost]", "[data-full]"].map((it) => room.querySelector(it));
  let [version, heardAt] = ["", Date.now()];

  const hide = (isLost) => {
    lost.hidden = !isLost;
    const code = room.querySelector("[data-code]");
    if (code) code.hidden = isLost;
  };
  const ask = async () => {
    try {
      const response = await fetch(room.dataset.url, {
        cache: "no-cache",
        redirect: "error",
        signal: AbortSignal.timeout(10000),
      });
      if (!response.ok) throw new Error(response.statusText);
      const newest = response.headers.get("ETag");
      const text = await response.text();
      if (!newest || newest !== version) now.innerHTML = text;
      [version, heardAt] = [newest, Date.now()];
      hide(false);
    } catch {
      hide(Date.now() - heardAt > OUTDATED_AFTER);
    }
    setTimeout(ask, EVERY);
  };
  setTimeout(ask, EVERY);

  const stayAwake = async () => {
    try {
      if (!document.hidden) await navigator.wakeLock?.request("screen");
    } catch {
      /* the battery is low: the screen may go dark */
    }
  };
  document.addEventListener("visibilitychange", stayAwake);
  stayAwake();
  if (document.documentElement.requestFullscreen) {
    full.hidden = false;
    full.addEventListener("click", () => document.documentElement.requestFullscreen().catch(() => {}));
    document.addEventListener("fullscreenchange", () => {
      full.hidden = Boolean(document.fullscreenElement);
    });
  }
})();
