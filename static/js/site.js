// Shows times in the visitor's zone below those of the edition where they differ, suggests the zone, and closes open menus.
// Takes away marks such as "now" once they are outdated.
// Loaded before the page is drawn, so that room for the second line is reserved and nothing shifts.
(() => {
  "use strict";
  const root = document.documentElement;
  const viewerZone = Intl.DateTimeFormat().resolvedOptions().timeZone;
  const zone = root.dataset.zone;

  const inZone = (date, timeZone) => {
    const parts = new Intl.DateTimeFormat("en-GB", {
      timeZone,
      hourCycle: "h23",
      weekday: "short",
      day: "numeric",
      month: "short",
      year: "numeric",
      hour: "2-digit",
      minute: "2-digit",
    }).formatToParts(date);
    return Object.fromEntries(parts.map(({ type, value }) => [type, value]));
  };
  const zoneName = (date) =>
    new Intl.DateTimeFormat("en-GB", { timeZone: viewerZone, timeZoneName: "short" })
      .formatToParts(date)
      .find(({ type }) => type === "timeZoneName").value;
  const clock = (parts) => `${parts.hour}:${parts.minute}`;
  const day = (parts) => `${parts.day} ${parts.month} ${parts.year}`;
  const differs = (date) => {
    const [here, there] = [inZone(date, viewerZone), inZone(date, zone)];
    return clock(here) !== clock(there) || day(here) !== day(there);
  };

  const everDiffers = () => {
    const year = new Date().getUTCFullYear();
    return Array.from({ length: 24 }, (_, half) => new Date(Date.UTC(year, half / 2, half % 2 ? 28 : 12, 12))).some(
      differs,
    );
  };

  if (zone && viewerZone && viewerZone !== zone && everDiffers()) root.classList.add("has-viewer-time");

  const showViewerTime = (element) => {
    const [starts, ends] = [new Date(element.dataset.starts), new Date(element.dataset.ends)];
    if (!differs(starts) && !differs(ends)) return;
    const [from, to] = [inZone(starts, viewerZone), inZone(ends, viewerZone)];
    const otherDay = day(from) !== day(inZone(starts, zone)) ? `${from.weekday} ` : "";
    const [first, last] = [starts, ends].map(zoneName);
    const times = first === last ? [clock(from), clock(to)] : [`${clock(from)} ${first}`, `${clock(to)} ${last}`];
    element.textContent = `${otherDay}${times.join("–")} ${element.dataset.label}`;
  };

  document.addEventListener("DOMContentLoaded", () => {
    document.querySelectorAll("select[data-suggest-zone]").forEach((select) => {
      if ([...select.options].some((option) => option.value === viewerZone)) select.value = viewerZone;
    });
    if (root.classList.contains("has-viewer-time")) document.querySelectorAll(".viewer-time").forEach(showViewerTime);
  });

  // A question that depends on the answer to another one is hidden until it is asked. Without this, its help says when to answer.
  const inputsOf = (name) => [...document.getElementsByName(name)].filter((input) => input.closest(".field"));
  const answersTo = (name) =>
    inputsOf(name)
      .filter((input) => input.checked || !["radio", "checkbox"].includes(input.type))
      .map((input) => input.value);
  const isAsked = (input) => {
    const { askedBy, askedWith } = input.dataset;
    if (!askedBy || !inputsOf(askedBy).length) return true;
    return isAsked(inputsOf(askedBy)[0]) && answersTo(askedBy).some((answer) => askedWith.split(" ").includes(answer));
  };
  const showAsked = () =>
    document.querySelectorAll("[data-asked-by]").forEach((input) => {
      input.closest(".field").hidden = !isAsked(input);
    });
  document.addEventListener("DOMContentLoaded", showAsked);
  document.addEventListener("change", (event) => event.target.closest(".field") && showAsked());

  const removeOutdated = () =>
    document.querySelectorAll("[data-until]").forEach((mark) => {
      if (new Date(mark.dataset.until) <= new Date()) mark.remove();
    });
  setInterval(removeOutdated, 30_000);
  document.addEventListener("visibilitychange", removeOutdated);
  window.addEventListener("pageshow", removeOutdated);

  const closeMenus = (except) =>
    document.querySelectorAll("[data-menu][open]").forEach((menu) => {
      if (menu !== except) menu.open = false;
    });
  document.addEventListener("click", (event) => closeMenus(event.target.closest("[data-menu]")));
  document.addEventListener("focusin", (event) => closeMenus(event.target.closest("[data-menu]")));
  document.addEventListener("keydown", (event) => {
    if (event.key !== "Escape") return;
    const summary = document.querySelector("[data-menu][open] > summary");
    closeMenus();
    if (summary) summary.focus();
  });
})();
