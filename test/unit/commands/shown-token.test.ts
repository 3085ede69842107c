import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, it, onTestFinished } from 'vitest';
import type { AskedPlatform } from '../../../controller/commands/live-numbers.ts';
import { goesToSeveral, ownToken, tokenIn } from '../../../controller/commands/shown-token.ts';
import { loadKube } from '../../../controller/runtime/kube.ts';
import { temporaryFolder } from '../../../testbed/folders.ts';

const CERTIFICATE = Buffer.from('a certificate').toString('base64');

const forAudience = (aud: unknown) =>
  `e30.${Buffer.from(JSON.stringify({ aud })).toString('base64url')}.signature`;

/** The token of a user of a kubeconfig. */
async function shown(user: object, mayBeSent: boolean) {
  const folder = await temporaryFolder('shown-token');
  onTestFinished(() => folder.remove());
  const kubeconfig = join(folder.path, 'kubeconfig');
  const config = {
    'current-context': 'here',
    contexts: [{ name: 'here', context: { cluster: 'here', user: 'me' } }],
    users: [{ name: 'me', user }],
    clusters: [{ name: 'here', cluster: { server: 'https://127.0.0.1:9' } }],
  };
  await writeFile(kubeconfig, JSON.stringify(config));
  const kube = await loadKube({ kubeconfig });
  onTestFinished(() => kube.close());
  return ownToken(await kube.bearerToken(), { mayBeSent, isForSeveral: false });
}

/** A user whose token comes from a helper program. */
const helped = (token: string) => ({
  exec: {
    apiVersion: 'client.authentication.k8s.io/v1',
    interactiveMode: 'Never',
    command: process.execPath,
    args: [
      '-e',
      `console.log(JSON.stringify(${JSON.stringify({
        apiVersion: 'client.authentication.k8s.io/v1',
        kind: 'ExecCredential',
        status: { token },
      })}))`,
    ],
  },
});

it.each<[string, object, boolean, RegExp | undefined]>([
  ['a token of the kubeconfig', { token: 'precious' }, false, undefined],
  ['that of a helper, unasked', helped('precious'), false, /helper program.*--token-file.*--send-token\.$/],
  ['that of a helper, where it may be sent', helped('precious'), true, undefined],
  [
    'a client certificate',
    { 'client-certificate-data': CERTIFICATE, 'client-key-data': CERTIFICATE },
    true,
    /need a bearer token/,
  ],
  [
    'a client certificate, which counts before a token',
    { 'client-certificate-data': CERTIFICATE, 'client-key-data': CERTIFICATE, token: 'precious' },
    true,
    /need a bearer token/,
  ],
  [
    'a token beside fields of a certificate that are empty',
    { 'client-certificate-data': '', 'client-certificate': '', 'client-key-data': '', token: 'precious' },
    true,
    undefined,
  ],
  ['a token that is empty', { token: '' }, true, /need a bearer token/],
  ['that of a user who acts as no other', { token: 'precious', as: '' }, true, undefined],
  ['a password', { username: 'ann', password: 'precious' }, true, /need a bearer token/],
  ['that of a user who acts as another', { token: 'precious', as: 'bob' }, true, /need a bearer token/],
])('shows of %s what may be shown', async (_, user, mayBeSent, why) => {
  const token = await shown(user, mayBeSent);
  if (why === undefined) expect(token).toEqual({ token: 'precious' });
  else expect(token).toEqual({ none: expect.stringMatching(why) });
});

it.each<[string, unknown, boolean]>([
  ['for the operator', ['leadplatform.io'], true],
  ['for the operator, as a word', 'leadplatform.io', true],
  ['for the API server', ['https://kubernetes.default.svc'], false],
  ['for both', ['leadplatform.io', 'https://kubernetes.default.svc'], false],
  ['for none', [], false],
])('shows a token %s unasked, wherever it comes from and goes: %j is %s', (_, audience, isShown) => {
  const token = forAudience(audience);
  for (const isForSeveral of [true, false]) {
    const shown = ownToken({ token, isFromHelper: true }, { mayBeSent: false, isForSeveral });
    expect('token' in shown).toBe(isShown);
  }
});

const at = (namespace: string, system?: string): AskedPlatform => ({
  namespace,
  name: 'brain',
  ...(system !== undefined && { operator: { namespace: system, pod: 'operator-7d4-x', uid: '1' } }),
});

it.each<[string, AskedPlatform[], boolean]>([
  ['no platform', [], false],
  ['one', [at('leads', 'system')], false],
  ['several of one namespace', [at('leads', 'system'), at('leads', 'system'), at('leads')], false],
  ['those of two namespaces, by one operator', [at('leads', 'system'), at('sales', 'system')], true],
  ['those of one namespace, by two operators', [at('leads', 'leads'), at('leads', 'system')], true],
  ['one whose status names no Pod, beside another', [at('leads', 'leads'), at('sales')], true],
])(
  'shows the operators of %s a token of the kubeconfig, unless there are several',
  (_, platforms, areSeveral) => {
    expect(goesToSeveral(platforms)).toBe(areSeveral);
    const token = 'precious';
    const isForSeveral = goesToSeveral(platforms);
    const shown = ownToken({ token, isFromHelper: false }, { mayBeSent: false, isForSeveral });
    expect(shown).toEqual(
      areSeveral ? { none: expect.stringMatching(/-n;.*--token-file.*--send-token\.$/) } : { token },
    );
    expect(ownToken({ token, isFromHelper: false }, { mayBeSent: true, isForSeveral })).toEqual({ token });
  },
);

it.each([
  ['one line', 'precious\n', undefined],
  ['nothing', ' \n', /in which there is no token$/],
  ['two lines', 'precious\nother\n', /has more in it than a token/],
  ['a header', 'Bearer precious', /has more in it than a token/],
  ['what no header can carry', 'precious\u00e9', /has more in it than a token/],
])('takes a file with %s for what it is, and repeats none of it', async (_, content, why) => {
  const read = tokenIn({ read: async () => content } as unknown as Parameters<typeof tokenIn>[0], 'token');
  if (why === undefined) return expect(await read).toEqual({ token: 'precious' });
  const error = await read.then(
    () => undefined,
    (failure: Error) => failure.message,
  );
  expect(error).toMatch(why);
  expect(error).not.toContain('precious');
});
