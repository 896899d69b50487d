// What the door keeps on this device, in IndexedDB (decision 60): scans until the server has answered them, the roster, which
// is encrypted, and how far the device's clock is from the server's. A scan is answered only once it is on the disk.
globalThis.Door = {}; // also in the service worker
(() => {
  "use strict";
  const { Door } = globalThis;
  const DOUBTFUL = 60e3; // milliseconds
  const KEPT_HOURS = 24; // scans that were answered, so that "already, on this device" outlives a reload

  const asked = (request) =>
    new Promise((resolve, reject) => {
      request.onsuccess = () => resolve(request.result);
      request.onerror = () => reject(request.error);
    });
  const written = (transaction) =>
    new Promise((resolve, reject) => {
      transaction.oncomplete = resolve;
      transaction.onerror = transaction.onabort = () => reject(transaction.error);
    });
  const open = () => {
    const request = indexedDB.open("door", 1);
    request.onupgradeneeded = () => {
      request.result.createObjectStore("scans", { keyPath: "n", autoIncrement: true });
      request.result.createObjectStore("kept", { keyPath: "name" });
    };
    return asked(request);
  };
  const writing = (db, name) => db.transaction(name, "readwrite", { durability: "strict" });

  Door.seal = async (key, value) => {
    const iv = crypto.getRandomValues(new Uint8Array(12));
    const text = new TextEncoder().encode(JSON.stringify(value));
    return { iv, sealed: await crypto.subtle.encrypt({ name: "AES-GCM", iv }, key, text) };
  };
  Door.unseal = async (key, { iv, sealed }) =>
    JSON.parse(new TextDecoder().decode(await crypto.subtle.decrypt({ name: "AES-GCM", iv }, key, sealed)));

  class Store {
    constructor(db) {
      [this.db, this.isSafe] = [db, Boolean(db)];
      this.scans = new Map(); // in the order of scanning
      this.last = 0;
      this.nWriting = 0;
    }

    // Whether a scan would be lost with the page: it is not on the disk yet, or the disk has refused it.
    get isAtRisk() {
      return this.nWriting > 0 || (!this.isSafe && this.unsettled().length > 0);
    }

    // Read what is on the disk: also what another tab has changed. If that is full, what this page knows is newer.
    async read() {
      if (!this.db) return;
      const rows = await asked(this.db.transaction("scans").objectStore("scans").getAll());
      if (this.isSafe) this.scans.clear();
      for (const scan of rows) if (!this.scans.has(scan.n)) this.scans.set(scan.n, scan);
      const isOver = ({ state, keptAt }) => state === "done" && Date.now() - keptAt > KEPT_HOURS * 3600e3;
      for (const { n } of rows.filter(isOver)) await this.remove(n);
    }

    // Write a scan, new or changed. Resolves when it is on the disk; if that is full, the scan lasts as long as the page.
    async put(scan) {
      this.nWriting += 1;
      try {
        const transaction = writing(this.db, "scans");
        const request = transaction.objectStore("scans").put(scan);
        await written(transaction);
        scan.n = request.result;
      } catch {
        this.isSafe = false;
        scan.n ||= --this.last;
      }
      this.nWriting -= 1;
      this.scans.set(scan.n, scan);
      return scan;
    }

    // Change a scan as it is on the disk, in one step: another tab may have changed it. `changed` returns what to write, or
    // nothing to remove it. Resolves to what is there now; undefined if it is gone.
    async change(n, changed) {
      if (!this.isSafe) {
        const known = this.scans.get(n);
        const next = known && changed(known);
        if (next && next !== known) await this.put(next);
        else if (known && !next) await this.remove(n);
        return next;
      }
      let next;
      try {
        const transaction = writing(this.db, "scans");
        const scans = transaction.objectStore("scans");
        const known = await asked(scans.get(n));
        next = known && changed(known);
        if (next && next !== known) scans.put(next);
        else if (known && !next) scans.delete(n);
        await written(transaction);
      } catch {
        this.isSafe = false;
        return this.change(n, changed);
      }
      if (next) this.scans.set(n, next);
      else this.scans.delete(n);
      return next;
    }

    async remove(n) {
      this.scans.delete(n);
      if (!this.db) return;
      const transaction = writing(this.db, "scans");
      transaction.objectStore("scans").delete(n);
      await written(transaction);
    }

    waiting() {
      return [...this.scans.values()].filter(({ state }) => state === "waiting").sort((a, b) => a.n - b.n);
    }

    // What is still on this device: what waits, and what the server does not accept.
    unsettled() {
      return [...this.scans.values()].filter(({ state }) => state === "waiting" || state === "stuck");
    }

    async kept(name) {
      return this.db ? asked(this.db.transaction("kept").objectStore("kept").get(name)) : undefined;
    }

    async keep(row) {
      if (!this.db) return;
      const transaction = writing(this.db, "kept");
      transaction.objectStore("kept").put(row);
      await written(transaction);
    }
  }

  Door.openStore = async () => {
    try {
      const store = new Store(await open());
      await store.read();
      navigator.storage?.persist?.();
      return store;
    } catch {
      return new Store(null); // a browser that keeps nothing: scans last as long as the page
    }
  };

  // Forget the rosters, the keys they are kept under, and the pages. Scans that wait stay, and are sent by whoever signs in next.
  Door.forget = async () => {
    if (globalThis.caches) await caches.delete("door-pages");
    const store = await Door.openStore();
    if (!store.db) return;
    const transaction = writing(store.db, "kept");
    const kept = transaction.objectStore("kept");
    const cookies = [];
    for (const { name, cookie } of await asked(kept.getAll())) {
      if (!cookie) continue;
      kept.delete(name);
      cookies.push(cookie);
      if (!globalThis.document) continue;
      // biome-ignore lint/suspicious/noDocumentCookie: Safari and Firefox have no cookieStore
      document.cookie = `${cookie}=; path=/check-in/; max-age=0`; // also where the page does not see it
    }
    await written(transaction);
    // The service worker, too: once it has deleted the roster, the page no longer knows the cookie's name.
    for (const name of cookies) await globalThis.cookieStore?.delete({ name, path: "/check-in/" });
    for (const scan of [...store.scans.values()]) if (scan.state === "done") await store.remove(scan.n);
    store.db.close();
  };

  // The time by the server, as far as the device can know it: its own clock, and how far that was off at the last answer.
  class Clock {
    constructor(store, { offset = 0, heardAt = 0 } = {}) {
      [this.store, this.offset, this.heardAt] = [store, offset, heardAt];
    }

    hear(response) {
      const at = Date.parse(response.headers.get("Date"));
      if (!at) return;
      const isOff = Math.abs(at - Date.now() - this.offset) > 1500; // the header has no fractions of a second
      const isNews = isOff || at - this.heardAt > 60e3;
      if (isOff) this.offset = at - Date.now();
      [this.heardAt, this.heardOn] = [at, { device: Date.now(), page: performance.now() }];
      if (isNews) this.store.keep({ name: "clock", offset: this.offset, heardAt: at });
    }

    // Whether the server has to be asked: it has said nothing for a minute, or the device's clock was put right since.
    get isDoubtful() {
      if (!this.heardOn) return true;
      const passed = performance.now() - this.heardOn.page;
      return passed > DOUBTFUL || Math.abs(Date.now() - this.heardOn.device - passed) > 1500;
    }

    // What tells later when a scan was made: by the server's time as far as it is known, the device's, and the page's.
    stamp() {
      const [deviceAt, pageAt, page] = [Date.now(), performance.now(), performance.timeOrigin];
      return { madeAt: this.now(), deviceAt, pageAt, page, wasHeard: this.heardAt > 0 };
    }

    // How many milliseconds ago a scan was made. If the device's clock was put right since the answer before the scan, the
    // scan may have been made before that or after: the page's own seconds tell, if it is still the same page.
    waited({ madeAt, deviceAt, pageAt, page, wasHeard }) {
      const waits = [this.now() - madeAt, Date.now() - deviceAt];
      if (!wasHeard) waits.reverse();
      const isSamePage = page === performance.timeOrigin;
      const passed = isSamePage ? performance.now() - pageAt : 0;
      const possible = waits.filter((it) => it > passed - 1500);
      return Math.max(passed, (isSamePage ? possible.sort((a, b) => a - b)[0] : possible[0]) ?? 0);
    }

    // Never before the last answer: if the device's clock is put back meanwhile, a scan was still made after that.
    now() {
      return Math.max(Date.now() + this.offset, this.heardAt);
    }
  }

  Door.openClock = async (store) => new Clock(store, await store.kept("clock"));
})();
