/** What the pages of the capabilities are made of. */
import { describe, expect, it } from 'vitest';
import { capabilityPages } from '../../../scripts/capability-pages.ts';
import { CAPABILITIES } from '../../../src/capabilities/index.ts';

describe('The page of a capability', () => {
  const pages = new Map(capabilityPages().map(({ file, text }) => [file, text]));
  const table = CAPABILITIES.map(({ name, manual }) => ({ name, manual }));

  it('has a manual to be made of, whichever capability it is', () => {
    const missing = table.filter(({ manual }) => manual === undefined).map(({ name }) => name);
    expect(missing).toEqual([]);
  });

  it.each(table)(
    'of $name says what happens, what it costs, touches, and how to take it back',
    ({ name, manual }) => {
      const text = pages.get(`${name}.md`) ?? '';
      for (const said of manual === undefined
        ? ['What is known']
        : [manual.how, manual.costs, manual.touches, manual.undo]) {
        expect(said.trim()).not.toBe('');
        expect(text).toContain(said);
      }
    },
  );

  it.each(table)('of $name stands in the overview', ({ name }) => {
    expect(pages.get('README.md')).toContain(`(${name}.md)`);
  });
});
