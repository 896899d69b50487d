// The lists of the door: scans that wait, those that the server settled differently than shown here, and those that it does not
// accept. What stands in a list is drawn anew only if it has changed, so that nobody presses a button that is just replaced.
(() => {
  "use strict";
  const { Door } = window;
  const SHOWN = 8; // of those that wait; the others are behind "and 12 more"
  const FORBIDDEN = 403;
  const TIME = { day: "numeric", month: "short", hour: "2-digit", minute: "2-digit" };

  // Everything that waits, as it is counted, the last first. `title`: of the session, if it is another door's.
  Door.waitingRows = (waiting, here) =>
    [...waiting].reverse().map(({ n, label, kind, isDropped, door, title }) => ({
      n,
      name: label,
      isUndo: kind === "undo" || Boolean(isDropped),
      title: door === here ? "" : (title ?? door),
    }));

  // What the server does not accept: whom it is about, when it was made, and why.
  Door.stuckRows = (scans, clock, now = Date.now()) =>
    scans
      .filter(({ state }) => state === "stuck")
      .map((it) => ({
        n: it.n,
        name: it.label,
        isUndo: it.kind === "undo",
        title: it.title ?? it.door,
        // To the minute: the clock may learn of some milliseconds meanwhile, and the row is still the same.
        madeAt: Math.round((now - clock.waited(it)) / 60e3) * 60e3,
        reason: it.status === FORBIDDEN ? "forbidden" : "gone",
      }));

  // Fill in a part of the page: names by text, never as HTML.
  Door.partOf = (selector, values) => {
    const part = document.querySelector(`template${selector}`).content.cloneNode(true);
    for (const [name, value] of Object.entries(values)) {
      for (const place of part.querySelectorAll(`[data-${name}]`)) {
        place.textContent = place.matches(".visually-hidden") ? ` ${value}` : value;
      }
    }
    return part;
  };

  Door.openLists = (store, clock, door) => {
    const [unsent, differences, stuck] = ["unsent", "differences", "stuck"].map((id) => document.getElementById(id));
    const [more, moreList] = ["details", "details ul"].map((it) => unsent.querySelector(it));
    const drawn = new Map(); // a list: what stands in it

    const draw = (list, rows, rowOf) => {
      const now = JSON.stringify(rows);
      if (drawn.get(list) === now) return;
      drawn.set(list, now);
      list.replaceChildren(...rows.map(rowOf));
    };
    const withNumber = (part, selector, n) => {
      part.querySelector(selector).dataset.n = n;
      return part;
    };
    const waitingRow = ({ n, name, isUndo, title }) => {
      const part = Door.partOf(`[data-part="${isUndo ? "undoing" : "unsent"}"]`, {
        name,
        title: title && `· ${title}`,
      });
      return isUndo ? part : withNumber(part, "[data-drop]", n);
    };
    const differenceRow = ({ n, name, shown, is }) => {
      const verdict = shown && document.querySelector(`template[data-verdict="${shown}"]`);
      const was = verdict ? verdict.content.querySelector(".verdict__word").textContent.trim() : "…";
      return withNumber(Door.partOf('[data-part="difference"]', { name, was, is }), "[data-seen]", n);
    };
    const stuckRow = ({ n, name, isUndo, title, madeAt, reason }) => {
      const time = new Date(madeAt).toLocaleString("en-GB", { ...TIME, timeZone: door.zone });
      const values = { name, time, title, reason: stuck.dataset[isUndo ? "undo" : reason] };
      return withNumber(Door.partOf('[data-part="stuck"]', values), "[data-seen]", n);
    };

    return {
      show: () => {
        const all = [...store.scans.values()];
        const waiting = Door.waitingRows(store.waiting(), door.door);
        unsent.hidden = !waiting.length;
        draw(unsent.querySelector("ul"), waiting.slice(0, SHOWN), waitingRow);
        draw(moreList, waiting.slice(SHOWN), waitingRow);
        more.hidden = waiting.length <= SHOWN;
        more.querySelector("summary").textContent = more.dataset.more.replace("{n}", waiting.length - SHOWN);
        const unlike = all.filter(({ state }) => state === "differs");
        differences.hidden = !unlike.length;
        draw(differences.querySelector("ul"), unlike, differenceRow);
        const refused = Door.stuckRows(all, clock);
        stuck.hidden = !refused.length;
        draw(stuck.querySelector("ul"), refused, stuckRow);
      },
    };
  };
})();
