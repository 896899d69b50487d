// Sends scans to the server in the order in which they were made, each until it is answered: the ID makes it count once.
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
    unknown_here: ["unknown", "wrong_edition", "withdrawn"],
    no_seat_here: ["elsewhere"],
  };
  const REFUSED_FOR_GOOD = [400, 413];

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
      if (scan.isTried) await this.store.put({ ...scan, isDropped: true });
      else await this.store.remove(scan.n);
      this.onChange();
    }

    async send() {
      if (this.isSending) return;
      this.isSending = true;
      clearTimeout(this.soon);
      try {
        if (this.isSignedOut) await this.askForToken();
        for (let next = this.next(); next; next = this.next()) await this.sendOne(next);
      } catch {
        this.soon = setTimeout(() => this.send(), PAUSE);
      }
      this.isSending = false;
      this.onChange();
    }

    next() {
      return this.store.waiting()[0];
    }

    // A page with a form brings the token of the session that was begun meanwhile.
    async askForToken() {
      const response = await fetch(this.door.shell);
      if (response.redirected || !response.ok) throw new Error("still signed out");
    }

    async sendOne(scan) {
      if (!scan.isTried) await this.store.put({ ...scan, isTried: true });
      const response = await fetch(scan.url, {
        method: "POST",
        body: this.bodyOf(scan),
        headers: { "HX-Request": "true" },
        signal: AbortSignal.timeout(PATIENCE),
      });
      const text = await response.text();
      this.clock.hear(response);
      const isAnswer = text.includes("data-answer");
      if (!isAnswer && !REFUSED_FOR_GOOD.includes(response.status)) {
        const isAway = response.status >= 500 || response.status === 429;
        if (!isAway && !this.isSignedOut) this.onSignedOut();
        this.isSignedOut = !isAway;
        throw new Error(response.statusText);
      }
      this.isSignedOut = false;
      await this.settle(this.store.scans.get(scan.n) ?? scan, isAnswer ? text : "");
    }

    bodyOf(scan) {
      const token = document.cookie.match(/(?:^|; )(?:__Host-)?csrftoken=([^;]+)/); // another one after signing in again
      const body = new FormData();
      body.set("csrfmiddlewaretoken", token ? token[1] : (this.door.token ?? ""));
      for (const name of ["code", "participant", "name", "anyway"]) if (scan[name]) body.set(name, scan[name]);
      if (scan.kind === "undo") return body;
      const waited = Math.max(0, this.clock.now() - scan.madeAt);
      body.set("scan_id", scan.id);
      body.set("made_at", new Date(Date.now() - waited).toISOString());
      body.set("sent_at", new Date().toISOString());
      return body;
    }

    async settle(scan, text) {
      const page = new DOMParser().parseFromString(text, "text/html");
      const kind = page.querySelector("[data-answer]")?.dataset.answer ?? "invalid";
      const undo = page.querySelector("form[data-undo]");
      const isCurrent = scan.id === this.current;
      const isTimely = isCurrent && this.clock.now() - scan.madeAt < LATE;
      const agrees = scan.kind === "undo" || scan.isRehearsal || AGREES[scan.shown ?? ""].includes(kind);
      if (scan.isDropped && undo) {
        await this.store.put({ ...scan, kind: "undo", url: undo.getAttribute("action"), isDropped: false });
        return;
      }
      const isIn = ["checked_in", "already"].includes(kind) && !scan.isDropped;
      const kept = { n: scan.n, id: scan.id, door: scan.door, keptAt: scan.keptAt, undo: undo?.getAttribute("action") };
      if (isIn) kept.number = scan.number;
      if (agrees || isTimely || scan.isDropped) {
        await this.store.put({ ...kept, state: "done" });
      } else {
        const name = page.querySelector(".verdict__name")?.textContent.trim() || scan.label;
        const texts = page.querySelectorAll("[data-answer] > p:not(.verdict__name, .quiet)");
        const is = [...texts].map((it) => it.textContent.replace(/\s+/g, " ").trim()).join(" · ");
        await this.store.put({ ...kept, state: "differs", name, shown: scan.shown ?? "", is });
      }
      this.onAnswer(scan, { text, kind, isCurrent });
      this.onChange();
    }
  }

  Door.openQueue = (store, clock, door) => new Queue(store, clock, door);
})();
