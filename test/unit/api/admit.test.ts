import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { admit, describeProblem } from '../../../src/api/admit.ts';
import { LeadPlatformSpec } from '../../../src/api/schema/leadplatform.ts';
import { ACCEPTED, MINIMAL_SPEC, ONLY_OFFLINE, REFUSED, manifest } from '../../fixtures/manifests.ts';

function sentences(object: unknown): readonly string[] {
  const admission = admit(object);
  return admission.ok ? [] : admission.problems.map(describeProblem);
}

describe('admit', () => {
  it.each([...REFUSED, ...ONLY_OFFLINE])('refuses $name', ({ says, offline, ...row }) => {
    const expected = says ?? offline ?? 'a row of the table lacks a sentence';
    expect(sentences(manifest('brain', row)).join('\n')).toContain(expected);
  });

  it.each(ACCEPTED)('accepts $name', (row) => {
    expect(admit(manifest('brain', row))).toMatchObject({ ok: true });
  });

  it('takes a spec by itself, and reads defaults into base units', () => {
    const admission = admit(MINIMAL_SPEC);
    expect(admission).toMatchObject({
      ok: true,
      spec: {
        mode: 'Auto',
        components: { sync: { pickupTime: 60_000 } },
        budgets: { databaseConnections: 80 },
      },
    });
  });

  it('says once what breaks two bounds at one place', () => {
    expect(sentences({ ...MINIMAL_SPEC, budgets: { viciApiCallsPerHour: -5 } })).toHaveLength(1);
  });

  it('asks for the right kind and version', () => {
    expect(sentences({ apiVersion: 'apps/v1', kind: 'Deployment', spec: MINIMAL_SPEC })).toEqual([
      'apiVersion: must be leadplatform.io/v1alpha1',
      'kind: must be LeadPlatform',
    ]);
  });

  it('bounds how many problems it tells, and how long', () => {
    const wrong = Object.fromEntries(Array.from({ length: 500 }, (_, i) => [`${'x'.repeat(1_000)}${i}`, i]));
    const told = sentences({ image: 'a', ...wrong });
    expect(told).toHaveLength(20);
    expect(told.at(-1)).toBe('and 481 more problems');
    expect(Math.max(...told.map(({ length }) => length))).toBeLessThan(800);
  });

  it('keeps control characters of a manifest out of its sentences', () => {
    expect(sentences({ image: 'a', 'x\u001b[31m\n': 1 }).join('')).not.toMatch(/\p{Cc}/u);
  });

  it('never repeats a value that could be a secret', () => {
    const secret = 'hunter2-hunter2';
    const told = sentences({
      image: 5,
      env: [{ name: `${secret} x`, value: { secret } }],
      signals: { agents: { http: { url: `http://u:${secret}@h`, path: `${secret} x` } } },
    });
    expect(told.length).toBeGreaterThan(3);
    expect(told.join('\n')).not.toContain(secret);
  });

  it('never throws, whatever it is given', () => {
    const fields = ['spec', 'metadata', ...Object.keys(LeadPlatformSpec.shape)];
    const anything = fc.oneof(
      fc.anything({ withNullPrototype: true, withBigInt: true, withDate: true }),
      fc.dictionary(fc.constantFrom(...fields), fc.anything()),
      fc.dictionary(fc.constantFrom(...fields), fc.anything()).map((spec) => ({ spec })),
    );
    fc.assert(
      fc.property(anything, (object) => {
        expect(typeof admit(object).ok).toBe('boolean');
      }),
    );
  });
});
