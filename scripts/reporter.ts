import { relative } from 'node:path';
import type { Reporter, SerializedError, TestModule, TestSpecification } from 'vitest/node';
import { append, type FileResult, REPORT_VARIABLE } from './report.ts';

/** Writes each file that ends to the report of the run, for `npm test` to count and to show. */
export class ReportReporter implements Reporter {
  readonly #path = process.env[REPORT_VARIABLE];

  onTestRunStart(specifications: readonly TestSpecification[]): void {
    const projects: Record<string, number> = {};
    for (const { project } of specifications) projects[project.name] = (projects[project.name] ?? 0) + 1;
    this.#append({ kind: 'planned', projects });
  }

  onTestModuleEnd(module: TestModule): void {
    this.#append({ kind: 'file', file: resultOf(module) });
  }

  onTestRunEnd(_: readonly TestModule[], errors: readonly SerializedError[]): void {
    this.#append({ kind: 'ended', errors: errors.length });
  }

  #append(entry: Parameters<typeof append>[1]): void {
    if (this.#path !== undefined && this.#path !== '') append(this.#path, entry);
  }
}

function resultOf(module: TestModule): FileResult {
  const tests = [...module.children.allTests()].map((test) => {
    const { state, errors = [] } = test.result();
    const error = errors[0]?.message.split('\n')[0];
    return {
      name: test.fullName,
      status: state === 'pending' ? ('skipped' as const) : state,
      ...(error !== undefined && { error }),
    };
  });
  const state = module.state();
  return {
    path: relative(module.project.vitest.config.root, module.moduleId),
    project: module.project.name,
    status: state === 'passed' || state === 'failed' ? state : 'skipped',
    seconds: module.diagnostic().duration / 1_000,
    tests,
  };
}
