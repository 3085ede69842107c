import { rename, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { KubeConfigError, loadKube } from '../../../controller/runtime/kube.ts';
import { isInvalid, isNotFound, isUnauthorized } from '../../../controller/runtime/errors.ts';
import type { KubeError } from '../../../controller/runtime/errors.ts';
import { createNamespace, describeWith, testbed } from '../support.ts';
import {
  CONFIG_MAPS,
  configMap,
  connection,
  kubeconfigWith,
  proxiedKubeconfig,
  serviceAccountToken,
  testFolder,
} from './cluster.ts';

const VERSION = { method: 'GET', path: '/version' } as const;
const WHO_AM_I = {
  method: 'POST',
  path: '/apis/authentication.k8s.io/v1/selfsubjectreviews',
  body: { apiVersion: 'authentication.k8s.io/v1', kind: 'SelfSubjectReview' },
} as const;

interface Review {
  status: { userInfo: { username: string } };
}

describeWith(['cluster'], 'a connection to an API server', () => {
  it('serves 30 requests, one after the other, over at most two connections', async () => {
    const { proxy, kubeconfig } = await proxiedKubeconfig();
    const { client } = await connection({ kubeconfig });
    for (let n = 0; n < 30; n++) await client.request(VERSION);
    expect(proxy.opened()).toBeLessThanOrEqual(2);
  });

  it('opens no more connections than it may for many requests at once', async () => {
    const { proxy, kubeconfig } = await proxiedKubeconfig();
    const { client } = await connection({ kubeconfig, maxConnections: 4 });
    await Promise.all(Array.from({ length: 100 }, () => client.request(VERSION)));
    expect(proxy.opened()).toBeLessThanOrEqual(4);
  });

  it('says what the server said, and nothing of the credentials', async () => {
    const namespace = await createNamespace();
    const { resources } = await connection();
    const error = await resources.get(CONFIG_MAPS, { namespace, name: 'none' }).catch((e: unknown) => e);
    expect(isNotFound(error)).toBe(true);
    expect((error as KubeError).message).toContain('configmaps "none" not found');
    expect(JSON.stringify(error)).not.toMatch(/bearer|authorization/i);
    const invalid = await resources
      .create(CONFIG_MAPS, configMap(namespace, 'Not A Name'), { fieldManager: 'test' })
      .catch((e: unknown) => e);
    expect(isInvalid(invalid)).toBe(true);
  });

  it('gives up on a server that does not answer', async () => {
    const { proxy, kubeconfig } = await proxiedKubeconfig();
    const { client } = await connection({ kubeconfig, maxConnections: 1 });
    await client.request(VERSION);
    proxy.stall(true);
    await expect(client.request({ ...VERSION, timeoutMs: 200, retries: 0 })).rejects.toMatchObject({
      reason: 'Timeout',
    });
    await expect(
      client.request({ ...VERSION, timeoutMs: 200, retries: 0, urgent: true }),
    ).rejects.toMatchObject({
      reason: 'Timeout',
    });
    const giveUp = new AbortController();
    const reason = new Error('no longer of interest');
    const request = client.request({ ...VERSION, signal: giveUp.signal });
    giveUp.abort(reason);
    await expect(request).rejects.toBe(reason);
    proxy.stall(false);
    await client.request(VERSION);
  });

  it('repeats a read whose connection broke, and not a write that may have arrived', async () => {
    const namespace = await createNamespace();
    const { proxy, kubeconfig } = await proxiedKubeconfig();
    const { client, resources } = await connection({ kubeconfig });
    const cutDuring = async (work: () => Promise<unknown>) => {
      await client.request(VERSION);
      proxy.stall(true);
      const result = work().then(
        () => 'done',
        (error: KubeError) => error.reason,
      );
      await new Promise(setImmediate);
      await new Promise(setImmediate);
      proxy.cut();
      proxy.stall(false);
      return result;
    };
    expect(await cutDuring(() => client.request(VERSION))).toBe('done');
    const create = () => resources.create(CONFIG_MAPS, configMap(namespace, 'a'), { fieldManager: 'test' });
    expect(await cutDuring(create)).toBe('Unreachable');
    const apply = () => resources.apply(CONFIG_MAPS, configMap(namespace, 'b'), { fieldManager: 'test' });
    expect(await cutDuring(apply)).toBe('done');
  });

  it('follows a token file that is replaced', async () => {
    const { token, username } = await serviceAccountToken();
    const folder = await testFolder();
    const tokenFile = join(folder.path, 'token');
    await writeFile(tokenFile, 'expired');
    const kubeconfig = await kubeconfigWith({ user: { tokenFile } });
    const { client } = await connection({ kubeconfig });
    const refused = await client.request(WHO_AM_I).catch((e: unknown) => e);
    expect(isUnauthorized(refused)).toBe(true);
    await writeFile(`${tokenFile}.new`, token);
    await rename(`${tokenFile}.new`, tokenFile);
    await expect
      .poll(
        async () => (await client.request<Review>(WHO_AM_I).catch(() => undefined))?.status.userInfo.username,
        {
          timeout: 10_000,
        },
      )
      .toBe(username);
  });

  it('logs in through a helper program', async () => {
    const { token, username } = await serviceAccountToken();
    const credential = {
      apiVersion: 'client.authentication.k8s.io/v1',
      kind: 'ExecCredential',
      status: { token: token },
    };
    const { apiVersion } = credential;
    const exec = {
      apiVersion,
      command: 'echo',
      args: [JSON.stringify(credential)],
      interactiveMode: 'Never',
    };
    const { client } = await connection({ kubeconfig: await kubeconfigWith({ user: { exec } }) });
    const review = await client.request<Review>(WHO_AM_I);
    expect(review.status.userInfo.username).toBe(username);
  });

  it('does not talk to a server that another authority vouches for', async () => {
    const kubeconfig = await kubeconfigWith({
      cluster: { 'certificate-authority': undefined, 'certificate-authority-data': undefined },
    });
    const { client } = await connection({ kubeconfig });
    await expect(client.request({ ...VERSION, retries: 0 })).rejects.toMatchObject({ status: 0 });
  });

  it('takes no other context than the one that was asked for', async () => {
    const kubeconfig = testbed().cluster.kubeconfigPath;
    await expect(loadKube({ kubeconfig, context: 'production' })).rejects.toThrow('no context "production"');
    const elsewhere = { KUBECONFIG: kubeconfig };
    await expect(loadKube({ context: 'production', env: elsewhere })).rejects.toThrow(
      'no context "production"',
    );
    await expect(loadKube({ env: elsewhere })).rejects.toThrow(KubeConfigError);
  });
});
