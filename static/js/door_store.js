// What the door keeps on this device, in IndexedDB (decision 60): scans until the server has answered them, the roster, which
// is encrypted, and how far the device's clock is from the server's. A scan is answered only once it is on the disk.
globalThis.Door = {}; // also in the service worker
(() => {
  "use strict";
  const { Door } = globalThis;
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
    }

    // Read what is on the disk: also what another tab left behind.
    async read() {
      if (!this.db) return;
      const rows = await asked(this.db.transaction("scans").objectStore("scans").getAll());
      for (const scan of rows.filter(({ n }) => !this.scans.has(n))) {
        if (scan.state === "done" && Date.now() - scan.keptAt > KEPT_HOURS * 3600e3) await this.remove(scan.n);
        else this.scans.set(scan.n, scan);
      }
    }

    // Write a scan, new or changed. Resolves when it is on the disk; if that is full, the scan lasts as long as the page.
    async put(scan) {
      try {
        const transaction = writing(this.db, "scans");
        const request = transaction.objectStore("scans").put(scan);
        await written(transaction);
        scan.n = request.result;
      } catch {
        this.isSafe = false;
        scan.n ||= --this.last;
      }
      this.scans.set(scan.n, scan);
      return scan;
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
    for (const { name, cookie } of await asked(kept.getAll())) {
      if (!cookie) continue;
      kept.delete(name);
      if (!globalThis.document) continue;
      // biome-ignore lint/suspicious/noDocumentCookie: Safari and Firefox have no cookieStore
      document.cookie = `${cookie}=; path=/check-in/; max-age=0`; // also where the page does not see it
    }
    await written(transaction);
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
      const isNews = Math.abs(at - this.now()) > 2000 || at - this.heardAt > 60e3;
      if (Math.abs(at - this.now()) > 1500) this.offset = at - Date.now(); // the header has no fractions of a second
      this.heardAt = at;
      if (isNews) this.store.keep({ name: "clock", offset: this.offset, heardAt: at });
    }

    // Never before the last answer: if the device's clock is put back meanwhile, a scan was still made after that.
    now() {
      return Math.max(Date.now() + this.offset, this.heardAt);
    }
  }

  Door.openClock = async (store) => new Clock(store, await store.kept("clock"));
})();
