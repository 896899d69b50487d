// Makes a chosen picture smaller before it is sent, as phones take pictures of many megabytes. Without a script the server
// says which pictures it takes.
(() => {
  "use strict";
  const smaller = async (file, side) => {
    const picture = await createImageBitmap(file, { imageOrientation: "from-image" });
    const scale = Math.min(1, side / Math.max(picture.width, picture.height));
    const canvas = document.createElement("canvas");
    canvas.width = Math.round(picture.width * scale);
    canvas.height = Math.round(picture.height * scale);
    const context = canvas.getContext("2d");
    context.fillStyle = "#fff"; // a JPEG has no transparent pixels
    context.fillRect(0, 0, canvas.width, canvas.height);
    context.drawImage(picture, 0, 0, canvas.width, canvas.height);
    const blob = await new Promise((resolve) => canvas.toBlob(resolve, "image/jpeg", 0.85));
    return new File([blob], "picture.jpg", { type: "image/jpeg" });
  };
  document.addEventListener("change", async ({ target }) => {
    if (!target.matches("input[data-smaller]") || !target.files.length) return;
    try {
      const files = new DataTransfer();
      files.items.add(await smaller(target.files[0], Number(target.dataset.smaller)));
      target.files = files.files;
    } catch {
      // no picture that this browser can read: the server says so
    }
  });
})();
