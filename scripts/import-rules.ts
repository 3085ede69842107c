/**
 * Who may import whom, and what pure code may touch. What is loaded at run time is what is left after Node has stripped the
 * types; the order of rooms, and circles of files, count types as well. dependency-cruiser does not read TypeScript 7 yet.
 */
import { stripTypeScriptTypes } from 'node:module';
import { dirname, join, normalize } from 'node:path';

export interface SourceFile {
  /** From the project's root, like `src/api/admit.ts`. */
  readonly path: string;
  /** Code without types and comments. */
  readonly code: string;
  /** What it imports at run time: paths from the root, or names of packages. */
  readonly imports: readonly string[];
  /** The same with what it imports for its types alone. */
  readonly importsWithTypes: readonly string[];
}

export interface Violation {
  readonly path: string;
  readonly says: string;
}

/** The rooms, lowest first: a file imports files of its own room and of lower ones, types counted. */
export const ROOMS = [
  'src/api',
  'src/model',
  'src/text',
  'src/kube',
  'src/probes',
  'src/cluster',
  'src/workloads',
  'src/catalog',
  'src/signals',
  'src/ladder',
  'src/transition',
  'src/capabilities/contract',
  'src/capabilities',
  'src/scaling',
  'src/decide',
  'src/plan',
  'src/simulate',
  'src/cli',
  'src/sources',
  'controller',
] as const;

/** Index of the room that a file is in; undefined outside of `src` and `controller`. */
function roomOf(path: string): number | undefined {
  const inside = ROOMS.filter((room) => path.startsWith(`${room}/`));
  const innermost = inside.toSorted((a, b) => b.length - a.length)[0];
  return innermost && ROOMS.indexOf(innermost);
}

/** Rooms with effects; the others hold the rules of the business: data in, data out. */
const WITH_EFFECTS = /^src\/(cli|sources)\//;
const isPure = (path: string): boolean => path.startsWith('src/') && !WITH_EFFECTS.test(path);
/** What `src` and the operator ship without. */
const FOLDER = /^(testbed|bench|scripts|test|examples)\//;
/** Packages that compute and nothing else; and hashing, the one part of Node that has no effects. */
const PURE_PACKAGES = new Set(['zod', 'croner', 'yaml', 'node:crypto']);
/** The one place that loads the Kubernetes client: its import takes most of a second. */
const KUBERNETES_CLIENT_SITE = /^(controller\/runtime\/kube\.ts|testbed\/|bench\/|test\/)/;

const EFFECTS: readonly (readonly [pattern: RegExp, what: string])[] = [
  [/\bDate\s*\.\s*now\b/, 'Date.now()'],
  [/\bnew\s+Date\s*(\(\s*\)|(?!\s*\())/, 'new Date() without an argument'],
  [/(?<!new\s+)\bDate\s*\(/, 'Date()'],
  [/\bperformance\s*\.\s*now\b/, 'performance.now()'],
  [/\bMath\s*\.\s*random\b/, 'Math.random()'],
  [/\b(setTimeout|setInterval|setImmediate|queueMicrotask)\b/, 'a timer'],
  [/(?<![.\w])process\s*\./, 'process'],
  [/(?<![.\w])console\s*\./, 'console'],
  [/(?<![.\w])fetch\s*\(/, 'fetch()'],
  [/\b(randomUUID|randomBytes|randomInt)\b/, 'chance'],
];

/** Blanks out comments; what stands in a string is kept, for a string may be an import. */
export function withoutComments(code: string): string {
  const token = /\/\*[\s\S]*?\*\/|\/\/[^\n]*|'(?:\\.|[^'\\\n])*'|"(?:\\.|[^"\\\n])*"|`(?:\\.|[^`\\])*`/g;
  return code.replace(token, (found) => (found.startsWith('/') ? ' ' : found));
}

const withoutStrings = (code: string) => code.replace(/'(?:\\.|[^'\\\n])*'|"(?:\\.|[^"\\\n])*"/g, "''");

