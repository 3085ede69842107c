/**
 * JSON Schemas for kubeconform from what an API server says about itself (`/openapi/v3`): of this very version, with the
 * CRDs that are installed, and without another host to trust. A field that the server does not know is an error in them.
 */
import { mkdir, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { kubectl, type KubectlTarget } from './kubectl.ts';

interface Schema {
  [key: string]: unknown;
  properties?: Record<string, Schema>;
}

interface Document {
  components: { schemas: Record<string, Schema> };
}

interface Kind {
  readonly apiVersion: string;
  readonly kind: string;
}

/** Where kubeconform finds them: the value of its `-schema-location`. */
export const schemaLocation = (folder: string) =>
  join(folder, '{{.Group}}', '{{.ResourceKind}}_{{.ResourceAPIVersion}}.json');

/** Writes the schema of each kind into `folder`. Throws for one that the server does not serve. */
export async function writeSchemas(
  target: KubectlTarget,
  kinds: readonly Kind[],
  folder: string,
): Promise<void> {
  const raw = async <T>(path: string) => JSON.parse(await kubectl(target, ['get', `--raw=${path}`])) as T;
  const { paths } = await raw<{ paths: Record<string, { serverRelativeURL: string }> }>('/openapi/v3');
  for (const [apiVersion, wanted] of Map.groupBy(kinds, (one) => one.apiVersion)) {
    const found = paths[apiVersion.includes('/') ? `apis/${apiVersion}` : `api/${apiVersion}`];
    if (found === undefined) throw new Error(`the API server does not serve ${apiVersion}`);
    const { schemas } = (await raw<Document>(found.serverRelativeURL)).components;
    const definitions = Object.fromEntries(
      Object.entries(schemas).map(([name, schema]) => [name, closed(schema)]),
    );
    for (const kind of new Set(wanted.map((one) => one.kind))) {
      const name = Object.keys(schemas).find((key) => isKind(schemas[key]!, apiVersion, kind));
      if (name === undefined) throw new Error(`the API server has no ${kind} in ${apiVersion}`);
      const [group = '', version = group] = apiVersion.split('/');
      const path = join(folder, group, `${kind.toLowerCase()}_${version}.json`);
      await mkdir(dirname(path), { recursive: true });
      await writeFile(path, JSON.stringify({ $ref: `#/definitions/${name}`, definitions }));
    }
  }
}

function isKind(schema: Schema, apiVersion: string, kind: string): boolean {
  const names = (schema['x-kubernetes-group-version-kind'] ?? []) as {
    group: string;
    version: string;
    kind: string;
  }[];
  return names.some(
    (one) =>
      one.kind === kind && (one.group === '' ? one.version : `${one.group}/${one.version}`) === apiVersion,
  );
}

/** The same schema, for objects that have the named fields and no others, with its references in one file. */
function closed(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(closed);
  if (typeof value !== 'object' || value === null) return value;
  const copy: Schema = Object.fromEntries(
    Object.entries(value).map(([key, inner]) => [
      key,
      // A schema may have a field that is called so.
      key === '$ref' && typeof inner === 'string'
        ? inner.replace('#/components/schemas/', '#/definitions/')
        : closed(inner),
    ]),
  );
  const isOpen =
    copy['additionalProperties'] !== undefined || copy['x-kubernetes-preserve-unknown-fields'] === true;
  // `properties` of its own, and not a field that is called so.
  if (copy['type'] === 'object' && copy.properties !== undefined && !isOpen)
    copy['additionalProperties'] = false;
  return copy;
}
