// Runs the service worker of a kiosk without a browser. Prints which page each answer of the network leads to, as JSON.
const fs = require("node:fs");
const path = require("node:path");

const { answers } = JSON.parse(fs.readFileSync(0, "utf8"));
const listeners = {};
const cache = { match: async () => new Response("away") };
Object.assign(globalThis, {
  self: globalThis,
  KEPT: { cache: "kiosk-static", files: ["/kiosk/away/"], isHashed: true, static: "/static/", away: "/kiosk/away/" },
  location: { origin: "https://site.example" },
  caches: { open: async () => cache },
  addEventListener: (name, listener) => {
    listeners[name] = listener;
  },
  setTimeout: (late, _after, value) => setImmediate(() => setImmediate(() => setImmediate(() => late(value)))),
});
const reply = {
  gone: () => Promise.reject(new TypeError("no network")),
  late: () => new Promise(() => {}),
};
for (const name of ["kept_files", "kiosk_worker"]) require(path.join(__dirname, `../../static/js/${name}.js`));

const shown = async (answer) => {
  globalThis.fetch = () => reply[answer]?.() ?? Promise.resolve(new Response(`page ${answer}`, { status: answer }));
  const request = { method: "GET", mode: "navigate", url: "https://site.example/kiosk/" };
  let page;
  listeners.fetch({
    request,
    respondWith: (it) => {
      page = it;
    },
  });
  return (await page).text();
};
(async () => {
  const pages = [];
  for (const answer of answers) pages.push(await shown(answer));
  console.log(JSON.stringify(pages));
})();
