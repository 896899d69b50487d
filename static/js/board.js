// The board as an ARIA grid: arrow keys, Space chooses cells, Enter or a click opens one in a dialog.
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
  const count = () => {
    if (!selection) return;
    const n = chosen().length;
    selection.hidden = !n;
    selection.querySelector("[data-count]").textContent = n;
  };
  const toggle = (link) => {
    if (!selection) return;
    const cell = link.parentElement;
    cell.setAttribute("aria-selected", cell.getAttribute("aria-selected") === "true" ? "false" : "true");
    count();
  };
  const show = async (response, link) => {
    dialog.innerHTML = await response.text();
    const told = response.headers.get("X-Cell");
    if (told) {
      const { css, title, symbol } = JSON.parse(told);
      link.parentElement.className = css;
      link.title = title;
      link.textContent = symbol;
    }
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
    if (event.ctrlKey || event.metaKey) {
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
    if (event.shiftKey && link.parentElement.getAttribute("aria-selected") !== "true") toggle(link);
    focus(...moves[event.key]);
    const next = document.activeElement;
    if (event.shiftKey && next.parentElement.getAttribute("aria-selected") !== "true") toggle(next);
  });
  if (selection) {
    selection.querySelector("[data-clear]").addEventListener("click", () => {
      for (const link of chosen()) link.parentElement.setAttribute("aria-selected", "false");
      count();
    });
    selection.addEventListener("submit", () => {
      for (const input of selection.querySelectorAll('[name="cell"]')) input.remove();
      chosen().forEach((link) => {
        const input = document.createElement("input");
        input.type = "hidden";
        input.name = "cell";
        input.value = link.getAttribute("href").replace(/\/$/, "");
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
    const response = await fetch(form.action, {
      method: "POST",
      body: new FormData(form),
      headers: { "HX-Request": "true" },
    });
    await show(response, opened);
    if (response.headers.get("X-Cell")) dialog.close();
  });
})();
