// What Safari before 16 and pages without HTTPS do not have. Scripts that wait for answers or make IDs load this first.
(() => {
  "use strict";
  AbortSignal.timeout ??= (milliseconds) => {
    const waiting = new AbortController();
    setTimeout(() => waiting.abort(), milliseconds);
    return waiting.signal;
  };
  crypto.randomUUID ??= () =>
    ([1e7] + -1e3 + -4e3 + -8e3 + -1e11).replace(/[018]/g, (c) =>
      (c ^ (crypto.getRandomValues(new Uint8Array(1))[0] & (15 >> (c / 4)))).toString(16),
    );
})();
