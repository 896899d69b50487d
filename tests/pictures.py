"""Pictures of pages, and how much two of them differ, both by the browser."""

import base64
from pathlib import Path

WIDTHS = (320, 375, 768, 1280)
SCHEMES = ("light", "dark")
ALIKE = 32  # of 255: by so much a colour may differ, where another version of the browser smooths edges otherwise
FEW = 0.0003  # and this share of the pixels by more
# Every character is the same block, so that a text is as wide and high on each machine, whatever fonts it has.
BLOCKS = (Path(__file__).parent / "browser" / "blocks.woff").read_bytes()
IN_BLOCKS = f"""
@font-face {{ font-family: Blocks; src: url(data:font/woff;base64,{base64.b64encode(BLOCKS).decode()}); }}
*, ::before, ::after {{ font-family: Blocks !important; font-weight: 400 !important; font-style: normal !important; }}
"""
# The colours and type of each kind of element, by name and classes, which a small picture does not show.
STYLES = """() => {
  const styles = {};
  for (const element of document.querySelectorAll("body *:not(script, br, option, path, use)")) {
    if (!element.checkVisibility()) continue;
    const name = [element.localName, ...[...element.classList].sort()].join(".");
    const it = getComputedStyle(element);
    const border = parseFloat(it.borderInlineStartWidth) ? `${it.borderInlineStartColor} ${it.borderRadius}` : "";
    const line = it.textDecorationLine === "none" ? "" : it.textDecorationLine;
    const style = [it.color, it.backgroundColor, border, it.fontSize, it.fontWeight, line].join(" | ");
    (styles[name] ??= new Set()).add(style.replaceAll("rgba(0, 0, 0, 0)", "-"));
  }
  return Object.entries(styles).flatMap(([name, all]) => [...all].map(style => `${name}: ${style}`)).sort();
}"""

SHARE_THAT_DIFFERS = """async ([one, other, tolerance]) => {
  const read = async picture => {
    const bitmap = await createImageBitmap(new Blob([Uint8Array.from(atob(picture), it => it.charCodeAt(0))]));
    const canvas = new OffscreenCanvas(bitmap.width, bitmap.height).getContext("2d");
    canvas.drawImage(bitmap, 0, 0);
    return canvas.getImageData(0, 0, bitmap.width, bitmap.height);
  };
  const [first, second] = [await read(one), await read(other)];
  if (first.width !== second.width || first.height !== second.height) return 1;
  return first.data.filter((value, i) => Math.abs(value - second.data[i]) > tolerance).length / first.data.length;
}"""


def take(page, scale):
    """Return a picture of the whole page as PNG, smaller by `scale`."""
    height = page.evaluate("document.documentElement.scrollHeight")
    clip = {"x": 0, "y": 0, "width": page.viewport_size["width"], "height": height, "scale": scale}
    chromium = page.context.new_cdp_session(page)
    taken = chromium.send("Page.captureScreenshot", {"format": "png", "clip": clip, "captureBeyondViewport": True})
    chromium.detach()
    return base64.b64decode(taken["data"])


def is_alike(page, one, other):
    """Compare two pictures in an open page: False if they differ in size, or in more than a few pixels."""
    if one == other:
        return True
    both = [base64.b64encode(it).decode() for it in (one, other)]
    return page.evaluate(SHARE_THAT_DIFFERS, [*both, ALIKE]) <= FEW