const SPECIFIER = /(?:\bimport\s*\(\s*|\bfrom\s+|\bimport\s+)(['"])([^'"\n]+)\1/g;

/** What code without comments imports, each once. Where its types were not stripped, those of types are among it. */
export function importsOf(path: string, code: string): readonly string[] {
  const imports = [...code.matchAll(SPECIFIER)].map(([, , specifier = '']) =>
    specifier.startsWith('.') ? normalize(join(dirname(path), specifier)) : specifier,
  );
  return [...new Set(imports)];
}

export function parseSource(path: string, text: string): SourceFile {
  const code = withoutComments(path.endsWith('.ts') ? stripTypeScriptTypes(text) : text);
  return {
    path,
    code,
    imports: importsOf(path, code),
    importsWithTypes: importsOf(path, withoutComments(text)),
  };
}

function violationsOf({ path, code, imports, importsWithTypes }: SourceFile): readonly Violation[] {
  const found: string[] = [];
  const room = roomOf(path);
  if (room === undefined && /^(src|controller)\//.test(path))
    found.push('is in no room; name its folder in ROOMS of scripts/import-rules.ts, at its height');
  for (const imported of importsWithTypes) {
    const other = roomOf(imported);
    if (room === undefined || other === undefined || other <= room) continue;
    found.push(`imports ${imported}; ${ROOMS[other]} is above ${ROOMS[room]}`);
  }
  for (const imported of imports) {
    const client = imported.startsWith('@kubernetes/client-node');
    if (client && path.startsWith('src/'))
      found.push('imports @kubernetes/client-node; take its types at most');
    else if (client && !KUBERNETES_CLIENT_SITE.test(path)) {
      found.push('imports @kubernetes/client-node; only controller/runtime/kube.ts does');
    }
    if (path.startsWith('src/') && FOLDER.test(imported)) {
      found.push(`imports ${imported}; src is imported by it, never back`);
    }
    if (path.startsWith('controller/') && FOLDER.test(imported)) {
      found.push(`imports ${imported}; the operator ships without it`);
    }
    if (/^(src|controller)\//.test(path) && /^(node:)?http$/.test(imported)) {
      found.push('imports node:http, and with it 12 MB of an HTTP client; take process.getBuiltinModule');
    }
    if (path.startsWith('examples/') && /^(src|controller|testbed|bench|scripts|test)\//.test(imported)) {
      found.push(`imports ${imported}; an example knows the project by its interfaces alone`);
    }
    // Which folders it may import follows from its room.
    const isPackage = roomOf(imported) === undefined && !FOLDER.test(imported);
    if (isPure(path) && isPackage && !client && !PURE_PACKAGES.has(imported))
      found.push(`imports ${imported}; pure code imports pure code`);
  }
  if (isPure(path)) {
    const bare = withoutStrings(code);
    for (const [pattern, what] of EFFECTS) {
      if (pattern.test(bare)) found.push(`uses ${what}; pure code takes such things as arguments`);
    }
  }
  return found.map((says) => ({ path, says }));
}

/** Every import, of a type as well, that leads back to where it came from, once. */
function cycles(files: readonly SourceFile[]): readonly Violation[] {
  const byPath = new Map(files.map((file) => [file.path, file]));
  const done = new Set<string>();
  const found: Violation[] = [];
  const visit = (path: string, trail: readonly string[]): void => {
    const at = trail.indexOf(path);
    if (at >= 0) {
      found.push({ path, says: `is imported in a circle: ${[...trail.slice(at), path].join(' → ')}` });
      return;
    }
    if (done.has(path)) return;
    for (const next of byPath.get(path)?.importsWithTypes ?? [])
      if (byPath.has(next)) visit(next, [...trail, path]);
    done.add(path);
  };
  for (const { path } of files) visit(path, []);
  return found;
}

/** What breaks a rule, by file. */
export function importViolations(files: readonly SourceFile[]): readonly Violation[] {
  return [...files.flatMap(violationsOf), ...cycles(files)];
}
