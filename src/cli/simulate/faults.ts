/** `--faults`: what goes wrong, when and for how long, such as `queues@2026-03-02T08:00:00Z/10m`. */
import { unknownWord } from '../../api/did-you-mean.ts';
import type { Instant } from '../../model/reading.ts';
import { FAULT_KINDS, type Fault, type FaultKind } from '../../simulate/queue/faults.ts';
import { SIGNALS } from '../../simulate/queue/view.ts';
import { UsageError } from '../errors.ts';
import { instantIn } from '../../simulate/instant.ts';
import { durationSeconds } from './values.ts';

/** One as it was typed, before it is known when the trace begins. */
export interface GivenFault {
  readonly text: string;
  readonly kind: FaultKind;
  readonly at: Instant;
  readonly seconds: number;
  readonly effect: Pick<Fault, 'factor' | 'jobsPerMinute' | 'reads'>;
}

const FACTORS = { least: 0.01, most: 100 };
const TAKE_ONE = [...SIGNALS, 'throughput', 'jobs'];
const FORM = 'write WHAT@TIME/DURATION, like queues@2026-03-02T08:00:00Z/10m, or jobs@TIME/DURATION=3';

export function faultsIn(text: string | undefined): readonly GivenFault[] {
  return text === undefined ? [] : text.split(',').map((each) => faultIn(each.trim()));
}

function faultIn(text: string): GivenFault {
  const [, word = '', time = '', length = '', times] =
    /^([a-z-]+)@([^/=]+)\/([^/=]+)(?:=(.*))?$/.exec(text) ?? [];
  if (word === '') throw new UsageError(`--faults has "${text}"; ${FORM}`);
  const kind = FAULT_KINDS.find((each) => each === word);
  if (kind === undefined) throw new UsageError(`--faults: ${unknownWord('fault', word, [...FAULT_KINDS])}`);
  const [at, seconds] = [instantIn(time), durationSeconds(length)];
  if (at === undefined)
    throw new UsageError(
      `--faults has the time "${time}"; write a day like 2026-03-02 or 2026-03-02T08:00:00Z`,
    );
  if (seconds === undefined || seconds === 0)
    throw new UsageError(`--faults has the duration "${length}"; write one above 0, like 10m`);
  return { text, kind, at, seconds, effect: effectOf(kind, times, text) };
}

function effectOf(kind: FaultKind, value: string | undefined, text: string): GivenFault['effect'] {
  if (kind === 'jobs') return { factor: factorOf(value, text) };
  if (kind === 'throughput') return { jobsPerMinute: throughputOf(value, text) };
  if (value === undefined) return {};
  if (!SIGNALS.some((signal) => signal === kind))
    throw new UsageError(`--faults has "${text}"; ${kind} takes no number; ${TAKE_ONE.join(', ')} do`);
  if (value === 'frozen') return { reads: value };
  // As somebody's source may tell it: below zero, or none at all.
  if (/^(-?\d+(\.\d+)?(e\d+)?|NaN)$/.test(value)) return { reads: Number(value) };
  throw new UsageError(
    `--faults has "${text}"; say what ${kind} reads, a number like 0 or 1e6, NaN, or frozen, as in queues@TIME/DURATION=0`,
  );
}

function factorOf(times: string | undefined, text: string): number {
  const factor = /^\d+(\.\d+)?$/.test(times ?? '') ? Number(times) : NaN;
  if (factor >= FACTORS.least && factor <= FACTORS.most) return factor;
  throw new UsageError(
    `--faults has "${text}"; say how many times as long jobs take, from ${FACTORS.least} to ${FACTORS.most}, as in jobs@TIME/DURATION=3`,
  );
}

function throughputOf(jobsPerMinute: string | undefined, text: string): number {
  if (/^\d+(\.\d+)?$/.test(jobsPerMinute ?? '')) return Number(jobsPerMinute);
  throw new UsageError(
    `--faults has "${text}"; say how many jobs a minute all Pods together finish at the most, as in throughput@TIME/DURATION=60; 0 is an outage`,
  );
}

/** By the seconds of a trace. */
export function faultsOfTrace(
  given: readonly GivenFault[],
  from: Instant,
  seconds: number,
): readonly Fault[] {
  return given.map(({ text, kind, at, seconds: length, effect }) => {
    const start = (at - from) / 1_000;
    if (start >= seconds || start + length <= 0)
      throw new UsageError(
        `--faults has "${text}", and what is simulated is ${new Date(from).toISOString()} to ${new Date(from + seconds * 1_000).toISOString()}`,
      );
    return { kind, from: Math.max(0, start), until: start + length, ...effect };
  });
}
