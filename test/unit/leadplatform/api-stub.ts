/** The API server as far as one write needs it: answers what it is told, and keeps what it was asked. */
import type { KubeClient, KubeRequest } from '../../../controller/runtime/client.ts';
import { KubeError } from '../../../controller/runtime/errors.ts';
import { Resources } from '../../../controller/runtime/resources.ts';

export const refused = (status: number, reason: string): KubeError =>
  new KubeError({ status, reason, message: `${status}: ${reason}` });

export function apiStub(answer: (request: KubeRequest) => unknown) {
  const requests: KubeRequest[] = [];
  const request = async (made: KubeRequest): Promise<unknown> => {
    requests.push(made);
    const given = answer(made);
    if (given instanceof Error) throw given;
    return given;
  };
  return { requests, resources: new Resources({ request } as unknown as KubeClient) };
}
