/** Cost against violated minutes of every setting, a panel a case: docs/pictures/core.svg. */
import { mkdir, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { projectFolder } from '../testbed/folders.ts';
import type { CaseResult, Point } from './core-results.ts';

type Panel = Pick<CaseResult, 'name' | 'minutes' | 'own' | 'keda' | 'hpa'>;

const PANEL = { width: 300, height: 190, gap: 70 };
const COLUMNS = 3;
/** Pod-hours over the oracle's, up to which is drawn. */
const MOST_COST = 4;

export async function writeFronts(results: readonly CaseResult[]): Promise<void> {
  const path = join(projectFolder, 'docs', 'pictures', 'core.svg');
  await mkdir(dirname(path), { recursive: true });
  await writeFile(path, drawFronts(results));
}

export function drawFronts(results: readonly Panel[]): string {
  const rows = Math.ceil(results.length / COLUMNS);
  const [width, height] = [COLUMNS * (PANEL.width + PANEL.gap), rows * (PANEL.height + PANEL.gap) + 40];
  const panels = results.map((result, index) => {
    const left = (index % COLUMNS) * (PANEL.width + PANEL.gap) + 50;
    const top = Math.floor(index / COLUMNS) * (PANEL.height + PANEL.gap) + 60;
    return panelOf(result, left, top);
  });
  return `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${width} ${height}" role="img">
<title>Pod-hours over the oracle against violated minutes</title>
<style>text{font:11px system-ui,sans-serif;fill:#333}.frame{fill:#fff;stroke:#ccc}.keda{fill:#d95f02;opacity:.6}.hpa{fill:#7f7f7f;opacity:.6}.own{fill:#1f77b4}</style>
<rect width="100%" height="100%" fill="#fff"/>
<circle class="own" cx="60" cy="20" r="5"/><text x="70" y="24">the operator</text>
<circle class="keda" cx="160" cy="20" r="3"/><text x="168" y="24">KEDA, a setting each</text>
<circle class="hpa" cx="300" cy="20" r="3"/><text x="308" y="24">HPA, a setting each</text>
<text x="440" y="24">up: Pod-hours over the oracle; to the right: violated minutes (logarithmic)</text>
${panels.join('\n')}
</svg>
`;
}

function panelOf({ name, minutes, own, keda, hpa }: Panel, left: number, top: number): string {
  const across = ({ violatedMinutes }: Point) =>
    left + (Math.log10(1 + violatedMinutes) / Math.log10(1 + minutes)) * PANEL.width;
  const up = ({ cost }: Point) =>
    top + PANEL.height - ((Math.min(MOST_COST, cost) - 1) / (MOST_COST - 1)) * PANEL.height;
  const dot = (kind: string, point: Point, radius: number) =>
    `<circle class="${kind}" cx="${across(point).toFixed(1)}" cy="${up(point).toFixed(1)}" r="${radius}"/>`;
  const marks = [0, 1, 10, 100, 1_000, 10_000]
    .filter((late) => late <= minutes)
    .map((late) => {
      const x = across({ cost: 1, violatedMinutes: late, scaleEvents: 0 });
      return `<text text-anchor="middle" x="${x.toFixed(1)}" y="${top + PANEL.height + 14}">${late}</text>`;
    });
  return `<text x="${left}" y="${top - 6}">${name}</text>
<rect class="frame" x="${left}" y="${top}" width="${PANEL.width}" height="${PANEL.height}"/>
<text text-anchor="end" x="${left - 4}" y="${top + 8}">${MOST_COST}</text><text text-anchor="end" x="${left - 4}" y="${top + PANEL.height}">1</text>
${marks.join('')}
${[...hpa.values()].map((point) => dot('hpa', point, 2.5)).join('')}
${[...keda.values()].map((point) => dot('keda', point, 2.5)).join('')}
${dot('own', own, 5)}`;
}
