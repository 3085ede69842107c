/** What a simulation looks like over time, as SVG. The page in `page.ts` zooms into the same picture. */
import type { Instant } from '../../model/reading.ts';
import type { PolicyName } from '../../simulate/queue/compare.ts';
import type { Series } from '../../simulate/queue/series.ts';
import { formatCount } from '../format-value.ts';

export interface Picture {
  readonly title: string;
  readonly from: Instant;
  readonly seconds: number;
  /** Jobs that came, by the minute, a value a column. */
  readonly load: Float64Array;
  readonly policies: readonly {
    readonly name: PolicyName;
    readonly series: Series;
    readonly violatedMinutes: readonly number[];
  }[];
}

const WIDTH = 1_000;
const LEFT = 110;
const PLOT = WIDTH - LEFT - 20;
/** Units of a plot, each way; it is stretched to its place. */
const UNITS = 1_000;
const TICKS = 6;
const VIOLATED_ROW = 14;

const COLOURS: Readonly<Record<PolicyName, string>> = {
  leadplatform: '#1f77b4',
  keda: '#d95f02',
  hpa: '#7f7f7f',
  static: '#9467bd',
  oracle: '#2ca02c',
};

const STYLE = `text{font:12px system-ui,sans-serif;fill:#222}.title{font-weight:600}.soft{fill:#666}
.frame{fill:none;stroke:#ccc}path{fill:none;vector-effect:non-scaling-stroke;stroke-width:1.3}
.load{fill:#9ecae1;stroke:none}.violated{stroke:#c00;stroke-width:2}
@media(prefers-color-scheme:dark){svg{background:#161616}text{fill:#ddd}.soft{fill:#999}.frame{stroke:#444}.load{fill:#2b4c63}}`;

