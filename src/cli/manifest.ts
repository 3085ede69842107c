/** The LeadPlatforms of a manifest: one or more YAML (or JSON) documents, among others that are left alone. */
import { LineCounter, parseAllDocuments } from 'yaml';
import { admit, describeProblem } from '../api/admit.ts';
import { KIND } from '../api/names.ts';
import type { LeadPlatformSpec } from '../api/schema/leadplatform.ts';
import { ManifestError } from './errors.ts';

export interface Platform {
  readonly name: string;
  readonly namespace?: string;
  readonly annotations: Readonly<Record<string, unknown>>;
  readonly spec: LeadPlatformSpec;
  /** The tier that it stands on, where the file was read from a cluster. */
  readonly tier?: string;
}

type Fields = Readonly<Record<string, unknown>>;
const isFields = (value: unknown): value is Fields =>
  typeof value === 'object' && value !== null && !Array.isArray(value);
const fields = (value: unknown): Fields => (isFields(value) ? value : {});
const text = (value: unknown) => (typeof value === 'string' && value !== '' ? value : undefined);

function documents(source: string, path: string): readonly unknown[] {
  const lineCounter = new LineCounter();
  const parsed = parseAllDocuments(source, { lineCounter, prettyErrors: false });
  if ('empty' in parsed) return [];
  return parsed.map((document) => {
    const [error] = document.errors;
    if (error !== undefined) {
      const { line, col } = lineCounter.linePos(error.pos[0]);
      throw new ManifestError(`${path}:${line}:${col}: not YAML: ${error.message}`);
    }
    try {
      return document.toJS() as unknown;
    } catch (cause) {
      throw new ManifestError(`${path}: not YAML: ${cause instanceof Error ? cause.message : 'unreadable'}`);
    }
  });
}

/** `kubectl get -o yaml` wraps what it found into one List. */
const unwrapped = (document: unknown): readonly unknown[] => {
  const { kind, items } = fields(document);
  return typeof kind === 'string' && kind.endsWith('List') && Array.isArray(items) ? items : [document];
};

function platformOf(object: Fields, path: string): Platform {
  const metadata = fields(object['metadata']);
  const name = text(metadata['name']) ?? text(metadata['generateName']) ?? 'unnamed';
  const admission = admit(object);
  if (!admission.ok) {
    const problems = admission.problems.map((problem) => `  ${describeProblem(problem)}`);
    throw new ManifestError([`${path}: ${KIND} ${name} is invalid:`, ...problems].join('\n'));
  }
  const namespace = text(metadata['namespace']);
  const tier = text(fields(object['status'])['tier']);
  return {
    name,
    annotations: fields(metadata['annotations']),
    spec: admission.spec,
    ...(namespace === undefined ? {} : { namespace }),
    ...(tier === undefined ? {} : { tier }),
  };
}

/** @throws ManifestError when it is not YAML, holds no LeadPlatform, or one that is invalid */
export function platformsIn(source: string, path: string): readonly Platform[] {
  const objects = documents(source, path)
    .flatMap(unwrapped)
    .filter(isFields)
    .filter(({ kind }) => kind === KIND);
  if (objects.length === 0) throw new ManifestError(`${path}: no document of kind ${KIND} in it`);
  return objects.map((object) => platformOf(object, path));
}
