/** `npm run bench`: what this project has to reach, measured, beside the peer where there is one. */
import { isTestbedUnavailable } from '../testbed/errors.ts';
import { benchCore } from './core/core.ts';
import { benchDecision } from './decision.ts';
import { writeSection } from './document.ts';
import { benchFleet } from './fleet.ts';
import { benchImage } from './image.ts';
import { type Bench, type Options, parseOptions, USAGE, UsageError } from './options.ts';
import type { Section } from './results.ts';
import { benchSpike } from './spike.ts';
import { plainText } from './table.ts';

const log = (line: string): void => void process.stderr.write(`bench: ${line}\n`);

const BENCHES: Record<Bench, (options: Options) => Promise<Section | readonly Section[]>> = {
  decision: () => benchDecision(log),
  core: (options) => benchCore(options, log),
  spike: (options) => benchSpike(options, log),
  fleet: (options) => benchFleet(options, log),
  image: () => benchImage(log),
};

async function main(args: readonly string[]): Promise<number> {
  const options = parseOptions(args);
  if (options === 'help') {
    process.stdout.write(USAGE);
    return 0;
  }
  const sections: Section[] = [];
  for (const bench of options.benches) {
    for (const section of [await BENCHES[bench](options)].flat()) {
      sections.push(section);
      if (options.write) await writeSection(section);
      if (options.output === 'table') process.stdout.write(`\n${plainText(section)}\n`);
    }
  }
  if (options.output === 'json') process.stdout.write(`${JSON.stringify(sections, undefined, 2)}\n`);
  return 0;
}

try {
  process.exit(await main(process.argv.slice(2)));
} catch (error) {
  if (error instanceof UsageError) {
    process.stderr.write(`bench: ${error.message}\n`);
    process.exit(2);
  }
  if (!isTestbedUnavailable(error)) throw error;
  process.stderr.write(`bench: ${error.message}\n`);
  process.exit(1);
}
