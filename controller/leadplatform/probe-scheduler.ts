/** Puts the questions of every platform's capabilities at an interval, and keeps the last answer to each. */
import type { ProbeResult, Probe } from '../../src/probes/probe.ts';
import type { RequestedProbe } from '../../src/plan/types.ts';
import { type ProbeRunner, probeRunnerOf } from '../../src/sources/index.ts';
import type { SourceDeps } from '../../src/sources/index.ts';

/** While a step waits for the answer, and once nothing does; in milliseconds. */
const SOON_MS = 3_000;
const LATER_MS = 60_000;
const TIMEOUT_MS = 10_000;

interface Question {
  readonly text: string;
  readonly runner: ProbeRunner;
  readonly abort: AbortController;
  every: number;
  timer: NodeJS.Timeout | undefined;
  answer: ProbeResult | undefined;
}

export interface ProbeSchedulerOptions {
  readonly depsOf: (key: string) => SourceDeps;
  /** An answer is another one than before. */
  readonly onChange: (key: string) => void;
}

export class ProbeScheduler {
  readonly #options: ProbeSchedulerOptions;
  readonly #platforms = new Map<string, Map<string, Question>>();

  constructor(options: ProbeSchedulerOptions) {
    this.#options = options;
  }

  /** The questions of a platform from now on. Answers to those that are no longer put are forgotten. */
  want(key: string, probes: readonly RequestedProbe[]): void {
    let questions = this.#platforms.get(key);
    if (questions === undefined) {
      if (probes.length === 0) return;
      this.#platforms.set(key, (questions = new Map()));
    }
    const ids = new Set(probes.map(({ probe }) => probe.id));
    for (const [id, question] of questions) if (!ids.has(id)) this.#end(questions, id, question);
    for (const { probe, isUrgent } of probes)
      this.#probe(key, questions, probe, isUrgent ? SOON_MS : LATER_MS);
    if (questions.size === 0) this.#platforms.delete(key);
  }

  probeResults(key: string): Readonly<Record<string, ProbeResult>> {
    const probeResults: Record<string, ProbeResult> = {};
    for (const [id, { answer }] of this.#platforms.get(key) ?? [])
      if (answer !== undefined) probeResults[id] = answer;
    return probeResults;
  }

  /** Whether each question that is put has been answered at least once; that it could not be is an answer. */
  isAnswered(key: string): boolean {
    const questions = [...(this.#platforms.get(key)?.values() ?? [])];
    return questions.every(({ answer }) => answer !== undefined);
  }

  forget(key: string): void {
    this.want(key, []);
  }

  stop(): void {
    for (const key of [...this.#platforms.keys()]) this.forget(key);
  }

  #probe(key: string, questions: Map<string, Question>, probe: Probe, every: number): void {
    const text = JSON.stringify(probe);
    const before = questions.get(probe.id);
    if (before?.text === text) {
      // Sooner than it was put off for: now somebody waits.
      if (every < before.every && before.timer !== undefined) this.#arm(key, before, 0);
      before.every = every;
      return;
    }
    if (before !== undefined) this.#end(questions, probe.id, before);
    const question: Question = {
      text,
      runner: probeRunnerOf(probe, this.#options.depsOf(key), Date.now),
      abort: new AbortController(),
      every,
      timer: undefined,
      answer: undefined,
    };
    questions.set(probe.id, question);
    this.#arm(key, question, 0);
  }

  #arm(key: string, question: Question, wait: number): void {
    clearTimeout(question.timer);
    question.timer = setTimeout(() => {
      question.timer = undefined;
      void this.#put(key, question);
    }, wait);
    question.timer.unref();
  }

  async #put(key: string, question: Question): Promise<void> {
    const { runner, abort } = question;
    const answer = await runner.put(AbortSignal.any([abort.signal, AbortSignal.timeout(TIMEOUT_MS)]));
    if (abort.signal.aborted) return;
    const isNews = said(answer) !== said(question.answer);
    question.answer = answer;
    this.#arm(key, question, question.every);
    if (isNews) this.#options.onChange(key);
  }

  #end(questions: Map<string, Question>, id: string, { timer, abort, runner }: Question): void {
    questions.delete(id);
    clearTimeout(timer);
    abort.abort();
    runner.close();
  }
}

/** An answer without its time. */
const said = (answer: ProbeResult | undefined): string | undefined =>
  answer === undefined ? undefined : JSON.stringify({ ...answer, at: 0 });
