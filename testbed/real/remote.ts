import { createServer, type IncomingMessage } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { RealCluster } from './cluster.ts';

/** What the process that runs the cluster does for one that uses it. */
const methods = [
  'importImage',
  'stopApiServer',
  'startApiServer',
  'stopEtcd',
  'startEtcd',
  'forgetConnections',
] as const;
type Method = (typeof methods)[number];

/** A cluster as data, to be given to another process, in the same room if it is in one. */
export type RealClusterCoordinates = Omit<RealCluster, Method | 'stop'> & { controlUrl: string };

/** A cluster that another process runs, and stops. */
export type RemoteRealCluster = Omit<RealCluster, 'stop'>;

/** Lets other processes stop and start parts of the cluster; the returned function ends that. */
export async function shareRealCluster(
  cluster: RealCluster,
): Promise<{ coordinates: RealClusterCoordinates; close: () => void }> {
  const server = createServer((request, response) => {
    const answer = (status: number, text: string) => response.writeHead(status).end(text);
    call(cluster, request).then(
      () => answer(200, ''),
      (error: unknown) => answer(500, error instanceof Error ? error.message : String(error)),
    );
  });
  await new Promise<void>((resolve) => server.listen({ port: 0, host: '127.0.0.1' }, resolve));
  const { port } = server.address() as AddressInfo;
  const { kind, kubeconfigPath, kubectlPath, server: url, nodeAddress } = cluster;
  return {
    coordinates: {
      ...{ kind, kubeconfigPath, kubectlPath, server: url, nodeAddress },
      controlUrl: `http://127.0.0.1:${port}`,
    },
    close: () => {
      server.close();
      server.closeAllConnections();
    },
  };
}

async function call(cluster: RealCluster, request: IncomingMessage): Promise<void> {
  const method = methods.find((one) => `/${one}` === request.url);
  if (method === undefined) throw new Error(`no such method: ${request.url}`);
  let body = '';
  for await (const chunk of request) body += String(chunk);
  const [argument] = JSON.parse(body) as [(string | number)?];
  await (cluster[method] as (argument?: string | number) => Promise<void>)(argument);
}

/** The cluster behind the coordinates. An error of a method is thrown here with its message. */
export function connectRealCluster(coordinates: RealClusterCoordinates): RemoteRealCluster {
  const { controlUrl, ...data } = coordinates;
  const ask = async (method: Method, argument?: string | number) => {
    const response = await fetch(`${controlUrl}/${method}`, {
      method: 'POST',
      body: JSON.stringify(argument === undefined ? [] : [argument]),
    });
    if (!response.ok) throw new Error(await response.text());
  };
  return {
    ...data,
    importImage: (archive) => ask('importImage', archive),
    stopApiServer: (how) => ask('stopApiServer', how),
    startApiServer: () => ask('startApiServer'),
    stopEtcd: (how) => ask('stopEtcd', how),
    startEtcd: () => ask('startEtcd'),
    forgetConnections: (port) => ask('forgetConnections', port),
  };
}
