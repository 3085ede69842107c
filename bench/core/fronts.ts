/** Cost against violated minutes of every setting, a panel a case: docs/pictures/core.svg. */
import { mkdir, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { projectFolder } from '../../testbed/folders.ts';
import type { Case } from './cases.ts';
import { costOf, HPA_DECIDERS, KEDA_DECIDERS, OPERATOR } from './deciders.ts';
import type { Measured } from './measured.ts';
import type { Decider, Run } from './run.ts';

interface Dot {
  /** Pod-hours over the oracle's. */
  readonly cost: number;
  readonly violatedMinutes: number;
}

interface Panel {
  readonly name: string;
  /** How many there are. */
  readonly minutes: number;
  readonly own: Dot;
  readonly keda: readonly Dot[];
  readonly hpa: readonly Dot[];
}

const PANEL = { width: 300, height: 190, gap: 70 };
const COLUMNS = 3;
/** Pod-hours over the oracle's, up to which is drawn. */
const MOST_COST = 4;

export function panelsOf(measured: Measured, cases: readonly Case[], seed: number): readonly Panel[] {
  return cases.map((of) => {
    const runOf = (by: Decider): Run => ({ of, seed, by });
    const dot = (by: Decider): Dot => {
      const { violatedMinutes } = measured.of(runOf(by));
      return { cost: costOf(measured, runOf(by)), violatedMinutes };
    };
    const { minutes } = measured.of(runOf(OPERATOR));
    return {
      name: of.name,
      minutes,
      own: dot(OPERATOR),
      keda: KEDA_DECIDERS.map(dot),
      hpa: HPA_DECIDERS.map(dot),
    };
  });
}

export async function writeFronts(panels: readonly Panel[]): Promise<void> {
  const path = join(projectFolder, 'docs', 'pictures', 'core.svg');
  await mkdir(dirname(path), { recursive: true });
  await writeFile(path, drawFronts(panels));
}

export function drawFronts(all: readonly Panel[]): string {
  const rows = Math.ceil(all.length / COLUMNS);
  const [width, height] = [COLUMNS * (PANEL.width + PANEL.gap), rows * (PANEL.height + PANEL.gap) + 40];
  const panels = all.map((panel, index) => {
    const left = (index % COLUMNS) * (PANEL.width + PANEL.gap) + 50;
    const top = Math.floor(index / COLUMNS) * (PANEL.height + PANEL.gap) + 60;
    return panelOf(panel, left, top);
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
  const across = ({ violatedMinutes }: Dot) =>
    left + (Math.log10(1 + violatedMinutes) / Math.log10(1 + minutes)) * PANEL.width;
  const up = ({ cost }: Dot) =>
    top + PANEL.height - ((Math.min(MOST_COST, cost) - 1) / (MOST_COST - 1)) * PANEL.height;
  const dot = (kind: string, point: Dot, radius: number) =>
    `<circle class="${kind}" cx="${across(point).toFixed(1)}" cy="${up(point).toFixed(1)}" r="${radius}"/>`;
  const marks = [0, 1, 10, 100, 1_000, 10_000]
    .filter((late) => late <= minutes)
    .map((late) => {
      const x = across({ cost: 1, violatedMinutes: late });
      return `<text text-anchor="middle" x="${x.toFixed(1)}" y="${top + PANEL.height + 14}">${late}</text>`;
    });
  return `<text x="${left}" y="${top - 6}">${name}</text>
<rect class="frame" x="${left}" y="${top}" width="${PANEL.width}" height="${PANEL.height}"/>
<text text-anchor="end" x="${left - 4}" y="${top + 8}">${MOST_COST}</text><text text-anchor="end" x="${left - 4}" y="${top + PANEL.height}">1</text>
${marks.join('')}
${hpa.map((point) => dot('hpa', point, 2.5)).join('')}
${keda.map((point) => dot('keda', point, 2.5)).join('')}
${dot('own', own, 5)}`;
}
