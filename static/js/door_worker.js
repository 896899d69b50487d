// The service worker of the door: its pages and files without a network. Nothing of people is in what it keeps: pages are kept
// as shells, which the door itself puts into "door-pages"; signing out deletes them.
(() => {
  "use strict";
  const PATIENCE = 2000; // milliseconds for a page, before the one on the device is shown

  // Without a network, the list of sessions and the start of the installed app lead to the last door.
  const startOf = async (request, pages) => {
    const last = (await pages.keys()).pop();
    return fetch(request).catch((error) =>
      last ? Response.redirect(last.url + new URL(request.url).search) : Promise.reject(error),
    );
  };
  const pageOf = async (request) => {
    const pages = await caches.open("door-pages");
    const shell = await pages.match(request, { ignoreSearch: true });
    if (!shell) return startOf(request, pages);
    const late = new Promise((resolve) => setTimeout(resolve, PATIENCE, shell));
    const asked = fetch(request).then(
      async (response) => {
        if (response.type === "opaqueredirect") await self.Door.forget(); // signed out: a door leads nowhere else
        return self.isAway(response) ? shell : response;
      },
      () => shell,
    );
    return Promise.race([asked, late]);
  };

  self.answerBy(pageOf);
})();
