/** What answers may be no operator: its words reach a terminal, and the form of them must not end the command. */
import { describe, expect, it } from 'vitest';
import { type LiveNumbers, NoNumbers, numbersOf } from '../../../controller/commands/live-answer.ts';
import { type PlatformView, renderList, renderPlatform } from '../../../controller/commands/status-view.ts';
import { liveView } from '../../../controller/http/live.ts';
import { decisionOf, NOW } from '../plan/fixtures.ts';

const empty = { components: [], signals: [], reasons: [], clamps: [] };
const EVIL = '\u001b]0;gone\u0007\u202e\u2028\nfine';

const of = (answer: unknown) => () => numbersOf(200, JSON.stringify(answer));

it('takes what an operator says as it is', () => {
  const view = JSON.parse(JSON.stringify(liveView(decisionOf({ at: NOW }))));
  expect(of(view)()).toEqual({ view });
  expect(of(empty)()).toEqual({ view: empty });
});

it.each<[string, unknown]>([
  ['nothing', null],
  ['a list', []],
  ['signals alone', { signals: [] }],
  ['a signal that is none', { ...empty, signals: [null] }],
  ['a component without a name', { ...empty, components: [{ replicas: 1, reason: '' }] }],
  ['a size that is no number', { ...empty, components: [{ name: 'a', replicas: 'many', reason: '' }] }],
  ['a value that is no number', { ...empty, signals: [{ name: 'a', unit: 'ms', value: '1' }] }],
  ['reasons that are objects', { ...empty, reasons: [{}] }],
  ['more than any platform has', { ...empty, reasons: Array(2_001).fill('') }],
])('takes %s for no operator', (_, answer) => {
  expect(of(answer)).toThrow(NoNumbers);
  expect(of(answer)).toThrow('What answered, with 200, is not an operator of this version.');
});

it('says the words of an error, and not those of a page', () => {
  expect(() => numbersOf(503, '{"error":"grant it"}')).toThrow('grant it');
  expect(() => numbersOf(503, '<html>')).toThrow(/is not an operator/);
  expect(numbersOf(403, '{"error":"not you"}')).toEqual({ unavailable: 'not you', status: 403 });
});

describe('what moves a cursor', () => {
  const shown = (numbers: LiveNumbers): string => {
    const object = {
      apiVersion: 'leadplatform.io/v1alpha1',
      kind: 'LeadPlatform',
      metadata: { name: 'brain', namespace: 'leads' },
      status: { components: [{ name: 'a', desiredReplicas: 1, replicas: 1, readyReplicas: 1 }] },
    } as const;
    const view: PlatformView =
      'view' in numbers
        ? { object: object as unknown as PlatformView['object'], live: numbers.view }
        : {
            object: object as unknown as PlatformView['object'],
            live: undefined,
            unavailable: numbers.unavailable,
          };
    const out = { write: () => undefined, colour: true, columns: 80 };
    return renderPlatform(view, NOW, out) + renderList([view], out);
  };

  it.each<[string, () => LiveNumbers]>([
    ['a refusal', () => numbersOf(403, JSON.stringify({ error: EVIL }))],
    [
      'each text of live numbers',
      of({
        ...{ decidedAt: EVIL, tier: EVIL, targetTier: EVIL, rule: EVIL },
        components: [{ name: 'a', replicas: 1, reason: EVIL }],
        signals: [{ name: EVIL, unit: EVIL, at: EVIL, band: EVIL, unknown: EVIL, message: EVIL }],
        reasons: [EVIL],
        clamps: [EVIL],
      }),
    ],
  ])('is taken out of %s', (_, numbers) => {
    const text = shown(numbers());
    expect(text).toContain('fine');
    // Colours of our own are as they were.
    const plain = text.replaceAll(/\p{Cc}\[\d+m/gu, '');
    expect(plain.replaceAll('\n', '')).not.toMatch(/[\p{Cc}\p{Cf}\u2028]/u);
    expect(JSON.stringify(numbers())).not.toMatch(/\\u001b|\\u0007|\\n|[\u202e\u2028]/);
  });

  it('and no sentence is longer than a person reads', () => {
    expect(numbersOf(403, JSON.stringify({ error: 'a'.repeat(10_000) }))).toEqual({
      unavailable: 'a'.repeat(500),
      status: 403,
    });
  });
});
