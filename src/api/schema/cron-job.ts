/** When a CronJob runs, in the words that Kubernetes reads; it reads fewer than the operator does for windows. */
import { schedule, timeZone } from './ladder.ts';

const MONTHS = ['JAN', 'FEB', 'MAR', 'APR', 'MAY', 'JUN', 'JUL', 'AUG', 'SEP', 'OCT', 'NOV', 'DEC'];
const DAYS = ['SUN', 'MON', 'TUE', 'WED', 'THU', 'FRI', 'SAT'];

interface Field {
  readonly low: number;
  readonly high: number;
  readonly names?: readonly string[];
}

const FIELDS: readonly Field[] = [
  { low: 0, high: 59 },
  { low: 0, high: 23 },
  { low: 1, high: 31 },
  { low: 1, high: 12, names: MONTHS },
  // Sunday is 0 alone.
  { low: 0, high: 6, names: DAYS },
];

function valueOf(text: string, { low, names = [] }: Field): number {
  const named = names.indexOf(text.toUpperCase());
  if (named >= 0) return named + low;
  return /^\d{1,4}$/.test(text) ? Number(text) : Number.NaN;
}

/** `*`, `5`, `1-5` or `MON-FRI`, each with a step or without. */
function isEntry(text: string, field: Field): boolean {
  const [, range = '', step] = /^([^/]+)(?:\/(\d{1,4}))?$/.exec(text) ?? [];
  if (step !== undefined && Number(step) === 0) return false;
  if (range === '*' || range === '?') return true;
  const ends = range.split('-').map((end) => valueOf(end, field));
  const [first = Number.NaN, last = first] = ends;
  return ends.length <= 2 && field.low <= first && first <= last && last <= field.high;
}

/** As github.com/robfig/cron reads it, by which the CronJob controller goes. */
function isForCronJobs(schedule: string): boolean {
  const texts = schedule.trim().split(/\s+/);
  return (
    texts.length === FIELDS.length &&
    FIELDS.every((field, index) => texts[index]!.split(',').every((entry) => isEntry(entry, field)))
  );
}

export const cronJobSchedule = () =>
  schedule().refine(isForCronJobs, {
    message:
      'is not a schedule that a CronJob may have: numbers, names like MON, ranges, lists and steps; Sunday is 0, and L, W and # are not known',
  });

/** Areas of the time zone database, and its zones without one. */
const AREAS = new Set(
  'Africa America Antarctica Arctic Asia Atlantic Australia Brazil Canada Chile Etc Europe Indian Mexico Pacific US'.split(
    ' ',
  ),
);
const ZONES = new Set(
  'CET CST6CDT Cuba EET EST EST5EDT Egypt Eire GB GB-Eire GMT GMT+0 GMT-0 GMT0 Greenwich HST Hongkong Iceland Iran Israel Jamaica Japan Kwajalein Libya MET MST MST7MDT NZ NZ-CHAT Navajo PRC PST8PDT Poland Portugal ROC ROK Singapore Turkey UCT UTC Universal W-SU WET Zulu'.split(
    ' ',
  ),
);

/** The API server takes a zone by its exact name; what knows it here takes any case, and names of its own like JST. */
function isInDatabase(name: string): boolean {
  const [area = '', ...places] = name.split('/');
  if (places.length === 0) return ZONES.has(name);
  return AREAS.has(area) && places.every((place) => /^[A-Z]/.test(place));
}

export const cronJobTimeZone = () =>
  timeZone().refine(isInDatabase, {
    message:
      'is not a name of the time zone database as CronJobs need it; write one like Europe/Berlin or UTC, with its capitals',
  });
