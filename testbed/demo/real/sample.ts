/** The LeadPlatform of the demo on real pods, with the image of this run. */
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { parse } from 'yaml';
import { admit } from '../../../src/api/admit.ts';
import { parseDuration } from '../../../src/api/quantity.ts';
import type { LeadPlatformSpec } from '../../../src/api/schema/leadplatform.ts';
import { ladderOf } from '../../../src/ladder/ladder.ts';
import { projectFolder } from '../../folders.ts';
import type { Manifest } from '../sample.ts';

export const REAL_SAMPLE_FILE = 'manifests/demo/real-pods.yaml';

export interface RealSample {
  /** As it is applied. */
  readonly manifest: Manifest;
  readonly spec: LeadPlatformSpec;
  readonly name: string;
  /** Names of the tiers, lowest first. */
  readonly ladder: readonly string[];
  /** How long a day takes, in ms. */
  readonly dayMs: number;
}

export async function readRealSample(namespace: string, image: string): Promise<RealSample> {
  const manifest = parse(await readFile(join(projectFolder, REAL_SAMPLE_FILE), 'utf8')) as Manifest;
  manifest.metadata.namespace = namespace;
  manifest.spec['image'] = image;
  const admission = admit(manifest);
  if (!admission.ok) {
    throw new Error(`${REAL_SAMPLE_FILE}: ${admission.problems.map(({ message }) => message).join('; ')}`);
  }
  const { spec } = admission;
  return {
    manifest,
    spec,
    name: manifest.metadata.name,
    ladder: ladderOf(spec).tiers.map(({ name }) => name),
    dayMs: spec.signals.leadsPerDay.postgres?.window ?? parseDuration('24h'),
  };
}
