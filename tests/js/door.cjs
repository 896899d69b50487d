// Runs the door's store, clock and queue without a browser, against a server that is played here. Prints what happened as JSON.
const fs = require("node:fs");
const path = require("node:path");
const { mock } = require("node:test");

const { test, args } = JSON.parse(fs.readFileSync(0, "utf8"));
const HOUR = 3600e3;
const real = Date.now();
const device = { off: 0, now: () => real + page.now() + device.off }; // hours off, in milliseconds
const page = { passed: 0, now: () => page.passed };
mock.method(Date, "now", device.now);
mock.method(performance, "now", page.now);
Object.assign(globalThis, { window: globalThis, document: { cookie: "" }, addEventListener() {} });

// As much of IndexedDB as the door uses, and locks: shared by all tabs, which have a store and a queue each.
const disk = { scans: new Map(), kept: new Map() };
const later = (target, event, result) => {
  Object.assign(target, { result });
  setTimeout(() => target[event]?.());
  return target;
};
const objectStore = (name) => ({
  get: (key) => later({}, "onsuccess", disk[name].get(key)),
  getAll: () => later({}, "onsuccess", [...disk[name].values()]),
  delete: (key) => later({}, "onsuccess", disk[name].delete(key)),
  put: (row) => {
    const key = name === "scans" ? (row.n ?? disk.scans.size + 1) : row.name;
    disk[name].set(key, name === "scans" ? { ...row, n: key } : row);
    return later({}, "onsuccess", key);
  },
});
// Completes once nothing more is asked of it.
const transaction = () => {
  if (disk.isFull) throw new Error("the disk is full");
  const it = { objectStore };
  setTimeout(() => setTimeout(() => setTimeout(() => it.oncomplete?.())));
  return it;
};
globalThis.indexedDB = { open: () => later({}, "onsuccess", { transaction }) };
let last = Promise.resolve();
const locks = {
  request: (_name, work) => {
    const mine = last.then(work);
    last = mine.catch(() => {});
    return mine;
  },
};
Object.defineProperty(globalThis, "navigator", { value: { onLine: true, locks }, configurable: true });
// Of an answer the queue only reads what kind it is.
globalThis.DOMParser = class {
  parseFromString(text) {
    const answer = text.match(/data-answer="(.*)"/)?.[1];
    return {
      querySelector: (it) => (it === "[data-answer]" && answer ? { dataset: { answer } } : null),
      querySelectorAll: () => [],
    };
  }
};
const server = { posted: [], answers: {}, shell: 200 };
globalThis.fetch = async (url, { method = "GET", body } = {}) => {
  const headers = { Date: new Date(real + page.now()).toUTCString() };
  const reply = (status, text = "", redirected = false) =>
    Object.defineProperty(new Response(text, { status, headers }), "redirected", { value: redirected });
  if (method === "GET") return reply(url === "/shell/" ? server.shell : 200);
  const [made, sent] = ["made_at", "sent_at"].map((it) => Date.parse(body.get(it)));
  server.posted.push({ url, code: body.get("code"), waited: Math.round((sent - made) / 1000) });
  const { status, redirected, kind = "checked_in" } = server.answers[url] ?? { status: 200 };
  return reply(status, status === 200 && !redirected ? `<p data-answer="${kind}">` : "", redirected);
};
if (args.isOld) {
  AbortSignal.timeout = undefined;
  Object.defineProperty(crypto, "randomUUID", { value: undefined, writable: true });
}
for (const name of ["older_browsers", "door_store", "door_queue", "door_lists"]) {
  require(path.join(__dirname, `../../static/js/${name}.js`));
}
const { Door } = globalThis;

