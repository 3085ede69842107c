/** One LeadPlatform as the tests see it: its spec, its status, and where it answers. */
import { setTimeout as delay } from 'node:timers/promises';
import { timed } from '../../testbed/work-times.ts';
import { eventually } from '../integration/processes.ts';
import type { KubeObject } from '../../controller/runtime/resources.ts';
import type { Namespace } from './support.ts';

/** What the tests read of the status. */
export interface PlatformStatus {
  observedGeneration?: number;
  tier?: string;
  targetTier?: string;
  transition?: { step: string; message?: string };
  rollback?: object;
  conditions?: { type: string; status: string; reason: string; message: string }[];
  [field: string]: unknown;
}

export interface LeadPlatform {
  status(): Promise<PlatformStatus>;
  /** Changes the spec by a merge patch. */
  spec(patch: object): Promise<void>;
  /** Polls the status until it is so; the error after `deadlineMs` (120 s) shows what there was instead. */
  until(
    what: string,
    predicate: (status: PlatformStatus) => boolean | Promise<boolean>,
    deadlineMs?: number,
  ): Promise<PlatformStatus>;
}

/** The status of a condition: `True`, `False`, `Unknown`, or undefined where it has none. */
export function condition(status: PlatformStatus, type: string): string | undefined {
  return status.conditions?.find((one) => one.type === type)?.status;
}

type LeadPlatformObject = KubeObject & { status?: PlatformStatus };

/** @param operatorNamespace Whose operator's last words belong to the error of `until`; left out: nobody's. */
export function leadPlatform(
  { kubectl, find }: Pick<Namespace, 'kubectl' | 'find'>,
  name: string,
  operatorNamespace?: string,
): LeadPlatform {
  const spec = async (patch: object) => {
    const text = JSON.stringify({ spec: patch });
    await kubectl(['patch', `leadplatform/${name}`, '--type=merge', `--patch=${text}`]);
  };
  const status = async () => {
    const found = await find<LeadPlatformObject>('leadplatform', name);
    if (found === undefined) throw new Error(`there is no LeadPlatform ${name}`);
    return found.status ?? {};
  };
  const until: LeadPlatform['until'] = (...args) =>
    timed('a test polls until something is so', () => poll(...args));
  const poll: LeadPlatform['until'] = async (what, predicate, deadlineMs = 120_000) => {
    const deadline = Date.now() + deadlineMs;
    for (;;) {
      const now = await status();
      if (await predicate(now)) return now;
      if (Date.now() > deadline) {
        const found = await report(`${name}: ${what}`, deadlineMs, now, kubectl);
        throw new Error(
          operatorNamespace ? `${found}\n${await lastLines(operatorNamespace, kubectl)}` : found,
        );
      }
      await delay(200);
    }
  };
  return { status, spec, until };
}

/** Where leads are posted: the address of the Service. */
export async function urlOf({ kubectl }: Pick<Namespace, 'kubectl'>, name: string): Promise<string> {
  const address = await kubectl(['get', 'service', name, '--output=jsonpath={.spec.clusterIP}']);
  return `http://${address}/api/leads`;
}

/** Ready is known a moment before the node's rules of a Service are. */
export async function untilItAnswers(url: string): Promise<void> {
  await eventually(
    'its Service answers',
    () =>
      fetch(new URL('/up', url)).then(
        ({ ok }) => ok,
        () => false,
      ),
    60_000,
  );
}

async function report(
  what: string,
  deadlineMs: number,
  status: PlatformStatus,
  kubectl: Namespace['kubectl'],
): Promise<string> {
  const tried = (args: readonly string[]) => kubectl(args).catch((error: unknown) => String(error));
  const pods = await tried(['get', 'deployments,pods', '--output=wide', '--no-headers']);
  const events = await tried(['get', 'events', '--sort-by=.lastTimestamp', '--no-headers']);
  const lastEvents = events.split('\n').slice(-25).join('\n');
  return `not within ${deadlineMs / 1000} s: ${what}\n${JSON.stringify(status, undefined, 1)}\n${pods}\n${lastEvents}`;
}

async function lastLines(operatorNamespace: string, kubectl: Namespace['kubectl']): Promise<string> {
  const ofPods = ['--selector=app.kubernetes.io/name=leadplatform-operator', '--prefix', '--tail=30'];
  return kubectl(['logs', `--namespace=${operatorNamespace}`, ...ofPods]).catch((error: unknown) =>
    String(error),
  );
}
