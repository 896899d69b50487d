// The check-in desk. A scan gets its ID and its time here, is written to the disk, answered from the roster on this device, and
// sent until the server has answered. The large answer is always that of the last scan.
(async () => {
  "use strict";
  const { Door, startScanner, keepFocus } = window;
  const { partOf } = Door;
  const box = document.querySelector("[data-door]");
  const door = { ...box.dataset };
  const isRehearsal = "rehearsal" in door;
  const byId = (id) => document.getElementById(id);
  const [answer, count, found, latest, waiting] = ["answer", "count", "found", "latest", "waiting"].map(byId);
  const codeForm = document.querySelector(".door__form[data-scan]");
  const search = document.querySelector("[data-search]");
  door.token = codeForm.elements.csrfmiddlewaretoken.value;

  const store = await Door.openStore();
  const clock = await Door.openClock(store);
  const roster = await Door.openRoster(store, clock, door);
  const queue = Door.openQueue(store, clock, door);
  const lists = Door.openLists(store, clock, door);

  // What this device says about a scan before the server does; "" if it has no roster.
  const shownFor = (person, scan) => {
    if (!roster.isThere) return "";
    if (!person) return "unknown_here";
    const isKnown = [...store.scans.values()].some(
      (it) => it.door === door.door && it.number === person.number && !it.isDropped && it.shown !== "no_seat_here",
    );
    if (isKnown) return "already_here";
    return person.is_expected || scan.anyway ? "noted" : "no_seat_here";
  };

  const fragmentOf = (shown, person) => {
    const part = partOf(`[data-verdict="${shown}"]`, {});
    if (!person) return part;
    const about = partOf('[data-part="person"]', { name: person.name, city: person.city, pass: person.expo_pass });
    for (const seat of person.seats) {
      about.querySelector("[data-seats]").append(Object.assign(document.createElement("li"), { textContent: seat }));
    }
    part.firstElementChild.append(about);
    if (shown === "no_seat_here") {
      part.firstElementChild.append(partOf('[data-part="anyway"]', {}));
      point(part.querySelector("[data-pick]"), person);
    }
    return part;
  };
  // A button carries whom it was drawn for: number and name, which the server compares.
  const point = (button, { number, name }) => {
    Object.assign(button.dataset, { number, name });
  };

  const present = (content) => {
    if (typeof content === "string") answer.innerHTML = content;
    else answer.replaceChildren(content);
    answer.scrollIntoView({ block: "nearest" }); // whoever chose a name is further down
    const tone = ["yes", "known"].find((it) => answer.querySelector(`.verdict--${it}`)) ?? "no";
    scanner.answer(tone);
    navigator.vibrate?.(tone === "yes" ? 60 : [80, 60, 80]);
  };

  let soon = Promise.resolve();
  let nMaking = 0; // scans that are about to be written to the disk
  const next = (work) => {
    nMaking += 1;
    const made = soon.catch(() => {}).then(work); // one that fails stops none behind it
    soon = made.finally(() => {
      nMaking -= 1;
    });
    return soon;
  };
  // One after the other, so that two scans of one person are "noted" and "already".
  const scan = (asked) => {
    const made = {
      ...asked,
      ...clock.stamp(),
      id: crypto.randomUUID(),
      url: door.door,
      door: door.door,
      title: door.title,
      kind: "scan",
      isRehearsal,
    };
    queue.current = made.id;
    return next(async () => {
      const person = await roster.personOf(made);
      const shown = shownFor(person, made);
      const about = { shown, number: person?.number, label: person?.name ?? made.name ?? made.code };
      await queue.add({ ...made, ...about });
      if (shown && queue.current === made.id) present(fragmentOf(shown, person));
    });
  };
  // The only way in for codes: the camera, a hardware scanner and the field.
  Door.handleScan = (code) => scan({ code });
  const panel = document.querySelector("[data-scanner]");
  const scanner = startScanner({ panel, onCode: Door.handleScan });

  const undo = (form) => {
    const name = form.querySelector(".visually-hidden") ?? answer.querySelector(".verdict__name");
    const label = name?.textContent.trim() ?? "";
    const about = {
      id: crypto.randomUUID(),
      url: form.getAttribute("action"),
      label,
      door: door.door,
      title: door.title,
    };
    const made = { ...clock.stamp(), ...about, kind: "undo" };
    queue.current = made.id;
    const undone = [...store.scans.values()].filter((it) => it.undo === made.url);
    next(async () => {
      for (const { n } of undone) await store.change(n, (it) => ({ ...it, number: undefined }));
      await queue.add(made);
    });
  };

  const showWaiting = () => {
    const n = store.waiting().length;
    const text = queue.isSignedOut ? door.signedOut : store.isSafe ? door.waiting : door.waitingHere;
    const isShown = n > 0 && (queue.isSignedOut || !navigator.onLine || clock.now() - store.waiting()[0].madeAt > 1500);
    waiting.hidden = !isShown && !queue.isSignedOut;
    waiting.querySelector("a").hidden = !queue.isSignedOut;
    if (!waiting.hidden) waiting.querySelector("p").textContent = text.replace("{n}", n);
    lists.show();
  };
  queue.onChange = showWaiting;

  let follow;
  queue.onAnswer = (_scan, { text, kind, isCurrent }) => {
    if (isCurrent && text) present(text);
    if (isCurrent && kind !== "invalid" && !roster.isThere) renew();
    clearTimeout(follow);
    follow = setTimeout(followOthers, 500);
  };
  const forget = async () => {
    roster.setPeople(null);
    for (const part of [answer, found, latest]) part.replaceChildren();
    await Door.forget();
  };
  queue.onSignedOut = forget;

  // The roster, and the page as it is without a network.
  const renew = async () => {
    if (queue.isSignedOut) return;
    try {
      if (!(await roster.renew())) {
        await forget();
      } else if (window.caches) {
        const shell = await fetch(door.shell);
        if (shell.ok && !shell.redirected) await (await caches.open("door-pages")).put(door.door, shell);
      }
    } catch {
      /* without a network, what is on the device lasts until its time is over */
    }
  };

  const followOthers = async () => {
    if (document.hidden) return;
    await store.read().then(() => queue.send()); // what another tab has left
    if (!count || latest.contains(document.activeElement)) return; // somebody is about to press a button in it
    try {
      const response = await fetch(count.dataset.url, { redirect: "manual" });
      clock.hear(response);
      if (response.type === "opaqueredirect") await renew(); // signed out, perhaps elsewhere
      if (!response.ok) return;
      const progress = new DOMParser().parseFromString(await response.text(), "text/html");
      for (const part of [count, latest]) {
        const now = progress.getElementById(part.id);
        if (now.textContent !== part.textContent) part.innerHTML = now.innerHTML;
      }
    } catch {
      /* the next request tries again */
    }
  };

  const SECOND_TAP = 1500; // milliseconds
  const isSecondTap = (button) => {
    const [before, now] = [button.tappedAt ?? -SECOND_TAP, performance.now()];
    button.tappedAt = now;
    return now - before < SECOND_TAP;
  };
  document.addEventListener("submit", (event) => {
    const form = event.target;
    if (form.matches("[data-scan]")) {
      event.preventDefault();
      if (form !== codeForm && isSecondTap(form)) return;
      const { code, participant, name, anyway } = Object.fromEntries(new FormData(form));
      if (form !== codeForm) {
        scan({ participant, name, anyway });
      } else if (code.trim()) {
        Door.handleScan(code);
        form.elements.code.value = "";
        form.elements.code.focus();
      }
    } else if (form.matches("[data-undo]")) {
      event.preventDefault();
      if (latest.contains(form)) answer.focus({ preventScroll: true }); // the list goes on without this row
      undo(form);
    }
  });
  document.addEventListener("click", async ({ target }) => {
    const button = target.closest("button");
    if (button?.matches("[data-pick]")) {
      if (isSecondTap(button)) return;
      const { number, name } = button.dataset;
      scan({ participant: number, name, anyway: "anyway" in button.dataset ? "1" : "" });
    } else if (button?.matches("[data-drop]")) {
      await queue.drop(store.scans.get(Number(button.dataset.n)));
      answer.replaceChildren();
    } else if (button?.matches("[data-again]")) {
      await queue.tryAgain();
    } else if (button?.matches("[data-seen]")) {
      await store.remove(Number(button.dataset.n));
      lists.show();
    } else if (button?.matches("[data-ask]")) {
      button.nextElementSibling.hidden = false; // "Discard for good"
      button.nextElementSibling.focus();
      button.hidden = true;
    }
  });
  addEventListener("beforeunload", (event) => {
    if (nMaking || store.isAtRisk) event.preventDefault(); // what is on the disk is sent later
  });

  let timer;
  let asking; // a search under way: its answer is dropped once something else is typed
  const showFound = (people) => {
    const list = Object.assign(document.createElement("ul"), { className: "people" });
    for (const person of people) {
      const row = partOf('[data-part="found"]', { name: person.name, city: person.city });
      point(row.querySelector("[data-pick]"), person);
      list.append(row);
    }
    found.replaceChildren(list);
  };
  const lookUp = (delay) => {
    clearTimeout(timer);
    asking?.abort();
    found.replaceChildren(); // people found by the letters before must not be pressed under these
    const people = roster.search(search.elements.q.value);
    if (people.length) {
      showFound(people);
      return;
    }
    timer = setTimeout(async () => {
      const mine = new AbortController();
      asking = mine;
      try {
        const url = `${search.action}?${new URLSearchParams(new FormData(search))}`;
        const text = await (await fetch(url, { headers: { "HX-Request": "true" }, signal: mine.signal })).text();
        if (!mine.signal.aborted) found.innerHTML = text;
      } catch {
        if (!mine.signal.aborted) found.textContent = door.notOnThisDevice;
      }
    }, delay);
  };
  search.elements.q.addEventListener("input", () => lookUp(250));
  search.addEventListener("submit", (event) => {
    event.preventDefault();
    lookUp(0);
  });

  const given = new URLSearchParams(location.search).get("code"); // from the phone's own camera
  if (given && "shownOffline" in door) codeForm.elements.code.value = given; // a link alone checks nobody in
  setInterval(followOthers, 5000); // other desks scan, too
  setInterval(renew, 300e3);
  showWaiting();
  queue.tryAgain();
  if (!("shownOffline" in door) || navigator.onLine) renew();
  if (window.isSecureContext)
    navigator.serviceWorker?.register(door.worker, { updateViaCache: "none" }).catch(() => {});
  if (!("BarcodeDetector" in window))
    for (const it of ["worker", "library", "wasm"]) fetch(panel.dataset[it]).catch(() => {}); // to be kept on the device
  box.dataset.ready = "";

  keepFocus(codeForm.elements.code);
})();
