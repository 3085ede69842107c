/** How the pods of a part end: a pod that is gone tells nobody, so they are watched meanwhile. */
import { spawn } from 'node:child_process';
import { createInterface } from 'node:readline';
import type { RemoteRealCluster } from '../../testbed/real/remote.ts';

export interface Exit {
  pod: string;
  container: string;
  code: number;
  signal?: number;
}

export interface ExitWatch {
  /** How containers ended since the watch began; one that was started anew and ended again is there twice. */
  exits(): Exit[];
  /** Pods that were told to go, and when we saw that, in ms since the epoch. */
  told(): ReadonlyMap<string, number>;
  stop(): Promise<void>;
}

interface Terminated {
  /** Of this one run: the container that is started in its place has another. */
  containerID: string;
  exitCode: number;
  signal?: number;
}

interface Pod {
  metadata: { name: string; deletionTimestamp?: string };
  status: {
    containerStatuses?: {
      name: string;
      state: { terminated?: Terminated };
      lastState: { terminated?: Terminated };
    }[];
  };
}

/** Watches the pods of a selector; back at once. */
export function watchExits(cluster: RemoteRealCluster, namespace: string, selector: string): ExitWatch {
  const args = [`--kubeconfig=${cluster.kubeconfigPath}`, `--namespace=${namespace}`];
  const watch = ['get', 'pods', `--selector=${selector}`, '--watch', '--output=jsonpath-as-json={@}'];
  const child = spawn(cluster.kubectlPath, [...args, ...watch], { stdio: ['ignore', 'pipe', 'inherit'] });
  const closed = new Promise<void>((resolve) => child.once('close', () => resolve()));
  const exits = new Map<string, Exit>();
  const told = new Map<string, number>();
  let text = '';
  createInterface({ input: child.stdout }).on('line', (line) => {
    text += `${line}\n`;
    // The end of one list: the others are indented.
    if (line !== ']') return;
    for (const pod of JSON.parse(text) as Pod[]) note(pod);
    text = '';
  });
  return {
    exits: () => [...exits.values()],
    told: () => told,
    stop: async () => {
      child.kill();
      await closed;
    },
  };

  function note({ metadata: { name: pod, deletionTimestamp }, status }: Pod): void {
    if (deletionTimestamp !== undefined && !told.has(pod)) told.set(pod, Date.now());
    for (const { name: container, state, lastState } of status.containerStatuses ?? []) {
      for (const ended of [lastState.terminated, state.terminated]) {
        if (ended === undefined) continue;
        const { containerID, exitCode: code, signal } = ended;
        exits.set(containerID, { pod, container, code, ...(signal !== undefined && { signal }) });
      }
    }
  }
}
