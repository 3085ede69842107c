import type { InlineConfig } from 'vitest/node';
import { REPORT_VARIABLE } from './report.ts';
import { ReportReporter } from './reporter.ts';

const isPartOfRun = (process.env[REPORT_VARIABLE] ?? '') !== '';

/**
 * For a person, and for `npm test`. Where that runs vitest, others write to the same terminal: one line a file then, and
 * none that is written over.
 */
export const reporters: NonNullable<InlineConfig['reporters']> = [
  ['default', isPartOfRun ? { summary: false } : {}],
  new ReportReporter(),
];
