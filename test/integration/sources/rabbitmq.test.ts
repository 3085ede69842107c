import { afterAll, beforeAll, expect, it, onTestFinished } from 'vitest';
import { askerOf } from '../../../src/sources/index.ts';
import { freePort } from '../../../testbed/ports.ts';
import { type Rabbitmq, startRabbitmq } from '../../../testbed/rabbitmq.ts';
import { describeWith } from '../support.ts';
import { never, parse, sourceDeps, sourceOf, type Secrets } from './fixture.ts';

describeWith(['rabbitmq'], 'queues on RabbitMQ', () => {
  let rabbitmq: Rabbitmq;
  beforeAll(async () => {
    rabbitmq = await startRabbitmq();
  }, 120_000);
  afterAll(() => rabbitmq?.stop());

  const secretRef = { name: 'rabbitmq' };
  const specFor = ({ managementPort = rabbitmq.managementPort, vhost = '/' } = {}) =>
    parse({
      components: { queues: [{ name: 'mail' }] },
      stores: { rabbitmq: { host: rabbitmq.host, managementPort, vhost, secretRef } },
      signals: { queueDepth: { rabbitmq: {} } },
    });
  const credential = (password = rabbitmq.password): Secrets => ({
    rabbitmq: { username: rabbitmq.user, password },
  });

  it('that nobody has used yet are empty: the first job makes them', async () => {
    const { queues } = await sourceOf(specFor(), sourceDeps(credential()), 'rabbitmq:queues').read();
    expect(queues).toMatchObject({
      'vici-updates': { value: { ready: 0, inFlight: 0, delayed: 0 } },
      mail: { value: { ready: 0, inFlight: 0, delayed: 0 } },
    });
  });

  it.each<[string, () => Promise<{ spec?: ReturnType<typeof specFor>; secrets?: Secrets }>, string]>([
    ['the password is wrong', async () => ({ secrets: credential('not the one') }), 'CredentialRejected'],
    ['the Secret is missing', async () => ({ secrets: {} }), 'CredentialMissing'],
    [
      'nobody listens there',
      async () => ({ spec: specFor({ managementPort: await freePort() }) }),
      'SourceUnreachable',
    ],
    ['there is no such virtual host', async () => ({ spec: specFor({ vhost: 'none' }) }), 'NotFound'],
  ])('are unknown, never empty, when %s', async (_case, given, reason) => {
    const { spec = specFor(), secrets = credential() } = await given();
    const { queues } = await sourceOf(spec, sourceDeps(secrets), 'rabbitmq:queues').read();
    expect(queues?.['mail']).toMatchObject({ unknown: reason });
    expect(JSON.stringify(queues)).not.toContain('not the one');
  });

  it('are unknown while the server hangs, and known again once it does not', async () => {
    const source = sourceOf(specFor(), sourceDeps(credential()), 'rabbitmq:queues');
    expect((await source.read()).queues?.['mail']).toMatchObject({ value: { ready: 0 } });
    rabbitmq.pause();
    onTestFinished(() => rabbitmq.resume());
    expect((await source.read(Date.now() + 60_000)).queues?.['mail']).toMatchObject({
      unknown: expect.stringMatching(/^Source(Timeout|Unreachable)$/) as string,
    });
    rabbitmq.resume();
    const asker = askerOf(
      {
        kind: 'rabbitmq',
        id: 'queues',
        store: specFor().stores.rabbitmq!,
        queues: ['mail'],
      },
      sourceDeps(credential()),
      Date.now,
    );
    onTestFinished(() => asker.close());
    expect(await asker.put(never)).toMatchObject({
      facts: { queues: { mail: { ready: 0, inFlight: 0, delayed: 0 } } },
    });
  });
});
