/**
 * What every pod must agree on, as environment. A running process never sees a ConfigMap change, and a web side that
 * still dispatches to a queue that nobody works on loses time; so pods carry a hash of the settings and are replaced when
 * one changes. For that reason nothing is in here that moves with the load: no tier, no replicas.
 */
import type { LeadPlatformSpec } from '../api/schema/leadplatform.ts';
import { shortHash } from '../kube/hash.ts';
import { childMetadata, platformLabels } from '../kube/labels.ts';
import { childNames } from '../kube/names.ts';
import type { KubeObject, PlatformIdentity } from '../kube/object.ts';

function settingsOf(platform: string, { components, callLogSync }: LeadPlatformSpec): Record<string, string> {
  return {
    LEADPLATFORM_NAME: platform,
    LEADPLATFORM_SYNC_QUEUE: components.sync.queue,
    LEADPLATFORM_WEBHOOK_PATH: callLogSync.webhook.path,
  };
}

export function settings(platform: PlatformIdentity, spec: LeadPlatformSpec): KubeObject {
  return {
    apiVersion: 'v1',
    kind: 'ConfigMap',
    metadata: childMetadata(platform, childNames(platform.name).settings, platformLabels(platform.name)),
    data: settingsOf(platform.name, spec),
  };
}

/** Changes whenever pods have to be replaced to see their settings. */
export function settingsHash(platform: string, spec: LeadPlatformSpec): string {
  return shortHash(settingsOf(platform, spec));
}
