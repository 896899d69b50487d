// Sends scans to the server in the order in which they were made, each until it is answered: the ID makes it count once. A scan
// that the server refuses to hear about is set aside, for somebody to look at, so that those behind it go on.
(() => {
  "use strict";
  const { Door } = window;
  const PATIENCE = 15e3; // milliseconds
  const PAUSE = 3e3; // milliseconds, before another try
  const LATE = 5e3; // milliseconds, after which somebody at the desk has turned to the next person
  // Answers of the server that agree with what was shown here before, by what was shown.
  const AGREES = {
    "": ["checked_in", "already"],
    noted: ["checked_in"],
    already_here: ["already", "checked_in", "undone"],
    unknown_here: [], // somebody was let in, and whatever became of it has to be seen
    no_seat_here: ["elsewhere"],
  };
  const REFUSED_FOR_GOOD = [400, 413];
  const isAway = ({ status }) => status >= 500 || status === 429;
  const isWaiting = (scan) => scan?.state === "waiting";
  // One tab sends at a time.
  const alone = (work) => (navigator.locks ? navigator.locks.request("door-queue", work) : work());

  class Queue {
    constructor(store, clock, door) {
      [this.store, this.clock, this.door] = [store, clock, door];
      [this.isSending, this.isSignedOut, this.current] = [false, false, ""];
      this.onAnswer = this.onChange = this.onSignedOut = () => {};
      addEventListener("online", () => this.send());
    }

    async add(scan) {
      await this.store.put({ ...scan, state: "waiting", keptAt: Date.now(), isTried: navigator.onLine });
      this.onChange();
      this.send();
    }

    // Take back a scan that was not answered yet. What may have reached the server is undone there, after its answer.
    async drop(scan) {
      const dropped = { ...scan, state: "waiting", isTried: true, isDropped: true };
      await this.store.change(scan.n, (it) => (it.isTried || !isWaiting(it) ? dropped : undefined));
      this.onChange();
      this.send();
    }

    // Send also what was set aside: somebody else may have signed in, or the session may be back.
    async tryAgain() {
      const stuck = [...this.store.scans.values()].filter(({ state }) => state === "stuck");
      for (const { n } of stuck) {
        await this.store.change(n, (it) => (it.state === "stuck" ? { ...it, state: "waiting" } : it));
      }
      await this.send();
    }

    async send() {
      if (this.isSending) return;
      this.isSending = true;
      clearTimeout(this.soon);
      try {
        if (this.isSignedOut || this.next()) await alone(() => this.sendAll());
      } catch {
        this.soon = setTimeout(() => this.send(), PAUSE);
      }
      this.isSending = false;
      this.onChange();
    }

    async sendAll() {
      if (this.isSignedOut) await this.checkSignedIn();
      for (let next = this.next(); next; next = this.next()) {
        if (this.clock.isDoubtful) await this.askForTime();
        await this.sendOne(next);
      }
    }

    next() {
      return this.store.waiting()[0];
    }

    // How long a scan has waited is only known by a clock that is right now.
    async askForTime() {
      this.clock.hear(await fetch(this.door.worker, { cache: "no-store", signal: AbortSignal.timeout(PATIENCE) }));
    }

    // Ask for the page itself, which also brings the token of a session that was begun meanwhile. Throws if the visitor is
    // signed out, or may not see this door.
    async checkSignedIn() {
      const shell = await fetch(this.door.shell, { signal: AbortSignal.timeout(PATIENCE) });
      if (isAway(shell)) throw new Error(shell.statusText);
      if (shell.redirected || !shell.ok) this.signOut();
      this.isSignedOut = false;
    }

    signOut() {
      if (!this.isSignedOut) this.onSignedOut();
      this.isSignedOut = true;
      throw new Error("signed out");
    }

    async sendOne({ n }) {
      const scan = await this.store.change(n, (it) => (isWaiting(it) && !it.isTried ? { ...it, isTried: true } : it));
      if (!isWaiting(scan)) return; // another tab has sent it
      let heard = await this.post(scan);
      if (heard.text === null) {
        await this.checkSignedIn();
        heard = await this.post(scan); // with the token that came with the page
      }
      if (heard.text === null) await this.setAside(scan, heard.status);
      else await this.settle(scan, heard.text);
    }

    // Resolves to the status and the answer: "" if the scan is refused for good, null if it is not heard.
    async post(scan) {
      const response = await fetch(scan.url, {
        method: "POST",
        body: this.bodyOf(scan),
        headers: { "HX-Request": "true" },
        signal: AbortSignal.timeout(PATIENCE),
      });
      const text = await response.text();
      this.clock.hear(response);
      const { status } = response;
      if (text.includes("data-answer")) return { status, text };
      if (isAway(response)) throw new Error(response.statusText);
      if (response.redirected) this.signOut();
      return { status, text: REFUSED_FOR_GOOD.includes(status) ? "" : null };
    }

    // The session has another address now, or whoever is signed in may not check people in there.
    async setAside({ n, isRehearsal }, status) {
      await this.store.change(n, (it) => (isRehearsal ? undefined : { ...it, state: "stuck", status }));
      this.onChange();
    }

    bodyOf(scan) {
      const token = document.cookie.match(/(?:^|; )(?:__Host-)?csrftoken=([^;]+)/); // another one after signing in again
      const body = new FormData();
      body.set("csrfmiddlewaretoken", token ? token[1] : (this.door.token ?? ""));
      for (const name of ["code", "participant", "name", "anyway"]) if (scan[name]) body.set(name, scan[name]);
      if (scan.kind === "undo") return body;
      const sentAt = Date.now();
      body.set("scan_id", scan.id);
      body.set("made_at", new Date(sentAt - this.clock.waited(scan)).toISOString());
      body.set("sent_at", new Date(sentAt).toISOString());
      return body;
    }

    async settle(scan, text) {
      const page = new DOMParser().parseFromString(text, "text/html");
      const kind = page.querySelector("[data-answer]")?.dataset.answer ?? "invalid";
      const isCurrent = scan.id === this.current;
      const isTimely = isCurrent && this.clock.waited(scan) < LATE;
      // As it is now: somebody may have taken it back while it was sent.
      const settled = await this.store.change(scan.n, (it) => settledBy(it, page, kind, isTimely));
      if (isWaiting(settled)) return;
      this.onAnswer(scan, { text, kind, isCurrent });
      this.onChange();
    }
  }

  // What is kept of a scan that the server has answered.
  const settledBy = (scan, page, kind, isTimely) => {
    const undo = page.querySelector("form[data-undo]")?.getAttribute("action");
    if (scan.isDropped && undo) return { ...scan, kind: "undo", url: undo, isDropped: false };
    const { n, id, door, keptAt, shown = "" } = scan;
    const kept = { n, id, door, keptAt, undo };
    if (["checked_in", "already"].includes(kind) && !scan.isDropped) kept.number = scan.number;
    const agrees = scan.kind === "undo" || scan.isRehearsal || AGREES[shown].includes(kind);
    if (agrees || isTimely || scan.isDropped) return { ...kept, state: "done" };
    const name = page.querySelector(".verdict__name")?.textContent.trim() || scan.label;
    const texts = page.querySelectorAll("[data-answer] > p:not(.verdict__name, .quiet)");
    const is = [...texts].map((it) => it.textContent.replace(/\s+/g, " ").trim()).join(" · ");
    return { ...kept, state: "differs", name, shown, is };
  };

  Door.openQueue = (store, clock, door) => new Queue(store, clock, door);
})();