export function escaped(text: string): string {
  return text.replace(/[&<>"']/g, (sign) => `&#${sign.charCodeAt(0)};`);
}

/** A panel's content, in units from 0 to 1,000 both ways, the second from the top. */
interface Panel {
  readonly title: string;
  readonly height: number;
  /** What stands beside it: a text, and where between its top (0) and its foot (1). */
  readonly labels: readonly (readonly [text: string, at: number])[];
  readonly content: string;
}

export function drawSvg(picture: Picture): string {
  const panels = panelsOf(picture);
  let top = 64;
  const drawn = panels.map((panel) => {
    const text = panelAt(panel, top);
    top += panel.height + 38;
    return text;
  });
  const ticks = Array.from({ length: TICKS + 1 }, (_, tick) => {
    const share = tick / TICKS;
    return `<text class="soft tick" data-share="${share}" text-anchor="middle" x="${LEFT + share * PLOT}" y="${top - 14}">${timeAt(picture, share)}</text>`;
  });
  return `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${WIDTH} ${top}" width="100%" role="img" data-from="${picture.from}" data-seconds="${picture.seconds}">
<title>${escaped(picture.title)}</title>
<style>${STYLE}</style>
<text class="title" x="20" y="24">${escaped(picture.title)}</text>
${legendOf(picture)}
${drawn.join('\n')}
${ticks.join('\n')}
</svg>
`;
}

function panelsOf(picture: Picture): readonly Panel[] {
  const { load, policies } = picture;
  const curves = policies.filter(({ name }) => name !== 'oracle');
  const [mostLoad, mostPods, mostWaiting] = [
    highest([load]),
    highest(curves.map(({ series }) => series.wanted)),
    highest(curves.map(({ series }) => series.ready)),
  ];
  const lines = (valuesOf: (series: Series) => Float64Array, most: number) =>
    curves
      .map(({ name, series }) => `<path stroke="${COLOURS[name]}" d="${stepsOf(valuesOf(series), most)}"/>`)
      .join('');
  const panels: Panel[] = [
    {
      title: 'Jobs that come, a minute',
      height: 110,
      labels: scaleOf(mostLoad),
      content: `<path class="load" d="${stepsOf(load, mostLoad)}V${UNITS}H0Z"/>`,
    },
    {
      title: 'Pods wanted',
      height: 190,
      labels: scaleOf(mostPods),
      content: lines(({ wanted }) => wanted, mostPods),
    },
    {
      title: 'Jobs that wait',
      height: 110,
      labels: scaleOf(mostWaiting),
      content: lines(({ ready }) => ready, mostWaiting),
    },
    {
      title: 'Violated minutes',
      height: VIOLATED_ROW * Math.max(1, curves.length),
      labels: curves.map(({ name }, row) => [name, (row + 0.8) / curves.length] as const),
      content: curves
        .map(({ violatedMinutes }, row) => violatedOf(violatedMinutes, picture.seconds, row, curves.length))
        .join(''),
    },
  ];
  const own = curves.find(({ name }) => name === 'leadplatform');
  return own === undefined ? panels : [...panels, tierPanel(own.series.tiers)];
}

function panelAt({ title, height, labels, content }: Panel, top: number): string {
  const beside = labels.map(
    ([text, at]) =>
      `<text class="soft" text-anchor="end" x="${LEFT - 8}" y="${top + at * height}">${escaped(text)}</text>`,
  );
  return `<text x="${LEFT}" y="${top - 6}">${escaped(title)}</text>${beside.join('')}
<svg class="plot" x="${LEFT}" y="${top}" width="${PLOT}" height="${height}" viewBox="0 0 ${UNITS} ${UNITS}" preserveAspectRatio="none">${content}</svg>
<rect class="frame" x="${LEFT}" y="${top}" width="${PLOT}" height="${height}"/>`;
}

function tierPanel(tiers: readonly (string | undefined)[]): Panel {
  const names = [...new Set(tiers.filter((tier) => tier !== undefined))];
  const values = Float64Array.from(tiers, (tier) => (tier === undefined ? 0 : names.indexOf(tier) + 1));
  return {
    title: 'Tier of the operator',
    height: Math.max(24, 16 * names.length),
    labels: names.map((name, index) => [name, 1 - index / names.length] as const),
    content: `<path stroke="${COLOURS.leadplatform}" d="${stepsOf(values, names.length + 0.5)}"/>`,
  };
}

function legendOf({ policies }: Picture): string {
  return policies
    .filter(({ name }) => name !== 'oracle')
    .map(
      ({ name }, index) =>
        `<rect x="${20 + index * 130}" y="34" width="12" height="4" fill="${COLOURS[name]}"/><text x="${38 + index * 130}" y="40">${name}</text>`,
    )
    .join('');
}

const highest = (all: readonly Float64Array[]): number =>
  Math.max(1, ...all.map((values) => values.reduce((most, value) => Math.max(most, value), 0)));

const scaleOf = (most: number): Panel['labels'] => [
  [formatCount(Math.round(most)), 0.12],
  ['0', 1],
];

/** A value a column, as steps; a column that is like the one before needs no corner. */
function stepsOf(values: Float64Array, most: number): string {
  const width = UNITS / values.length;
  const round = (number: number) => String(Math.round(number * 100) / 100);
  let path = '';
  let last: number | undefined;
  for (const [column, value] of values.entries()) {
    if (value === last) continue;
    const [x, y] = [round(column * width), round(UNITS - (value / most) * UNITS)];
    path += last === undefined ? `M${x} ${y}` : `H${x}V${y}`;
    last = value;
  }
  return `${path}H${UNITS}`;
}

function violatedOf(minutes: readonly number[], seconds: number, row: number, rows: number): string {
  const height = UNITS / rows;
  const marks = minutes.map((minute) => {
    const x = Math.round(((minute * 60 + 30) / seconds) * UNITS * 100) / 100;
    return `M${x} ${row * height}v${height * 0.8}`;
  });
  return marks.length === 0 ? '' : `<path class="violated" d="${marks.join('')}"/>`;
}

const timeAt = ({ from, seconds }: Picture, share: number): string =>
  new Date(from + share * seconds * 1_000).toISOString().slice(0, 16).replace('T', ' ');
