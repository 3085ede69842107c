import { join } from 'node:path';
import { freePort } from './ports.ts';
import { type ManagedProcess, startProcess } from './processes.ts';

/** An etcd that can be stopped and started again with the same port and data. */
export interface Etcd {
  url: string;
  /** Back when it runs; whoever needs it asks it until it answers. */
  start(): Promise<void>;
  stop(how?: 'orderly' | 'SIGKILL'): Promise<void>;
  processes(): ManagedProcess[];
}

/** Chooses ports and a place below `folder`; starts nothing yet. */
export async function prepareEtcd(binary: string, folder: string): Promise<Etcd> {
  const url = `http://127.0.0.1:${await freePort()}`;
  const peerUrl = `http://127.0.0.1:${await freePort()}`;
  const args = [
    '--name=testbed',
    `--data-dir=${join(folder, 'etcd')}`,
    `--listen-client-urls=${url}`,
    `--advertise-client-urls=${url}`,
    `--listen-peer-urls=${peerUrl}`,
    `--initial-advertise-peer-urls=${peerUrl}`,
    `--initial-cluster=testbed=${peerUrl}`,
    // The data lives as long as the cluster: nothing is gained by waiting for a disk.
    '--unsafe-no-fsync',
    '--log-level=warn',
  ];
  let process: ManagedProcess | undefined;
  return {
    url,
    start: async () => {
      if (process !== undefined && process.end() === undefined) throw new Error('etcd is running');
      process = await startProcess({
        name: 'etcd',
        command: binary,
        args,
        logFile: join(folder, 'etcd.log'),
      });
    },
    stop: async (how = 'orderly') => {
      if (how === 'SIGKILL') process?.signal('SIGKILL');
      await process?.stop();
    },
    processes: () => (process === undefined ? [] : [process]),
  };
}
