import { randomBytes } from 'node:crypto';
import { onTestFinished } from 'vitest';
import { definitionsServed } from '../../../testbed/definitions.ts';
import { kubectl, testbed } from '../support.ts';

export interface WidgetDefinition {
  group: string;
  install(): Promise<void>;
  uninstall(): Promise<void>;
  widget(namespace: string, name: string): object;
}

/** A type with a status subresource, in a group of its own; uninstalled after the test. */
export function widgetDefinition(): WidgetDefinition {
  const group = `runtime-${randomBytes(4).toString('hex')}.test`;
  const name = `widgets.${group}`;
  const anything = { type: 'object', 'x-kubernetes-preserve-unknown-fields': true };
  const status = {
    type: 'object',
    properties: {
      tier: { type: 'string' },
      note: { type: 'string' },
      conditions: {
        type: 'array',
        'x-kubernetes-list-type': 'map',
        'x-kubernetes-list-map-keys': ['type'],
        items: {
          type: 'object',
          required: ['type'],
          properties: { type: { type: 'string' }, status: { type: 'string' } },
        },
      },
    },
  };
  const definition = {
    apiVersion: 'apiextensions.k8s.io/v1',
    kind: 'CustomResourceDefinition',
    metadata: { name },
    spec: {
      group,
      scope: 'Namespaced',
      names: { plural: 'widgets', singular: 'widget', kind: 'Widget', listKind: 'WidgetList' },
      versions: [
        {
          name: 'v1',
          served: true,
          storage: true,
          subresources: { status: {} },
          schema: { openAPIV3Schema: { type: 'object', properties: { spec: anything, status } } },
        },
      ],
    },
  };
  const uninstall = async () => {
    await kubectl(['delete', 'customresourcedefinition', name, '--ignore-not-found']);
  };
  return {
    group,
    install: async () => {
      onTestFinished(uninstall);
      await kubectl(['create', '--filename=-'], { input: JSON.stringify(definition) });
      await definitionsServed(testbed().cluster, [`crd/${name}`]);
    },
    uninstall,
    widget: (namespace, widgetName) => ({
      apiVersion: `${group}/v1`,
      kind: 'Widget',
      metadata: { namespace, name: widgetName },
      spec: {},
    }),
  };
}
