/** A CDN that answers, with a certificate that the operator does not know: browsers have CAs of their own. */
import { readFile } from 'node:fs/promises';
import { createServer } from 'node:https';
import type { AddressInfo } from 'node:net';
import { certificates } from '../../../testbed/certificates.ts';
import { temporaryFolder } from '../../../testbed/folders.ts';

export interface CdnServer {
  readonly assetUrl: string;
  readonly stop: () => Promise<void>;
}

/** It has nothing at its root, as many have. */
export async function startCdn(): Promise<CdnServer> {
  const folder = await temporaryFolder('cdn');
  const files = await certificates(folder.path);
  const [cert, key] = await Promise.all([readFile(files.cert), readFile(files.key)]);
  const server = createServer({ cert, key }, (_request, response) => response.writeHead(403).end());
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return {
    assetUrl: `https://localhost:${(server.address() as AddressInfo).port}`,
    stop: async () => {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
      await folder.remove();
    },
  };
}
