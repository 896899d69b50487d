// The service worker of the door: its pages and files without a network. Nothing of people is in what it keeps: pages are kept
// as shells, which the door itself puts into "door-pages"; signing out deletes them.
(() => {
  "use strict";
  const { files, isHashed, static: prefix } = self.DOOR;
  const STATIC = "door-static";
  const PATIENCE = 2000; // milliseconds for a page, before the one on the device is shown
  const AWAY = [502, 503, 504];

  self.addEventListener("install", (event) => {
    event.waitUntil(
      caches
        .open(STATIC)
        .then((cache) => cache.addAll(files))
        .then(() => self.skipWaiting()),
    );
  });

  const dropOutdated = async () => {
    const cache = await caches.open(STATIC);
    for (const { url } of await cache.keys()) if (!files.includes(new URL(url).pathname)) await cache.delete(url);
    await self.clients.claim();
  };
  self.addEventListener("activate", (event) => event.waitUntil(dropOutdated()));

  const fileOf = async (request) => {
    const cache = await caches.open(STATIC);
    const known = await cache.match(request);
    if (known && isHashed) return known;
    try {
      const response = await fetch(request);
      if (response.ok) await cache.put(request, response.clone());
      return response;
    } catch (error) {
      if (known) return known;
      throw error;
    }
  };

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
        return AWAY.includes(response.status) ? shell : response;
      },
      () => shell,
    );
    return Promise.race([asked, late]);
  };

  self.addEventListener("fetch", (event) => {
    const { request } = event;
    const url = new URL(request.url);
    if (request.method !== "GET" || url.origin !== self.location.origin) return;
    if (request.mode === "navigate") event.respondWith(pageOf(request));
    else if (url.pathname.startsWith(prefix)) event.respondWith(fileOf(request));
  });
})();
