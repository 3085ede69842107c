/** `docs/reference/rights.md`: what the operator must do, may do and may never do, from the table that the tests read. */
import { NEVER, RIGHTS, type Right, SWITCHES } from '../src/kube/rights.ts';
import { code, markdownTable } from './schema-tables.ts';

const WHERE: Readonly<Record<Right['role'], string>> = {
  main: 'the namespaces that are watched',
  lease: 'the operator’s own namespace',
  nodes: 'the cluster',
  reviews: 'the cluster',
};

const nameOf = ({ group, resource }: { readonly group: string; readonly resource: string }): string =>
  code(group === '' ? resource : `${resource}.${group}`);

/** A row for each resource, with what needs each verb. */
function rows(rights: readonly Right[]): readonly (readonly string[])[] {
  const byResource = Map.groupBy(rights, ({ role, group, resource }) => `${role} ${group} ${resource}`);
  return [...byResource.values()].map((same) => [
    nameOf(same[0]!),
    same
      .map(({ verb, need, only }) => `${code(verb)}${only === undefined ? '' : ` of ${code(only)}`}: ${need}`)
      .join('; '),
    WHERE[same[0]!.role],
  ]);
}

const switchOf = ({ role }: Right): string =>
  code(role === 'nodes' || role === 'reviews' ? SWITCHES[role] : '');

/** By reason, so that what is alike stands together. */
function never(): string {
  const byReason = Map.groupBy(NEVER, ({ because, verbs }) => `${because} ${verbs.join(' ')}`);
  return markdownTable(
    ['Resource', 'Verbs', 'Because'],
    [...byReason.values()].map((same) => [
      same.map(nameOf).join(', '),
      same[0]!.verbs.map(code).join(', '),
      same[0]!.because,
    ]),
  );
}

export function rightsPage(): string {
  const must = RIGHTS.filter(({ level }) => level === 'must');
  const may = RIGHTS.filter(({ level }) => level === 'may');
  return `# What the operator may do

<!-- Generated from src/kube/rights.ts by \`npm run generate\`; edit that file instead. -->

The roles of the chart grant what is in the first two tables and nothing else; no role grants what is in the third. Tests hold
the roles against these tables, both ways: what Helm renders at each set of values (\`test/integration/chart/rendered.test.ts\`),
\`manifests/install.yaml\` (\`test/unit/kube/rights.test.ts\`), and a real API server, whose audit log shows that each
right was used and none was missing (\`test/integration/chart/installed.test.ts\`).

## Must

Granted always, and needed: without one of these the operator does not do its work. With \`watch.clusterWide: true\` the namespaces that
are watched are all of them. \`rbac.secretNames\` narrows Secrets to those that are named.

${markdownTable(['Resource', 'Verbs, and what needs them', 'Where'], rows(must))}

## May

Granted unless the value of the chart says no. Without them everything else works, and what is missing is said.

${markdownTable(
  ['Resource', 'Verbs, and what needs them', 'Where', 'Value'],
  may.map((right) => [...(rows([right])[0] ?? []), switchOf(right)]),
)}

Of \`${SWITCHES.nodes}\` the Pods are granted only where the whole cluster is not watched, for else the first table has them.

## Never

${never()}

No rule names \`*\` for a group, a resource or a verb.
`;
}
