// Reads QR codes for scanner.js, where the browser cannot. The first message has the addresses of the library; each later one a
// picture, answered by the texts of its codes.
"use strict";
const options = { formats: ["QRCode"], maxNumberOfSymbols: 4 };

self.onmessage = async ({ data }) => {
  try {
    if (data.library) {
      importScripts(data.library);
      await self.ZXingWASM.prepareZXingModule({
        overrides: { locateFile: () => data.wasm },
        fireImmediately: true,
      });
      self.postMessage({ isReady: true });
    } else {
      const codes = await self.ZXingWASM.readBarcodes(data, options);
      self.postMessage({ texts: codes.filter((code) => code.isValid).map((code) => code.text) });
    }
  } catch (error) {
    self.postMessage({ error: String(error) });
  }
};
