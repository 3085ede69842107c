/** The faults that the tests on a real API server have to catch, each at the heart of what prevents it. */
import type { Mutation } from './mutation.ts';

export interface Fault {
  readonly name: string;
  /** One for each side that the fault has. */
  readonly mutations: readonly Mutation[];
}

const BUDGETS = 'test/integration/operator/budgets.test.ts';
const CARE = 'test/integration/operator/care.test.ts';
const DEPOSED = 'test/integration/operator/deposed.test.ts';
const DRAIN = 'test/integration/operator/drain.test.ts';
const HOOKS = 'test/integration/operator/hooks.test.ts';
const LADDER = 'test/integration/operator/ladder.test.ts';
const LEASE = 'test/integration/runtime/lease.test.ts';
const QUEUES = 'test/integration/capabilities/queue-moves.test.ts';
const TAKEOVER = 'test/integration/operator/takeover.test.ts';

export const FAULTS: readonly Fault[] = [
  {
    name: "The budget's gate is always open",
    mutations: [
      {
        what: "Components grow without a look at the database's connections.",
        file: 'src/scaling/share.ts',
        from: 'if (ours === Infinity) return components;',
        to: 'if (ours >= 0) return components;',
        caughtBy: {
          file: BUDGETS,
          test: "of the database's connections ends the growth of a queue, however deep it is",
        },
      },
      {
        what: 'Sync grows though the calls to Vici that were counted have used the budget up.',
        file: 'src/scaling/size.ts',
        from: '!isKnown(apiCallsPerHour) || apiCallsPerHour.value < budget)',
        to: '!isKnown(apiCallsPerHour) || apiCallsPerHour.value >= 0)',
        caughtBy: {
          file: BUDGETS,
          test: 'of calls to Vici ends the growth of sync while it is used up, and bounds it for ever',
        },
      },
      {
        what: 'Sync may have more workers than the budget of calls to Vici feeds.',
        file: 'src/scaling/bounds.ts',
        from: "if (component.role === 'sync' && viciCeiling(spec, component) < ceiling) {",
        to: "if (component.role === 'sync' && viciCeiling(spec, component) < 0) {",
        caughtBy: {
          file: BUDGETS,
          test: 'of calls to Vici ends the growth of sync while it is used up, and bounds it for ever',
        },
      },
    ],
  },
  {
    name: 'A drain does not wait',
    mutations: [
      {
        what: 'The Deployments of the old side are deleted while their pods still finish.',
        file: 'src/plan/writes/removals.ts',
        from: 'const gone = old.filter((component) => component.drivenBy !== undefined || !hasReplicas(component));',
        to: 'const gone = old;',
        caughtBy: { file: DRAIN, test: 'waits for pods that take their time to finish, and says so' },
      },
      {
        what: 'A move of queues takes the server that it leaves for empty.',
        file: 'src/capabilities/queues/server.ts',
        from: 'jobs: found.reduce((sum, { ready, inFlight, delayed }) => sum + ready + inFlight + delayed, 0),',
        to: 'jobs: 0,',
        caughtBy: {
          file: QUEUES,
          test: 'leave workers with what is in the first one, and say until when',
        },
      },
    ],
  },
  {
    name: 'A deposed leader may write',
    mutations: [
      {
        what: 'The fence lets writes through for as long as a leader has not noticed that it is none any more.',
        file: 'controller/runtime/lease.ts',
        from: 'return Math.max(0, this.#durationMs - this.#marginMs - this.#since(this.#renewed));',
        to: 'return this.#durationMs;',
        caughtBy: {
          file: LEASE,
          test: 'keeps a leader that was stopped and has been replaced from beginning a write when it wakes up',
        },
      },
      {
        what: 'The operator writes past the fence.',
        file: 'controller/leadplatform/operator.ts',
        from: 'const resources = new Resources(client.fenced(this.#lease));',
        to: 'const resources = new Resources(client);',
        caughtBy: {
          file: DEPOSED,
          test: 'begins no write when it wakes up in the middle of its work and another one leads',
        },
      },
    ],
  },
  {
    name: "A Secret's value in an Event",
    mutations: [
      {
        what: 'A failure to read Postgres names the store with its password.',
        file: 'src/sources/postgres/pool.ts',
        from: 'this.#what = `Postgres at ${host}:${port}`;',
        to: 'this.#what = `Postgres at ${user}:${password}@${host}:${port}`;',
        caughtBy: {
          file: CARE,
          test: 'says which Secret is missing, keeps its size, and reads it when it is there',
        },
      },
    ],
  },
  {
    name: 'A stale reading counts as zero',
    mutations: [
      {
        what: 'A value that is too old is read as zero.',
        file: 'src/sources/last-reading.ts',
        from: 'if (failure !== undefined) return failure;',
        to: `if (last !== undefined) {
    const { value } = last;
    if (typeof value === 'number') return { value: 0, at: now };
    return { value: 'used' in value ? { ...value, used: 0 } : { ready: 0, inFlight: 0, delayed: 0 }, at: now };
  }
  if (failure !== undefined) return failure;`,
        caughtBy: {
          file: TAKEOVER,
          test: 'a database that goes away takes no replica away, and is read again when it is back',
        },
      },
      {
        what: 'A component is sized as if what is unknown asked for nothing.',
        file: 'src/scaling/demand.ts',
        from: 'else silent = bothOf(silent, demand);',
        to: "else most ??= { wanted: 0, rule: 'Backlog', why: demand.of };",
        caughtBy: {
          file: TAKEOVER,
          test: 'a database that goes away takes no replica away, and is read again when it is back',
        },
      },
      {
        what: 'The tier is decided as if leads/day were zero while it is unknown.',
        file: 'src/decide/look.ts',
        from: 'leadsPerDay: withoutSuddenZero(day.reading, lastLoad(before.load), spec),',
        to: 'leadsPerDay: isKnown(day.reading) ? day.reading : { value: 0, at: now },',
        caughtBy: { file: LADDER, test: 'keeps its tier while Postgres is away, and comes down after that' },
      },
    ],
  },
  {
    name: 'The Service switches before the new side is ready',
    mutations: [
      {
        what: 'Requests are sent to the new side as soon as it exists.',
        file: 'src/transition/transition.ts',
        from: 'if (gateOpen) return next;',
        to: 'if (gateOpen || components.has(next)) return next;',
        caughtBy: {
          file: TAKEOVER,
          test: 'the other takes the next step within 20 s when the one that leads is killed in the middle of a transition',
        },
      },
      {
        what: 'A component that exists is taken for ready.',
        file: 'src/transition/transition.ts',
        from: 'if (live === undefined || !live.current) return false;',
        to: 'return live !== undefined;',
        caughtBy: {
          file: TAKEOVER,
          test: 'the other takes the next step within 20 s when the one that leads is killed in the middle of a transition',
        },
      },
    ],
  },
  {
    name: 'A hook runs twice',
    mutations: [
      {
        what: 'What a hook came to is forgotten with its Job.',
        file: 'src/plan/transition/hooks.ts',
        from: 'const recorded = retried ? undefined : known;',
        to: 'const recorded = undefined as typeof known;',
        caughtBy: {
          file: HOOKS,
          test: 'run once, before anything of the tier is begun and after it is reached; one that fails holds the tier',
        },
      },
      {
        what: 'Each pass gives the Job of a hook another name.',
        file: 'src/plan/transition/hooks.ts',
        from: 'shortHash([passage, attempt]).slice(0, 10)',
        to: 'shortHash([passage, attempt, Math.random()]).slice(0, 10)',
        caughtBy: {
          file: HOOKS,
          test: 'run once, before anything of the tier is begun and after it is reached; one that fails holds the tier',
        },
      },
    ],
  },
  {
    name: 'A refused write is called done',
    mutations: [
      {
        what: 'The error of a write is dropped.',
        file: 'controller/leadplatform/apply.ts',
        from: 'await carryOut(applier, platform, action, kind, signal);',
        to: 'await carryOut(applier, platform, action, kind, signal).catch(() => undefined);',
        caughtBy: {
          file: CARE,
          test: 'takes over nothing that somebody else made, says whose it is, and goes on with everything else',
        },
      },
      {
        what: 'A write that was refused is among those that the operator says it has made.',
        file: 'controller/leadplatform/apply.ts',
        from: 'return { done, isHeld, error',
        to: 'return { done: [...done, action], isHeld, error',
        caughtBy: {
          file: CARE,
          test: 'takes over nothing that somebody else made, says whose it is, and goes on with everything else',
        },
      },
    ],
  },
];
