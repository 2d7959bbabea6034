// What pdf.js lets a reader select and copy: for each FILE one JSON line of its pages' {text, width, height}, sizes in points, upright.
import { readFile } from "node:fs/promises";
import { getDocument, VerbosityLevel } from "pdfjs-dist/legacy/build/pdf.mjs";

for (const file of process.argv.slice(2)) {
  const data = new Uint8Array(await readFile(file));
  const pdf = await getDocument({ data, verbosity: VerbosityLevel.ERRORS, useSystemFonts: false, disableFontFace: true }).promise;
  const pages = [];
  for (let number = 1; number <= pdf.numPages; number++) {
    const page = await pdf.getPage(number);
    const { width, height } = page.getViewport({ scale: 1 });
    const { items } = await page.getTextContent();
    // The viewer's text layer is made of these runs, a line's end after those that say so.
    pages.push({ text: items.map((item) => item.str + (item.hasEOL ? "\n" : "")).join(""), width, height });
  }
  console.log(JSON.stringify({ file, pages }));
  await pdf.loadingTask.destroy();
}
