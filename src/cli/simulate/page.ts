/** The picture of a simulation as one HTML file that needs nothing else: the wheel or + and − zoom, dragging moves, 0 shows all. */
import { drawSvg, escaped, type Picture } from './picture.ts';

const SCRIPT = `
const svg = document.querySelector('svg');
const plots = [...svg.querySelectorAll('.plot')], ticks = [...svg.querySelectorAll('.tick')];
const from = Number(svg.dataset.from), seconds = Number(svg.dataset.seconds), ALL = 1000;
let start = 0, width = ALL;
const show = () => {
  width = Math.min(ALL, Math.max(ALL / 2000, width));
  start = Math.min(ALL - width, Math.max(0, start));
  for (const plot of plots) plot.setAttribute('viewBox', start + ' 0 ' + width + ' ' + ALL);
  for (const tick of ticks) {
    const at = from + ((start + width * Number(tick.dataset.share)) / ALL) * seconds * 1000;
    tick.textContent = new Date(at).toISOString().slice(0, 16).replace('T', ' ');
  }
};
const zoom = (factor, share) => { start += width * share * (1 - factor); width *= factor; show(); };
const shareOf = (event) => {
  const box = plots[0].getBoundingClientRect();
  return Math.min(1, Math.max(0, (event.clientX - box.left) / box.width));
};
svg.addEventListener('wheel', (event) => { event.preventDefault(); zoom(event.deltaY < 0 ? 0.8 : 1.25, shareOf(event)); }, { passive: false });
let held;
svg.addEventListener('pointerdown', (event) => { held = shareOf(event); svg.setPointerCapture(event.pointerId); });
svg.addEventListener('pointermove', (event) => { if (held === undefined) return; const at = shareOf(event); start += (held - at) * width; held = at; show(); });
svg.addEventListener('pointerup', () => { held = undefined; });
document.addEventListener('keydown', (event) => {
  if (event.key === '+') zoom(0.8, 0.5);
  if (event.key === '-') zoom(1.25, 0.5);
  if (event.key === '0') { start = 0; width = ALL; show(); }
  if (event.key === 'ArrowLeft') { start -= width / 10; show(); }
  if (event.key === 'ArrowRight') { start += width / 10; show(); }
});
`;

/** @param summary The table of the same simulation, as text. */
export function drawPage(picture: Picture, summary: string): string {
  return `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>${escaped(picture.title)}</title>
<style>
:root { color-scheme: light dark; font: 14px system-ui, sans-serif; }
body { margin: 1rem auto; max-width: 80rem; padding: 0 1rem; }
svg { touch-action: none; cursor: grab; }
pre { overflow-x: auto; }
</style>
</head>
<body>
${drawSvg(picture)}
<p>Zoom with the wheel or + and −, move by dragging or with the arrow keys, 0 shows all.</p>
<pre>${escaped(summary)}</pre>
<script>${SCRIPT}</script>
</body>
</html>
`;
}
