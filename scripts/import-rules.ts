/**
 * Who may import whom, and what pure code may touch. It looks at what is left after Node has stripped the types, so that
 * `import type` costs nothing; dependency-cruiser does not read TypeScript 7 yet, and cannot tell.
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
}

export interface Violation {
  readonly path: string;
  readonly says: string;
}

/** Folders that hold the rules of the business: data in, data out. */
const PURE =
  /^src\/(api|model|text|kube|probes|cluster|workloads|catalog|signals|ladder|transition|capabilities|scaling|decide|plan|simulate)\//;
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
  return { path, code, imports: importsOf(path, code) };
}

function violationsOf({ path, code, imports }: SourceFile): readonly Violation[] {
  const found: string[] = [];
  for (const imported of imports) {
    const client = imported.startsWith('@kubernetes/client-node');
    if (client && path.startsWith('src/'))
      found.push('imports @kubernetes/client-node; take its types at most');
    else if (client && !KUBERNETES_CLIENT_SITE.test(path)) {
      found.push('imports @kubernetes/client-node; only controller/runtime/kube.ts does');
    }
    if (path.startsWith('src/') && /^(controller|testbed|bench|scripts|test|examples)\//.test(imported)) {
      found.push(`imports ${imported}; src is imported by it, never back`);
    }
    if (path.startsWith('controller/') && /^(testbed|bench|scripts|test|examples)\//.test(imported)) {
      found.push(`imports ${imported}; the operator ships without it`);
    }
    if (/^(src|controller)\//.test(path) && /^(node:)?http$/.test(imported)) {
      found.push('imports node:http, and with it 12 MB of an HTTP client; take process.getBuiltinModule');
    }
    if (path.startsWith('examples/') && /^(src|controller|testbed|bench|scripts|test)\//.test(imported)) {
      found.push(`imports ${imported}; an example knows the project by its interfaces alone`);
    }
    if (!PURE.test(path)) continue;
    const inside = imported.startsWith('src/') ? PURE.test(imported) : PURE_PACKAGES.has(imported);
    if (!inside && !client) found.push(`imports ${imported}; pure code imports pure code`);
  }
  if (PURE.test(path)) {
    const bare = withoutStrings(code);
    for (const [pattern, what] of EFFECTS) {
      if (pattern.test(bare)) found.push(`uses ${what}; pure code takes such things as arguments`);
    }
  }
  return found.map((says) => ({ path, says }));
}

/** Every import at run time that leads back to where it came from, once. */
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
    for (const next of byPath.get(path)?.imports ?? []) if (byPath.has(next)) visit(next, [...trail, path]);
    done.add(path);
  };
  for (const { path } of files) visit(path, []);
  return found;
}

/** What breaks a rule, by file. */
export function importViolations(files: readonly SourceFile[]): readonly Violation[] {
  return [...files.flatMap(violationsOf), ...cycles(files)];
}
