// The roster of a session on this device: answers scans at once, with or without a network, and finds people by name.
// It is encrypted under a key that comes from a cookie, which the server sets for as long as the session lasts; signing out
// deletes the cookie.
(() => {
  "use strict";
  const { Door } = window;
  const ALPHABET = "0123456789ABCDEFGHJKMNPQRSTVWXYZ";
  const MOST_MATCHES = 12;

  const keyOf = async (cookie) => {
    const value = document.cookie.match(new RegExp(`(?:^|; )${cookie}=([0-9a-f]{64})`))?.[1];
    if (!value) return null;
    const bytes = Uint8Array.from(value.match(/../g), (pair) => Number.parseInt(pair, 16));
    return crypto.subtle.importKey("raw", bytes, "AES-GCM", false, ["encrypt", "decrypt"]);
  };
  // As badges.py reads codes: whole addresses, small letters, O for 0, I and L for 1.
  const digitsOf = (code) =>
    code
      .split(/code=/i)
      .pop()
      .replace(/[^\p{L}\p{N}]/gu, "")
      .toUpperCase()
      .replace(/O/g, "0")
      .replace(/[IL]/g, "1")
      .replace(/^0+/, "");
  const numberOf = (digits) => {
    let number = 0n;
    for (const digit of digits) {
      if (!ALPHABET.includes(digit)) return null;
      number = number * 32n + BigInt(ALPHABET.indexOf(digit));
    }
    return Number(number >> 40n);
  };
  const checkOf = async (digits) => {
    const hash = await crypto.subtle.digest("SHA-256", new TextEncoder().encode(digits));
    return [...new Uint8Array(hash, 0, 2)].map((byte) => byte.toString(16).padStart(2, "0")).join("");
  };
  const plain = (text) =>
    text
      .normalize("NFD")
      .replace(/\p{M}/gu, "")
      .toLowerCase()
      .split(/[^\p{L}\p{N}]+/u)
      .filter(Boolean);

  class Roster {
    constructor(store, clock, door) {
      [this.store, this.clock, this.url, this.name] = [store, clock, door.roster, `roster:${door.roster}`];
      this.setPeople(null);
    }

    setPeople(people, until = 0) {
      this.until = until;
      this.people = people && new Map(people.map((it) => [it.number, it]));
      this.words = people?.map((it) => [it, [...plain(it.plain), ...plain(`${it.name} ${it.city}`)]]) ?? [];
    }

    get isThere() {
      return Boolean(this.people) && this.clock.now() < this.until;
    }

    // Take the roster from the disk, if its key is still there.
    async open() {
      const row = await this.store.kept(this.name);
      const key = row && this.clock.now() < row.until ? await keyOf(row.cookie) : null;
      if (key) this.setPeople(await Door.unseal(key, row).catch(() => null), row.until);
    }

    // Ask the server for it. Returns whether this device may have it.
    async renew() {
      const response = await fetch(this.url, { headers: { "HX-Request": "true" } });
      this.clock.hear(response);
      if (response.status >= 500 || response.status === 429) return true;
      if (!response.ok || response.redirected) return false;
      const { people, lasts, key: cookie } = await response.json();
      const until = this.clock.now() + lasts * 1000;
      this.setPeople(people, until);
      const key = window.crypto.subtle && (await keyOf(cookie));
      if (key) await this.store.keep({ name: this.name, cookie, until, ...(await Door.seal(key, people)) });
      return true;
    }

    // Return whom a scan is about, or null. A button names its person; a code is known by its number and a few bits.
    async personOf({ code, participant }) {
      if (!this.isThere) return null;
      if (participant) return this.people.get(Number(participant)) ?? null;
      const digits = digitsOf(code);
      const person = this.people.get(numberOf(digits));
      if (person && window.crypto.subtle && !person.checks.includes(await checkOf(digits))) return null;
      return person ?? null;
    }

    // Return the first people with words that begin with each word typed.
    search(typed) {
      const wanted = plain(typed);
      if (!this.isThere || !wanted.length) return [];
      const isFound = ([, words]) => wanted.every((word) => words.some((it) => it.startsWith(word)));
      return this.words
        .filter(isFound)
        .slice(0, MOST_MATCHES)
        .map(([person]) => person);
    }
  }

  Door.openRoster = async (store, clock, door) => {
    const roster = new Roster(store, clock, door);
    await roster.open();
    return roster;
  };
})();