const start = async () => {
  const store = await Door.openStore();
  const clock = await Door.openClock(store);
  const queue = Door.openQueue(store, clock, { shell: "/shell/", worker: "/worker.js" });
  const told = { signedOut: 0 };
  queue.onSignedOut = () => {
    told.signedOut += 1;
  };
  const send = async () => {
    await queue.send();
    clearTimeout(queue.soon);
  };
  const scan = async (code, url, shown = "noted") => {
    const about = { door: url, title: `At ${url}`, kind: "scan", shown, label: code };
    const scanned = { ...clock.stamp(), id: crypto.randomUUID(), code, url, ...about };
    await store.put({ ...scanned, state: "waiting", keptAt: Date.now() });
  };
  return { store, clock, queue, told, send, scan };
};

const tests = {
  // The first door answers as given, the second accepts.
  async refused({ status, redirected, shell }) {
    Object.assign(server, { shell, answers: { "/gone/": { status, redirected } } });
    const { store, told, send, scan } = await start();
    await scan("A", "/gone/");
    await scan("B", "/here/");
    await send();
    const states = [...store.scans.values()].map(({ state }) => state);
    return { states, signedOut: told.signedOut };
  },
  // What the list of scans that are not accepted says of one from a door that answers with this status.
  async stuck({ status }) {
    server.answers["/gone/"] = { status };
    const { store, clock, send, scan } = await start();
    await scan("A", "/gone/");
    await send();
    const [{ name, title, reason, madeAt }] = Door.stuckRows([...store.scans.values()], clock);
    return { name, title, reason, isToday: Math.abs(madeAt - Date.now()) < 120e3, unsettled: store.unsettled().length };
  },
  // Scans at two doors and one that was taken back wait: as many are listed as are counted, the last first.
  async waiting({ n }) {
    const { store, scan } = await start();
    for (let it = 0; it < n; it += 1) await scan(`A${it}`, it % 2 ? "/here/" : "/there/");
    await store.change(1, (it) => ({ ...it, isDropped: true }));
    const rows = Door.waitingRows(store.waiting(), "/here/");
    return { counted: store.waiting().length, listed: rows.length, first: rows[0], last: rows.at(-1) };
  },
  // Whether leaving the page would lose a scan: while it is written, once it is, and if the disk is full.
  async leaving() {
    const { store, scan } = await start();
    const writing = scan("A", "/here/");
    const risks = [store.isAtRisk];
    await writing;
    risks.push(store.isAtRisk);
    disk.isFull = true;
    await scan("B", "/here/");
    return [...risks, store.isAtRisk];
  },
  // A scan is answered by the server after the person has gone in.
  async settled({ shown, kind }) {
    server.answers["/here/"] = { status: 200, kind };
    const { store, send, scan } = await start();
    await scan("A", "/here/", shown);
    await send();
    return [...store.scans.values()].map(({ state, name }) => [state, name ?? ""]);
  },
  // A scan is made a minute before it is sent, and the clock put right before or after it.
  async clock({ learned, before, after, reloaded }) {
    device.off = learned * HOUR;
    const { clock, send, scan, queue } = await start();
    if (learned) await queue.askForTime();
    device.off += before * HOUR;
    await scan("A", "/here/");
    page.passed += 60e3;
    device.off += after * HOUR;
    if (reloaded) {
      for (const it of disk.scans.values()) it.page -= 1;
      clock.heardOn = undefined;
    }
    await send();
    return server.posted;
  },
  // Two tabs know of the same scans: one sends them, the other takes one back and sends.
  async tabs() {
    const first = await start();
    for (const code of ["A", "B"]) await first.scan(code, "/here/");
    const second = await start();
    await Promise.all([first.send(), second.send()]);
    const posted = server.posted.map(({ code }) => code);
    await first.scan("C", "/here/");
    await second.store.read();
    const [taken] = second.store.waiting();
    await second.queue.drop(taken);
    await first.send();
    const known = [...second.store.scans.values()].map(({ state }) => state);
    return { posted, after: server.posted.slice(2).map(({ code }) => code), known };
  },
};
tests[test](args).then((it) => console.log(JSON.stringify(it)));
