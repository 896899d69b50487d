// The board as an ARIA grid: arrow keys, Space chooses cells, Enter or a click opens one in a dialog. In the mode for
// selecting, a tap chooses instead. A box above a column or beside a city chooses its open cells, and says how many it leaves out.
(() => {
  "use strict";
  const grid = document.querySelector("[data-grid]");
  const dialog = document.querySelector("[data-dialog]");
  const selection = document.querySelector("[data-selection]");
  if (!grid) return;
  const rows = [...grid.querySelectorAll("tbody tr:not(.academy-grid__city)")].map((row) => [
    ...row.querySelectorAll("td a"),
  ]);
  rows.flat().forEach((link) => {
    link.tabIndex = -1;
  });
  if (rows.length && rows[0].length) rows[0][0].tabIndex = 0;
  const place = (link) => {
    const y = rows.findIndex((row) => row.includes(link));
    return [y, y < 0 ? -1 : rows[y].indexOf(link)];
  };
  const focus = (y, x) => {
    const row = rows[Math.max(0, Math.min(y, rows.length - 1))];
    const link = row[Math.max(0, Math.min(x, row.length - 1))];
    grid.querySelectorAll('td a[tabindex="0"]').forEach((other) => {
      other.tabIndex = -1;
    });
    link.tabIndex = 0;
    link.focus();
  };
  const chosen = () => [...grid.querySelectorAll('td[aria-selected="true"] a')];
  const isChosen = (link) => link.parentElement.getAttribute("aria-selected") === "true";
  const mode = selection?.querySelector("[data-mode]");
  const boxes = [...grid.querySelectorAll(".academy-grid__pick")];
  const cellsOf = (box) => {
    const city = box.closest("tbody");
    if (city) return rows.flat().filter((link) => city.contains(link));
    const x = box.closest("th").cellIndex - 1;
    return rows.map((row) => row[x]);
  };
  const openOf = (box) => cellsOf(box).filter((link) => link.parentElement.classList.contains("is-open"));
  const sayLeftOut = (n) => {
    const left = selection.querySelector("[data-left-out]");
    left.hidden = !n;
    left.querySelector("b").textContent = n;
  };
  const count = () => {
    if (!selection) return;
    const n = chosen().length;
    selection.querySelector("[data-chosen]").hidden = !n;
    selection.querySelector("[data-count]").textContent = n;
    for (const box of boxes) {
      const isWhole = n > 0 && openOf(box).length > 0 && openOf(box).every(isChosen);
      box.setAttribute("aria-pressed", isWhole);
      box.textContent = isWhole ? "☑" : "☐";
    }
  };
  const choose = (links, isOn) => {
    for (const link of links) link.parentElement.setAttribute("aria-selected", isOn);
    count();
  };
  const toggle = (link) => {
    if (selection) choose([link], !isChosen(link));
  };
  const isSelecting = () => mode?.getAttribute("aria-pressed") === "true";
  const stateOf = (link) => /(?:^| )s-(\w+)/.exec(link.parentElement.className)[1];
  const update = (link, changed) => {
    link.parentElement.className = changed.css;
    link.title = changed.title;
    link.textContent = changed.symbol;
    if (changed.label === undefined) return;
    const row = link.closest("tr");
    const standing = row.querySelector(".standing");
    standing.className = `standing standing--${changed.standing}`;
    standing.textContent = changed.label;
    row.querySelector(".academy-grid__core").textContent = changed.core;
    const x = link.parentElement.cellIndex;
    row.closest("tbody").querySelector(".academy-grid__city").cells[x].textContent = changed.city;
    grid.querySelector(".academy-grid__total").cells[x].textContent = changed.column;
  };
  const show = async (response, link) => {
    dialog.innerHTML = await response.text();
    const changed = response.headers.get("X-Cell");
    if (changed) update(link, JSON.parse(changed));
  };
  let opened;
  const open = async (link) => {
    const response = await fetch(link.href, { headers: { "HX-Request": "true" } });
    if (response.redirected) {
      location.reload();
      return;
    }
    opened = link;
    await show(response, link);
    dialog.showModal();
  };
  grid.addEventListener("click", (event) => {
    const link = event.target.closest("td a");
    if (!link) return;
    if (event.ctrlKey || event.metaKey || isSelecting()) {
      event.preventDefault();
      toggle(link);
      return;
    }
    if (event.shiftKey) return;
    event.preventDefault();
    open(link).catch(() => {
      location.href = link.href;
    });
  });
  grid.addEventListener("keydown", (event) => {
    const link = event.target.closest("td a");
    if (!link) return;
    const [y, x] = place(link);
    const whole = event.ctrlKey || event.metaKey;
    const moves = {
      ArrowUp: [y - 1, x],
      ArrowDown: [y + 1, x],
      ArrowLeft: [y, x - 1],
      ArrowRight: [y, x + 1],
      Home: [whole ? 0 : y, 0],
      End: [whole ? rows.length - 1 : y, Infinity],
      PageUp: [y - 10, x],
      PageDown: [y + 10, x],
    };
    if (event.key === " ") {
      event.preventDefault();
      toggle(link);
      return;
    }
    if (!(event.key in moves)) return;
    event.preventDefault();
    if (event.shiftKey && !isChosen(link)) toggle(link);
    focus(...moves[event.key]);
    const next = document.activeElement;
    if (event.shiftKey && !isChosen(next)) toggle(next);
  });
  if (selection) {
    mode.hidden = false;
    mode.addEventListener("click", () => mode.setAttribute("aria-pressed", !isSelecting()));
    for (const box of boxes) {
      box.setAttribute("aria-pressed", false);
      box.addEventListener("click", (event) => {
        event.preventDefault();
        const isOn = box.getAttribute("aria-pressed") !== "true";
        choose(openOf(box), isOn);
        sayLeftOut(isOn ? cellsOf(box).length - openOf(box).length : 0);
      });
    }
    selection.querySelector("[data-clear]").addEventListener("click", () => {
      choose(chosen(), false);
      sayLeftOut(0);
      mode.focus();
    });
    selection.addEventListener("submit", () => {
      for (const input of selection.querySelectorAll('[name="cell"]')) input.remove();
      chosen().forEach((link) => {
        const input = document.createElement("input");
        input.type = "hidden";
        input.name = "cell";
        input.value = `${link.getAttribute("href")}=${stateOf(link)}`;
        selection.append(input);
      });
    });
  }
  dialog.addEventListener("click", (event) => {
    if (event.target.closest("[data-close]")) dialog.close();
  });
  dialog.addEventListener("close", () => opened?.focus());
  dialog.addEventListener("submit", async (event) => {
    const form = event.target.closest("[data-decide]");
    if (!form) return;
    event.preventDefault();
    const body = new FormData(form);
    body.append("board", location.search);
    const response = await fetch(form.action, {
      method: "POST",
      body,
      headers: { "HX-Request": "true" },
    });
    await show(response, opened);
    if (response.headers.get("X-Cell")) dialog.close();
  });
})();
