/**
 * What of the Helm chart is generated: its CRD, a copy that Helm can switch and keep; the policies of admission; and its README,
 * from values.yaml.
 */
import { isMap, isScalar, parseDocument, stringify } from 'yaml';
import type { Document, Pair, YAMLMap } from 'yaml';

/** A name in a template; what Helm would take for one of its own is none of them. */
const literal = (text: string) => text.replaceAll('{{', '{{ "{{" }}');

/**
 * The definition as a template, so that it is upgraded with the release: what lies in the folder `crds` of a chart is
 * installed once and never again. Text, and not an object that Helm would print, for Helm reads every number as a float.
 */
export function crdTemplate(crd: string, notice: string): string {
  const labelled = literal(crd).replace(
    /^metadata:\n {2}name: (.+)\n/m,
    (_, name: string) => `metadata:
  name: ${name}
  labels:
    {{- include "leadplatform.labels" . | nindent 4 }}
  {{- if or .Values.crds.keep .Values.crds.annotations }}
  annotations:
    {{- if .Values.crds.keep }}
    helm.sh/resource-policy: keep
    {{- end }}
    {{- with .Values.crds.annotations }}
    {{- toYaml . | nindent 4 }}
    {{- end }}
  {{- end }}
`,
  );
  if (labelled === literal(crd)) throw new Error('the CRD has no metadata.name to put labels behind');
  return `{{- /* ${notice} */}}\n{{- if .Values.crds.install }}\n${labelled}{{- end }}\n`;
}

/** What stands for the release in the names of policies that are made for {@link policyTemplate}. */
export const RELEASE = 'RELEASE';

/** Policies as a template. They are of the cluster, where releases of several namespaces may have one name. */
export function policyTemplate(policies: readonly object[], notice: string): string {
  const documents = policies.map((policy) =>
    literal(stringify(policy, { lineWidth: 110 })).replace(
      /^metadata:\n {2}name: (.+)\n/m,
      (_, name: string) => `metadata:
  name: ${name}
  labels:
    {{- include "leadplatform.labels" . | nindent 4 }}
`,
    ),
  );
  const text = documents
    .join('---\n')
    // A namespace has no dot in its name, so no two releases have one name.
    .replaceAll(`${RELEASE}-`, '{{ .Release.Namespace }}.{{ include "leadplatform.fullname" . }}-');
  return `{{- /* ${notice} */}}\n{{- if include "leadplatform.checksSecrets" . }}\n${text}{{- end }}\n`;
}

interface ValueRow {
  readonly path: string;
  readonly value: string;
  readonly meaning: string;
}

const sentence = (comment: string | null | undefined): string =>
  (comment ?? '')
    .split('\n')
    .map((line) => line.trim())
    .join(' ')
    .trim();

/** The comment above the first key of a map is the map's; of every other, the key's. */
function commentOf(map: YAMLMap, pair: Pair, index: number): string {
  const own = isScalar(pair.key) ? sentence(pair.key.commentBefore) : '';
  return index === 0 && own === '' ? sentence(map.commentBefore) : own;
}

function rowsOf(document: Document, map: YAMLMap, path: string): ValueRow[] {
  return map.items.flatMap((pair, index) => {
    const name = `${path}${String(pair.key)}`;
    const meaning = commentOf(map, pair, index);
    // With a sentence of its own a map is one value, to be taken or replaced as a whole.
    if (isMap(pair.value) && pair.value.items.length > 0 && meaning === '')
      return rowsOf(document, pair.value, `${name}.`);
    if (meaning === '') throw new Error(`values.yaml says nothing about ${name}`);
    const value = (pair.value as { toJS(of: Document): unknown }).toJS(document);
    return [{ path: name, value: JSON.stringify(value), meaning }];
  });
}

/** Every value that a user may set, in the order of values.yaml. Throws where one has no comment. */
export function valueRows(values: string): readonly ValueRow[] {
  const document = parseDocument(values);
  if (!isMap(document.contents)) throw new Error('values.yaml is not a map');
  const map = document.contents;
  // The first comment of the file is about the file.
  return rowsOf(document, map, '');
}

const cell = (text: string) => text.replaceAll('|', '\\|');

/** @param text the README between its two marks is replaced, the rest is written by hand */
export function withValues(readme: string, values: string): string {
  const rows = valueRows(values).map(
    ({ path, value, meaning }) => `| \`${path}\` | \`${cell(value)}\` | ${cell(meaning)} |`,
  );
  const marks = /(<!-- values -->\n)[\s\S]*?(<!-- \/values -->)/;
  if (!marks.test(readme)) throw new Error('the README of the chart has lost the marks around its values');
  const table = ['| value | default | meaning |', '| --- | --- | --- |', ...rows].join('\n');
  return readme.replace(marks, (_, open: string, close: string) => `${open}\n${table}\n\n${close}`);
}
