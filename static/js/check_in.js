// The check-in desk. A scan gets its id and its time on the device, and is uploaded until an answer comes: the id makes
// it count once.
(() => {
  "use strict";
  const door = document.querySelector("[data-door]");
  const [answer, count, found, latest, waiting] = ["answer", "count", "found", "latest", "waiting"].map((id) =>
    document.getElementById(id),
  );
  const queue = [];
  let isSending = false;
  let isSignedOut = false;

  const newId = () =>
    crypto.randomUUID
      ? crypto.randomUUID()
      : ([1e7] + -1e3 + -4e3 + -8e3 + -1e11).replace(/[018]/g, (c) =>
          (c ^ (crypto.getRandomValues(new Uint8Array(1))[0] & (15 >> (c / 4)))).toString(16),
        );
  const showWaiting = () => {
    waiting.hidden = !queue.length;
    waiting.textContent = queue.length
      ? (isSignedOut ? door.dataset.signedOut : door.dataset.waiting).replace("{n}", queue.length)
      : "";
  };
  let soon;
  const followOthers = async () => {
    if (document.hidden || latest.contains(document.activeElement)) return; // somebody is about to press a button in it
    try {
      const response = await fetch(count.dataset.url, { redirect: "error" });
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
  setInterval(followOthers, 10000); // other desks scan, too
  const send = async () => {
    if (isSending || !queue.length) return;
    isSending = true;
    const { url, body } = queue[0];
    if (body.has("scan_id")) body.set("sent_at", new Date().toISOString());
    const token = document.cookie.match(/(?:^|; )(?:__Host-)?csrftoken=([^;]+)/); // another one after signing in again
    body.set("csrfmiddlewaretoken", token ? token[1] : codeForm.elements.csrfmiddlewaretoken.value);
    try {
      const response = await fetch(url, { method: "POST", body, headers: { "HX-Request": "true" } });
      const text = await response.text();
      isSignedOut = !text.includes("data-answer") && response.status < 500;
      if (!text.includes("data-answer")) throw new Error(response.statusText);
      queue.shift();
      answer.innerHTML = text;
      answer.scrollIntoView({ block: "nearest" }); // whoever chose a name is further down
      clearTimeout(soon);
      soon = setTimeout(followOthers, 500);
      if (navigator.vibrate) navigator.vibrate(answer.querySelector(".verdict--yes") ? 60 : [80, 60, 80]);
      isSending = false;
      showWaiting();
      send();
    } catch {
      isSending = false;
      showWaiting();
      isSignedOut = false;
      setTimeout(send, 3000);
    }
  };
  const scan = (form, code) => {
    const body = new FormData(form);
    if (code) body.set("code", code);
    body.set("scan_id", newId());
    body.set("made_at", new Date().toISOString());
    queue.push({ url: form.action, body });
    send();
  };

  const codeForm = document.querySelector(".door__form[data-scan]");
  document.addEventListener("submit", async (event) => {
    const form = event.target;
    if (form.matches("[data-scan]")) {
      event.preventDefault();
      scan(form);
      if (form === codeForm) {
        form.elements.code.value = "";
        form.elements.code.focus();
      }
    } else if (form.matches("[data-undo]")) {
      event.preventDefault();
      queue.push({ url: form.action, body: new FormData(form) });
      if (latest.contains(form)) answer.focus({ preventScroll: true }); // the list goes on without this row
      send();
    }
  });

  const search = document.querySelector("[data-search]");
  let timer;
  let asking; // a search under way: its answer is dropped once something else is typed
  search.elements.q.addEventListener("input", () => {
    clearTimeout(timer);
    asking?.abort();
    found.replaceChildren(); // people found by the letters before must not be pressed under these
    timer = setTimeout(async () => {
      const mine = new AbortController();
      asking = mine;
      try {
        const url = `${search.action}?${new URLSearchParams(new FormData(search))}`;
        const text = await (await fetch(url, { headers: { "HX-Request": "true" }, signal: mine.signal })).text();
        if (!mine.signal.aborted) found.innerHTML = text;
      } catch {
        /* the button can be pressed instead */
      }
    }, 250);
  });

  const camera = document.querySelector("[data-camera]");
  if (!("BarcodeDetector" in window) || !navigator.mediaDevices) return;
  camera.hidden = false;
  camera.querySelector("[data-camera-start]").addEventListener("click", async ({ currentTarget }) => {
    const video = camera.querySelector("video");
    try {
      video.srcObject = await navigator.mediaDevices.getUserMedia({ video: { facingMode: "environment" } });
      await video.play();
    } catch {
      currentTarget.replaceWith(door.dataset.cameraRefused);
      return;
    }
    video.hidden = false;
    currentTarget.hidden = true;
    const detector = new BarcodeDetector({ formats: ["qr_code"] });
    let [last, lastAt] = ["", 0];
    const look = async () => {
      const [code] = await detector.detect(video).catch(() => []);
      if (code && (code.rawValue !== last || Date.now() - lastAt > 4000)) {
        [last, lastAt] = [code.rawValue, Date.now()];
        scan(codeForm, code.rawValue);
      }
      setTimeout(look, 200);
    };
    look();
  });
})();
