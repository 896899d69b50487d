// Says beside a file field that a file is too large or looks like another kind, before it is sent. What is too large is not
// sent, so that what was typed stays. Without a script the server says the same.
(() => {
  "use strict";
  const sizeOf = (inputs) => inputs.flatMap((input) => [...input.files]).reduce((sum, { size }) => sum + size, 0);
  const looksTaken = (input) => {
    const endings = input.accept.split(",");
    return [...input.files].every(({ name }) => endings.some((ending) => name.toLowerCase().endsWith(ending)));
  };
  const problemOf = (input) => {
    const { largest, tooLarge, together, otherKind } = input.dataset;
    const others = [...input.form.querySelectorAll("[data-largest]")];
    if (sizeOf([input]) > Number(largest)) return tooLarge;
    if (input.files.length && sizeOf(others) > Number(largest)) return together;
    return looksTaken(input) ? "" : otherKind;
  };
  const isTooLarge = (input) => ![input.dataset.otherKind, ""].includes(problemOf(input));
  const say = (input) => {
    const place = document.getElementById(`${input.id}_problem`);
    const text = problemOf(input);
    if (place.textContent !== text) place.textContent = text;
    place.hidden = !text;
    if (text) input.setAttribute("aria-invalid", "true");
    else input.removeAttribute("aria-invalid");
  };
  const fieldsIn = (form) => [...form.querySelectorAll("[data-largest]")];
  document.addEventListener("change", ({ target }) => {
    if (target.matches("[data-largest]")) fieldsIn(target.form).forEach(say);
  });
  document.addEventListener("submit", (event) => {
    const tooLarge = fieldsIn(event.target).find(isTooLarge);
    if (!tooLarge) return;
    event.preventDefault();
    tooLarge.focus();
  });
})();
