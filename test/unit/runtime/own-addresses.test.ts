import { networkInterfaces } from 'node:os';
import { expect, it } from 'vitest';
import { OwnAddresses } from '../../../controller/runtime/own-addresses.ts';

function start(answers: Record<string, readonly string[] | undefined>) {
  let elapsed = 0;
  const asked: string[] = [];
  const own = new OwnAddresses({
    serviceHosts: Object.keys(answers),
    told: ['10.4.0.17'],
    elapsed: () => elapsed,
    resolve: async (host) => {
      asked.push(host);
      const answer = answers[host];
      if (answer === undefined) throw new Error('no such name');
      return answer;
    },
  });
  const pass = async (ms: number): Promise<readonly string[]> => {
    elapsed += ms;
    own.now();
    await own.known();
    return own.now();
  };
  return { own, asked, pass };
}

it('are those of every interface, and those that it was told', () => {
  const interfaces = Object.values(networkInterfaces()).flatMap((some = []) => some);
  expect(interfaces.length).toBeGreaterThan(0);
  expect(new OwnAddresses({ told: ['10.4.0.17'] }).now()).toEqual([
    ...interfaces.map(({ address }) => address),
    '10.4.0.17',
  ]);
});

it('are those of the interfaces as they were last, where the system does not tell them any more', () => {
  let answer: () => readonly string[] = () => ['10.4.0.18'];
  const own = new OwnAddresses({ told: ['10.4.0.17'], interfaces: () => answer() });
  expect(own.now()).toEqual(['10.4.0.18', '10.4.0.17']);
  answer = () => {
    throw Object.assign(new Error('too many open files'), { code: 'EMFILE' });
  };
  expect(own.now()).toEqual(['10.4.0.18', '10.4.0.17']);
  answer = () => ['10.4.0.19'];
  expect(own.now()).toEqual(['10.4.0.19', '10.4.0.17']);
});

it('are those of the Services in front of it, looked up once a minute', async () => {
  const answers = { 'a.leads.svc': ['10.96.1.1'] };
  const { own, asked, pass } = start(answers);
  await own.known();
  expect(own.now()).toContain('10.96.1.1');
  answers['a.leads.svc'] = ['10.96.1.2'];
  own.now();
  expect(asked).toHaveLength(1);
  expect(await pass(60_000)).toContain('10.96.1.2');
});

it('stay what they were while the name service is away, which is asked again soon', async () => {
  const answers: Record<string, readonly string[] | undefined> = {
    'a.svc': ['10.96.1.1'],
    'b.svc': undefined,
  };
  const { own, pass } = start(answers);
  await own.known();
  expect(own.now()).toContain('10.96.1.1');
  answers['a.svc'] = undefined;
  answers['b.svc'] = ['10.96.1.9'];
  const found = await pass(5_000);
  expect(found).toEqual(expect.arrayContaining(['10.96.1.1', '10.96.1.9']));
});
