// The service worker of a kiosk. Without a network it shows a page that says so, and goes on by itself: nothing of an edition or of
// people is kept here (decision 65).
(() => {
  "use strict";
  const { cache, away } = self.KEPT;
  const PATIENCE = 8000; // milliseconds for a page

  const pageOf = async (request) => {
    const kept = await (await caches.open(cache)).match(away);
    const late = new Promise((resolve) => setTimeout(resolve, PATIENCE, kept));
    const asked = fetch(request).then(
      (response) => (self.isAway(response) ? kept : response),
      () => kept,
    );
    const page = await Promise.race([asked, late]);
    return page ?? asked; // the browser has emptied what it kept
  };
  self.answerBy(pageOf);
})();
