/** Puts the questions of every platform's capabilities at an interval, and keeps the last answer to each. */
import type { Answer, Ask } from '../../src/probes/asks.ts';
import type { Asked } from '../../src/plan/types.ts';
import { type Asker, askerOf } from '../../src/sources/index.ts';
import type { SourceDeps } from '../../src/sources/index.ts';

/** While a step waits for the answer, and once nothing does; in milliseconds. */
const SOON_MS = 3_000;
const LATER_MS = 60_000;
const TIMEOUT_MS = 10_000;

interface Question {
  readonly text: string;
  readonly asker: Asker;
  readonly abort: AbortController;
  every: number;
  timer: NodeJS.Timeout | undefined;
  answer: Answer | undefined;
}

export interface AskingOptions {
  readonly depsOf: (key: string) => SourceDeps;
  /** An answer is another one than before. */
  readonly onChange: (key: string) => void;
}

export class Asking {
  readonly #options: AskingOptions;
  readonly #platforms = new Map<string, Map<string, Question>>();

  constructor(options: AskingOptions) {
    this.#options = options;
  }

  /** The questions of a platform from now on. Answers to those that are no longer put are forgotten. */
  want(key: string, asks: readonly Asked[]): void {
    let questions = this.#platforms.get(key);
    if (questions === undefined) {
      if (asks.length === 0) return;
      this.#platforms.set(key, (questions = new Map()));
    }
    const ids = new Set(asks.map(({ ask }) => ask.id));
    for (const [id, question] of questions) if (!ids.has(id)) this.#end(questions, id, question);
    for (const { ask, isUrgent } of asks) this.#ask(key, questions, ask, isUrgent ? SOON_MS : LATER_MS);
    if (questions.size === 0) this.#platforms.delete(key);
  }

  answers(key: string): Readonly<Record<string, Answer>> {
    const answers: Record<string, Answer> = {};
    for (const [id, { answer }] of this.#platforms.get(key) ?? [])
      if (answer !== undefined) answers[id] = answer;
    return answers;
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

  #ask(key: string, questions: Map<string, Question>, ask: Ask, every: number): void {
    const text = JSON.stringify(ask);
    const before = questions.get(ask.id);
    if (before?.text === text) {
      // Sooner than it was put off for: now somebody waits.
      if (every < before.every && before.timer !== undefined) this.#arm(key, before, 0);
      before.every = every;
      return;
    }
    if (before !== undefined) this.#end(questions, ask.id, before);
    const question: Question = {
      text,
      asker: askerOf(ask, this.#options.depsOf(key), Date.now),
      abort: new AbortController(),
      every,
      timer: undefined,
      answer: undefined,
    };
    questions.set(ask.id, question);
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
    const { asker, abort } = question;
    const answer = await asker.put(AbortSignal.any([abort.signal, AbortSignal.timeout(TIMEOUT_MS)]));
    if (abort.signal.aborted) return;
    const isNews = said(answer) !== said(question.answer);
    question.answer = answer;
    this.#arm(key, question, question.every);
    if (isNews) this.#options.onChange(key);
  }

  #end(questions: Map<string, Question>, id: string, { timer, abort, asker }: Question): void {
    questions.delete(id);
    clearTimeout(timer);
    abort.abort();
    asker.close();
  }
}

/** An answer without its time. */
const said = (answer: Answer | undefined): string | undefined =>
  answer === undefined ? undefined : JSON.stringify({ ...answer, at: 0 });
