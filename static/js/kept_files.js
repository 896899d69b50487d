// Static files that a service worker keeps, for pages that start without a network. `self.KEPT` is from the server: which files,
// and whether their names have a hash, so that one that is there need not be asked for again.
(() => {
  "use strict";
  const { cache: NAME, files, isHashed, static: prefix } = self.KEPT;

  self.addEventListener("install", (event) => {
    event.waitUntil(
      caches
        .open(NAME)
        .then((cache) => cache.addAll(files))
        .then(() => self.skipWaiting()),
    );
  });

  const dropOutdated = async () => {
    const cache = await caches.open(NAME);
    for (const { url } of await cache.keys()) if (!files.includes(new URL(url).pathname)) await cache.delete(url);
    await self.clients.claim();
  };
  self.addEventListener("activate", (event) => event.waitUntil(dropOutdated()));

  const fileOf = async (request) => {
    const cache = await caches.open(NAME);
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

  // The server is up, but cannot answer.
  self.isAway = ({ status }) => [502, 503, 504].includes(status);
  // Answer pages by `pageOf`, and files from what is kept.
  self.answerBy = (pageOf) => {
    self.addEventListener("fetch", (event) => {
      const { request } = event;
      const url = new URL(request.url);
      if (request.method !== "GET" || url.origin !== self.location.origin) return;
      if (request.mode === "navigate") event.respondWith(pageOf(request));
      else if (url.pathname.startsWith(prefix)) event.respondWith(fileOf(request));
    });
  };
})();
