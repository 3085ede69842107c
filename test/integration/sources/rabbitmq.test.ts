import { randomBytes } from 'node:crypto';
import amqp from 'amqplib';
import { afterAll, beforeAll, expect, it, onTestFinished } from 'vitest';
import { probeRunnerOf } from '../../../src/sources/index.ts';
import { freePort } from '../../../testbed/ports.ts';
import { type Rabbitmq, startRabbitmq } from '../../../testbed/rabbitmq.ts';
import { describeWith } from '../support.ts';
import { eventually, never, parse, sourceDeps, sourceOf, type Secrets } from './fixture.ts';

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
      stores: {
        rabbitmq: { host: rabbitmq.host, managementPort, vhost, secretRef, tls: { mode: 'Disable' } },
      },
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
    // Its threads stop one after the other.
    await eventually(async () =>
      expect((await source.read(Date.now() + 60_000)).queues?.['mail']).toMatchObject({
        unknown: expect.stringMatching(/^Source(Timeout|Unreachable)$/) as string,
      }),
    );
    rabbitmq.resume();
    const runner = probeRunnerOf(
      {
        kind: 'rabbitmq',
        id: 'queues',
        store: specFor().stores.rabbitmq!,
        queues: ['mail'],
      },
      sourceDeps(credential()),
      Date.now,
    );
    onTestFinished(() => runner.close());
    expect(await runner.put(never)).toMatchObject({
      facts: { queues: { mail: { ready: 0, inFlight: 0, delayed: 0 } } },
    });
  });

  it('are unknown when the server lists them without their jobs: a node that is away has not lost them', async () => {
    const vhost = await ownVhost();
    await withChannel(vhost, async (channel) => {
      await channel.assertQueue('mail', { durable: true });
      channel.sendToQueue('mail', Buffer.from('job'), { persistent: true });
      await channel.waitForConfirms();
    });
    const spec = specFor({ vhost });
    const source = sourceOf(spec, sourceDeps(credential()), 'rabbitmq:queues');
    expect((await source.read()).queues?.['mail']).toMatchObject({ value: { ready: 1 } });
    await rabbitmq.ctl('eval', `rabbit_vhost_sup_sup:stop_and_delete_vhost(<<"${vhost}">>).`);
    await eventually(async () => {
      const { queues } = await source.read(Date.now());
      expect(queues).toMatchObject({
        mail: {
          unknown: 'SourceUnreachable',
          message: expect.stringMatching(/in mail: .* not running/) as string,
        },
        // The first job would make it, and is refused.
        'vici-updates': { value: { ready: 0 } },
      });
    });
    const runner = probeRunnerOf(
      { kind: 'rabbitmq', id: 'queues', store: spec.stores.rabbitmq!, queues: ['mail'] },
      sourceDeps(credential()),
      Date.now,
    );
    onTestFinished(() => runner.close());
    expect(await runner.put(never)).toMatchObject({ unknown: 'SourceUnreachable' });
  });

  it('tell how long their first job has waited: not since they were empty, but since it came', async () => {
    const vhost = await ownVhost();
    const source = sourceOf(specFor({ vhost }), sourceDeps(credential()), 'rabbitmq:queues');
    let now = Date.now();
    const readAfter = async (seconds: number) => {
      // Later than any answer that was shared.
      now += 1_000 * seconds;
      return (await source.read(now)).queues?.['mail'];
    };
    const waiting = (ready: number, oldestAgeSeconds: number) => ({ value: { ready, oldestAgeSeconds } });
    await withChannel(vhost, async (channel) => {
      await channel.assertQueue('mail', { durable: true });
      const send = async (jobs: number) => {
        for (let job = 0; job < jobs; job += 1) channel.sendToQueue('mail', Buffer.from('job'));
        await channel.waitForConfirms();
      };
      await send(2);
      // The server's statistics come some time after.
      await eventually(async () => expect(await readAfter(10)).toMatchObject(waiting(2, 0)));
      await send(1);
      expect(await readAfter(60)).toMatchObject(waiting(3, 60));
      const third = now;
      expect(await readAfter(60)).toMatchObject(waiting(3, 120));
      for (const _job of [1, 2]) await channel.get('mail', { noAck: true });
      await eventually(async () =>
        expect(await readAfter(10)).toMatchObject(waiting(1, (now - third) / 1_000)),
      );
    });
  });

  it.each<[string, { tags: string[]; permissions: string[] | undefined }, object]>([
    [
      'may monitor and has a permission',
      { tags: ['monitoring'], permissions: ['^$', '^$', '^$'] },
      { value: { ready: 0 } },
    ],
    ['may not monitor', { tags: [], permissions: ['^$', '^$', '^$'] }, { unknown: 'CredentialRejected' }],
    [
      'has no permission there',
      { tags: ['monitoring'], permissions: undefined },
      { unknown: 'CredentialRejected' },
    ],
  ])('are read as a user who %s', async (_who, { tags, permissions }, expected) => {
    const vhost = await ownVhost();
    const user = `reader-${vhost}`;
    await rabbitmq.ctl('add_user', user, 'reader');
    await rabbitmq.ctl('set_user_tags', user, ...tags);
    if (permissions !== undefined) await rabbitmq.ctl('set_permissions', '-p', vhost, user, ...permissions);
    const secrets = { rabbitmq: { username: user, password: 'reader' } };
    const { queues } = await sourceOf(specFor({ vhost }), sourceDeps(secrets), 'rabbitmq:queues').read();
    expect(queues?.['mail']).toMatchObject(expected);
  });

  /** A virtual host of this test's own. */
  async function ownVhost(): Promise<string> {
    const vhost = `t-${randomBytes(4).toString('hex')}`;
    await rabbitmq.ctl('add_vhost', vhost);
    await rabbitmq.ctl('set_permissions', '-p', vhost, rabbitmq.user, '.*', '.*', '.*');
    return vhost;
  }

  async function withChannel(
    vhost: string,
    use: (channel: amqp.ConfirmChannel) => Promise<void>,
  ): Promise<void> {
    const model = await amqp.connect(`${rabbitmq.url}/${vhost}`);
    // The server ends the connection of a virtual host that stops.
    model.on('error', () => undefined);
    try {
      await use(await model.createConfirmChannel());
    } finally {
      await model.close();
    }
  }
});
