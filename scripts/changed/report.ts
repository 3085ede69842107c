import type { Change } from './base.ts';
import { type ChangedPlan, kindOf } from './plan.ts';

/** What `npm test -- --changed` says before it runs: what it goes by, what runs, and what it leaves out. */
export function changedReport({ since, files }: Change, plan: ChangedPlan, budgetSeconds: number): string {
  if (files.length === 0) return `No file has changed ${since}.\n`;
  const { run, tooLong, onRealPods, unreached } = plan;
  const concerned = run.length + tooLong.length + onRealPods.length;
  const integration = run.filter((test) => kindOf(test) === 'integration').length;
  const lines = [
    `${count(files.length, 'file')} changed ${since}.`,
    concerned === 0
      ? `No test depends on ${files.length === 1 ? 'it' : 'them'}.`
      : `${count(concerned, 'test file')} ${concerned === 1 ? 'depends' : 'depend'} on ${files.length === 1 ? 'it' : 'them'}; ${run.length} run, in about ${Math.ceil(plan.seconds)} s: ` +
        `${run.length - integration} unit, property or golden, ${integration} integration.`,
  ];
  if (concerned > 0 && unreached.length > 0) lines.push(`No test depends on: ${unreached.join(', ')}.`);
  lines.push(...leftOut(`they would not end within ${budgetSeconds} s`, tooLong));
  lines.push(...leftOut('they need real pods, which take minutes to come up', onRealPods));
  return `${lines.join('\n')}\n`;
}

function leftOut(why: string, tests: readonly string[]): string[] {
  if (tests.length === 0) return [];
  return [
    `Left out, because ${why}: ${count(tests.length, 'test file')}. To run them:`,
    `  npm test -- ${tests.join(' \\\n    ')}`,
  ];
}

const count = (number: number, what: string): string => `${number} ${what}${number === 1 ? '' : 's'}`;
