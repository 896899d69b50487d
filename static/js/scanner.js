// The camera of the pages that scan QR codes: the door, the kiosk, self check-in. The part is attendance/_scanner.html.
//
//   const scanner = startScanner({ panel, onCode });   onCode(text): a code came into sight
//   startScanner({ panel, onCode, startsAgain: true }); the camera starts by itself after a reload, if it was on
//   scanner.answer("yes" | "known" | "no");            a sound and a colour for the answer to the last code
//   keepFocus(field);                                  a hardware scanner types into the field wherever the focus is
(() => {
  "use strict";
  const AGAIN_AFTER = 3000; // ms out of sight until the same code counts as scanned again
  const PAUSE = 120; // ms between two looks
  const LONGEST_SIDE = 1280; // pixels of a picture that is searched
  const CAMERA = "scanner-camera";
  const IS_ON = "scanner-is-on";
  const TONES = {
    yes: [[1040, 0, 0.12]],
    known: [
      [660, 0, 0.08],
      [660, 0.14, 0.08],
    ],
    no: [[220, 0, 0.35]],
  }; // Hz, start, seconds
  const PROBLEMS = { NotAllowedError: "refused", NotFoundError: "missing", NotReadableError: "busy" };

  const remembered = (name, value) => {
    try {
      if (value) localStorage.setItem(name, value);
      return localStorage.getItem(name);
    } catch {
      return null; // storage is switched off
    }
  };

  // Both decoders have `read(video)`, which returns the texts of the codes in sight.
  const ownDecoder = async () => {
    if (!("BarcodeDetector" in window)) return null;
    if (!(await BarcodeDetector.getSupportedFormats()).includes("qr_code")) return null;
    const detector = new BarcodeDetector({ formats: ["qr_code"] });
    return { read: async (video) => (await detector.detect(video)).map((code) => code.rawValue) };
  };
  const workerDecoder = async ({ worker: address, library, wasm }) => {
    const worker = new Worker(address);
    const canvas = document.createElement("canvas");
    const context = canvas.getContext("2d", { willReadFrequently: true });
    const ask = (message, transfer) =>
      new Promise((resolve, reject) => {
        worker.onmessage = ({ data }) => (data.error ? reject(new Error(data.error)) : resolve(data));
        worker.onerror = () => reject(new Error("worker"));
        worker.postMessage(message, transfer);
      });
    const inFull = (path) => new URL(path, location.href).href;
    await ask({ library: inFull(library), wasm: inFull(wasm) });
    const read = async (video) => {
      const scale = Math.min(1, LONGEST_SIDE / Math.max(video.videoWidth, video.videoHeight));
      canvas.width = video.videoWidth * scale;
      canvas.height = video.videoHeight * scale;
      context.drawImage(video, 0, 0, canvas.width, canvas.height);
      const picture = context.getImageData(0, 0, canvas.width, canvas.height);
      return (await ask(picture, [picture.data.buffer])).texts;
    };
    return { read };
  };

  let sound;
  const play = (tone) => {
    try {
      sound ??= new AudioContext();
      sound.resume();
      for (const [pitch, start, length] of TONES[tone]) {
        const [note, volume] = [sound.createOscillator(), sound.createGain()];
        note.frequency.value = pitch;
        volume.gain.value = 0.2;
        note.connect(volume).connect(sound.destination);
        note.start(sound.currentTime + start);
        note.stop(sound.currentTime + start + length);
      }
    } catch {
      /* no sound here: the colour says it */
    }
  };

  window.startScanner = ({ panel, onCode, startsAgain = false }) => {
    const [video, start, torch, cameras, choice, problem] = [
      "video",
      "[data-start]",
      "[data-torch]",
      "[data-cameras]",
      "select",
      "[data-problem]",
    ].map((selector) => panel.querySelector(selector));
    const seen = new Map(); // a code: when it was last in sight
    let [decoder, stream, isLooking] = [null, null, false];

    const say = (name) => {
      problem.textContent = panel.dataset[name];
      problem.hidden = false;
    };
    const stop = () => {
      for (const track of stream?.getTracks() ?? []) track.stop();
      stream = null;
      video.hidden = torch.hidden = true;
      start.hidden = false;
    };
    const report = (texts) => {
      const now = Date.now();
      for (const text of texts) {
        const isNew = now - (seen.get(text) ?? 0) > AGAIN_AFTER;
        seen.set(text, now);
        if (isNew) onCode(text);
      }
    };
    const look = async () => {
      if (!stream) {
        isLooking = false;
        return;
      }
      if (video.readyState >= 2 && !document.hidden) report(await decoder.read(video).catch(() => []));
      setTimeout(look, PAUSE);
    };
    const showChoice = async (track) => {
      const all = (await navigator.mediaDevices.enumerateDevices()).filter((it) => it.kind === "videoinput");
      cameras.hidden = all.length < 2;
      const current = track.getSettings().deviceId;
      choice.replaceChildren(
        ...all.map((it, n) => new Option(it.label || String(n + 1), it.deviceId, false, it.deviceId === current)),
      );
      torch.hidden = !track.getCapabilities?.().torch;
      torch.setAttribute("aria-pressed", "false");
    };
    const open = async () => {
      const size = { width: { ideal: 1280 }, height: { ideal: 720 } };
      const known = remembered(CAMERA);
      const camera = known ? { deviceId: { exact: known } } : { facingMode: "environment" };
      try {
        return await navigator.mediaDevices.getUserMedia({ video: { ...camera, ...size } });
      } catch (error) {
        if (!known || error.name !== "OverconstrainedError") throw error;
        return navigator.mediaDevices.getUserMedia({ video: { facingMode: "environment", ...size } }); // it is gone
      }
    };
    const begin = async () => {
      problem.hidden = true;
      start.disabled = true;
      try {
        stream = await open();
        const [track] = stream.getVideoTracks();
        track.addEventListener("ended", stop); // unplugged, or taken by a call
        video.srcObject = stream;
        await video.play();
        decoder ??= (await ownDecoder().catch(() => null)) ?? (await workerDecoder(panel.dataset));
        video.hidden = false;
        start.hidden = true;
        await showChoice(track);
        if (!isLooking) look();
        isLooking = true;
        if (startsAgain) remembered(IS_ON, "1");
      } catch (error) {
        say(PROBLEMS[error.name] ?? "broken");
        stop();
      } finally {
        start.disabled = false;
      }
    };

    start.addEventListener("click", begin);
    choice.addEventListener("change", () => {
      remembered(CAMERA, choice.value);
      stop();
      begin();
    });
    torch.addEventListener("click", async () => {
      const isOn = torch.getAttribute("aria-pressed") !== "true";
      try {
        await stream.getVideoTracks()[0].applyConstraints({ advanced: [{ torch: isOn }] });
        torch.setAttribute("aria-pressed", String(isOn));
      } catch {
        torch.hidden = true; // it says it has one, and has not
      }
    });
    panel.hidden = false;
    if (!window.isSecureContext || !navigator.mediaDevices?.getUserMedia) {
      start.hidden = true;
      say(window.isSecureContext ? "missing" : "insecure");
    } else if (startsAgain && remembered(IS_ON)) {
      begin();
    }
    return {
      answer: (tone) => {
        play(tone);
        panel.dataset.answer = tone;
        clearTimeout(panel.timer);
        panel.timer = setTimeout(() => delete panel.dataset.answer, 1500);
      },
      stop,
    };
  };

  window.keepFocus = (field) => {
    const isForTyping = (element) => element.matches("input, textarea, select, [contenteditable]");
    if (matchMedia("(pointer: fine)").matches) field.focus({ preventScroll: true }); // elsewhere a keyboard would open
    document.addEventListener("keydown", (event) => {
      const isText = event.key.length === 1 && !event.ctrlKey && !event.metaKey && !event.altKey && event.key !== " ";
      if (isText && !isForTyping(event.target)) field.focus({ preventScroll: true });
    });
  };
})();
