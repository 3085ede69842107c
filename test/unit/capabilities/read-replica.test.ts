import { describe, expect, it } from 'vitest';
import type { LeadPlatformSpecInput } from '../../../src/api/schema/leadplatform.ts';
import type { LagRow } from '../../../src/capabilities/database/lag.ts';
import type { KubeObject } from '../../../src/kube/object.ts';
import { DatabaseStory } from './database-story.ts';

const ASK = 'read-replica/lag';
const NEAR: LagRow = { copies: 1, hidden: false, behind: false, near: true };
const FAIR: LagRow = { ...NEAR, near: false };
const BEHIND: LagRow = { ...NEAR, behind: true, near: false };
const postgres = { host: 'db-rw' };

type Settings = NonNullable<NonNullable<LeadPlatformSpecInput['capabilities']>['readReplica']>;

class Story extends DatabaseStory {
  constructor(readReplica: Settings = { cluster: 'db' }, spec: Partial<LeadPlatformSpecInput> = {}) {
    super('read-replica', { stores: { postgres }, capabilities: { readReplica }, ...spec });
    this.serves = new Set(['Cluster']);
  }

  /** The user's Cluster, as it is now. */
  cluster(spec: object, ready: number, annotations: Readonly<Record<string, string>> = {}): this {
    this.world.put({
      apiVersion: 'postgresql.cnpg.io/v1',
      kind: 'Cluster',
      metadata: { name: 'db', namespace: 'leads', uid: 'uid-of-db', annotations },
      spec: { storage: { size: '10Gi' }, ...spec },
      status: { readyInstances: ready },
    });
    return this;
  }

  override settle(): this {
    for (let count = 0; count < 6; count += 1) {
      this.#see();
      this.pass(this.decision);
      this.world.step();
    }
    this.#see();
    const { actions } = this.pass(this.decision);
    expect(actions).toEqual([]);
    return this;
  }

  #see(): void {
    const others = this.world.objects.filter(({ kind }) => kind === 'Cluster');
    this.more = { others };
  }

  lag(what: LagRow | 'unknown'): this {
    return this.answer(ASK, what === 'unknown' ? what : [{ ...what }]);
  }

  get db(): KubeObject {
    return this.find('Cluster/db');
  }
  get instances() {
    return (this.db['spec'] as { instances?: number }).instances;
  }
  get marks() {
    return this.db.metadata.annotations ?? {};
  }
  get role() {
    const service = this.world.find('Service/brain-reports');
    return (service?.['spec'] as { selector: Record<string, string> } | undefined)?.selector[
      'cnpg.io/instanceRole'
    ];
  }
}

const up = (settings?: Settings) =>
  new Story(settings)
    .cluster({ instances: 1 }, 1)
    .settle()
    .says('Cluster/db', { readyInstances: 2 })
    .lag(NEAR);

describe('A read replica', () => {
  it.each<[string, Story, string, string]>([
    ['no database', new Story({ cluster: 'db' }, { stores: {} }), 'NotConfigured', 'stores.postgres'],
    ['nothing to copy', new Story({}), 'NotConfigured', 'capabilities.readReplica names no database'],
    ['no Cluster of that name', new Story(), 'ClusterMissing', 'Cluster/db'],
  ])('says what to do where there is %s', (_what, story, reason, todo) => {
    story.settle();
    expect(story.report).toMatchObject({ state: 'Blocked', reason });
    expect(story.report?.message).toContain(todo);
  });

  it('says what to install where the cluster does not know CloudNativePG', () => {
    const story = new Story().cluster({ instances: 1 }, 1);
    story.serves = new Set();
    expect(story.settle().report).toMatchObject({ state: 'Blocked', reason: 'CloudNativePGMissing' });
    expect(story.instances).toBe(1);
  });

  it('raises the instances and nothing else, and remembers on the Cluster how many there were', () => {
    const story = new Story().cluster({ instances: 1 }, 1).settle();
    expect(story.db['spec']).toEqual({ storage: { size: '10Gi' }, instances: 2 });
    expect(story.marks).toEqual({
      'leadplatform.io/raised-by': 'brain',
      'leadplatform.io/raised-to': '2',
      'leadplatform.io/raised-from': '1',
    });
    expect(story.db.metadata.labels).toBeUndefined();
    expect(story.db.metadata.ownerReferences).toBeUndefined();
    expect(story.report).toMatchObject({ state: 'Progressing', step: 'ReplicaReady' });
    expect(story.role).toBe('primary');
    expect(story.env('ingest')).toEqual([]);
  });

  it('still knows how many there were when it is to have more', () => {
    const story = up().settle();
    story.spec = new Story({ cluster: 'db', instances: 3 }).spec;
    expect(story.settle().instances).toBe(3);
    expect(story.marks).toMatchObject({
      'leadplatform.io/raised-to': '3',
      'leadplatform.io/raised-from': '1',
    });
  });

  it('never lowers a Cluster that has more', () => {
    const story = new Story().cluster({ instances: 5 }, 5).lag(NEAR).settle();
    expect(story.instances).toBe(5);
    expect(story.marks).toEqual({});
    expect(story.report?.state).toBe('Ready');
  });

  it.each([
    ['has not been asked', undefined],
    ['is not known', 'unknown' as const],
    ['cannot be seen by the role', { ...BEHIND, hidden: true }],
    ['is of no copy', { ...NEAR, copies: 0 }],
    ['is too large', BEHIND],
    ['is fair, but was never near', FAIR],
  ])('is given to no pod while the lag %s', (_what, lag) => {
    const story = new Story().cluster({ instances: 2 }, 2);
    if (lag !== undefined) story.lag(lag);
    story.settle();
    expect(story.report).toMatchObject({ state: 'Progressing', step: 'CaughtUp' });
    expect(story.role).toBe('primary');
    expect(story.env('ingest')).toEqual([]);
  });

  it('is given to every pod for reports once it is near, and is ready then', () => {
    const story = up().settle();
    expect(story.report?.state).toBe('Ready');
    expect(story.role).toBe('replica');
    for (const component of ['ingest', 'sync', 'queue-default'])
      expect(story.env(component)).toEqual(['DB_REPORTS_HOST=brain-reports']);
    expect(story.last?.probes).toMatchObject([{ probe: { id: ASK }, isUrgent: true }]);
  });

  it('is given for every read, with sticky, where somebody has chosen that', () => {
    expect(up({ cluster: 'db', reads: 'General' }).settle().env('ingest')).toEqual([
      'DB_READ_HOST=brain-reports',
      'DB_REPORTS_HOST=brain-reports',
      'DB_STICKY=true',
    ]);
  });

  it.each([['too far behind', BEHIND] as const, ['not known any more', 'unknown'] as const])(
    'sends reads to the primary while the lag is %s, and back when it is near, and restarts no pod',
    (_what, lag) => {
      const story = up().settle();
      const templates = () =>
        story.world.objects
          .filter(({ kind }) => kind === 'Deployment')
          .map((deployment) => JSON.stringify((deployment['spec'] as { template: object }).template));
      const before = templates();
      expect(story.lag(lag).settle().role).toBe('primary');
      expect(story.report).toMatchObject({ state: 'Progressing', step: 'CaughtUp' });
      expect(story.lag(FAIR).settle().role).toBe('primary');
      expect(story.lag(NEAR).settle().role).toBe('replica');
      expect(story.lag(FAIR).settle().role).toBe('replica');
      expect(story.report?.state).toBe('Ready');
      expect(templates()).toEqual(before);
    },
  );

  it('stays where it is while an operator that was started anew has not asked yet', () => {
    const story = up().settle();
    story.probeResults = {};
    expect(story.settle().role).toBe('replica');
  });

  it('sends reads to the primary while no second instance is ready', () => {
    const story = up().settle().says('Cluster/db', { readyInstances: 1 });
    expect(story.settle().role).toBe('primary');
    expect(story.env('ingest')).toEqual(['DB_REPORTS_HOST=brain-reports']);
  });

  it('is not taken back however long the first copy takes', () => {
    const story = new Story().cluster({ instances: 1 }, 1).settle();
    story.now += 86_400_000;
    expect(story.settle().report).toMatchObject({ state: 'Progressing', step: 'ReplicaReady' });
    expect(story.instances).toBe(2);
  });

  it('argues ever more slowly with somebody who sets the instances back', () => {
    const story = new Story().cluster({ instances: 1 }, 1);
    let writes = 0;
    for (let second = 0; second < 60; second += 1) {
      const lastWrites = story.more.lastWrites ?? new Map();
      story.more = { others: [story.db], lastWrites };
      const { actions } = story.pass(story.decision);
      const written = actions.find((action) => action.do === 'adjust');
      if (written === undefined) continue;
      writes += 1;
      const { fingerprint, attempt } = written;
      story.more = { lastWrites: new Map([['Cluster/db', { fingerprint, attempt, at: story.now }]]) };
      story.cluster({ instances: 1 }, 1);
    }
    expect(writes).toBeGreaterThan(1);
    expect(writes).toBeLessThan(6);
  });
});

describe('On the way down a read replica', () => {
  const down = (story = up().settle()) => {
    story.wanted = false;
    return story;
  };

  it('first leaves the pods, then its Service, and waits with the instances for a person', () => {
    const story = down();
    story.pass(story.decision);
    expect(story.report).toMatchObject({ state: 'Leaving', step: 'RolledOut' });
    expect(story.role).toBe('primary');
    expect(story.instances).toBe(2);
    story.settle();
    expect(story.env('ingest')).toEqual([]);
    expect(story.role).toBeUndefined();
    expect(story.instances).toBe(2);
    expect(story.report).toMatchObject({ state: 'Leaving', step: 'RemovalUnconfirmed' });
    expect(story.report?.message).toContain('volumes of the others are lost');
    expect(story.report?.message).toContain('leadplatform.io/confirm-removal');
  });

  it('goes back to as many instances as there were, once somebody has confirmed it, and leaves no mark', () => {
    const story = down().settle();
    story.annotations = { 'leadplatform.io/confirm-removal': 'read-replica' };
    story.settle();
    expect(story.db['spec']).toEqual({ storage: { size: '10Gi' }, instances: 1 });
    expect(story.marks).toEqual({});
    expect(story.report).toBeUndefined();
  });

  it('goes the same way by a policy of Never, and is declined once nothing is left', () => {
    const story = down();
    story.isDeclined = true;
    story.settle();
    expect(story.report).toMatchObject({ state: 'Leaving', step: 'RemovalUnconfirmed' });
    story.annotations = { 'leadplatform.io/confirm-removal': 'read-replica' };
    expect(story.settle().instances).toBe(1);
    expect(story.report?.state).toBe('Declined');
  });

  it('leaves the instances alone that somebody has changed since, and takes its marks off', () => {
    const story = up().settle();
    story.cluster({ instances: 3 }, 3, story.marks);
    expect(down(story).settle().instances).toBe(3);
    expect(story.marks).toEqual({});
    expect(story.report).toBeUndefined();
  });

  it('never goes below what somebody has raised it to meanwhile', () => {
    const story = up({ cluster: 'db', instances: 4 });
    story.cluster({ instances: 3 }, 3, story.marks).settle();
    expect(story.marks).toMatchObject({
      'leadplatform.io/raised-to': '4',
      'leadplatform.io/raised-from': '3',
    });
    down(story).annotations = { 'leadplatform.io/confirm-removal': 'read-replica' };
    expect(story.settle().instances).toBe(3);
  });

  it('turns round where it is when it is wanted again', () => {
    const story = down().settle();
    story.wanted = true;
    expect(story.settle().report?.state).toBe('Ready');
    expect(story.marks).toMatchObject({ 'leadplatform.io/raised-from': '1' });
  });
});

describe('A copy that the user runs', () => {
  const ANSWERS = 'read-replica/host';
  it('is given to pods once it answers', () => {
    const story = new Story({ host: 'copy.example.com', port: 5433 }).settle();
    expect(story.report).toMatchObject({ state: 'Progressing', step: 'CopyAnswers' });
    expect(story.env('ingest')).toEqual([]);
    story.answer(ANSWERS, [{ copy: true }]).settle();
    expect(story.report?.state).toBe('External');
    expect(story.env('ingest')).toEqual(['DB_REPORTS_HOST=copy.example.com', 'DB_REPORTS_PORT=5433']);
    expect(story.role).toBeUndefined();
    story.answer(ANSWERS, 'unknown').settle();
    expect(story.report?.state).toBe('Progressing');
    expect(story.env('ingest')).toHaveLength(2);
  });

  it('is taken back with nothing but the variables', () => {
    const story = new Story({ host: 'copy.example.com' }).answer(ANSWERS, [{ copy: true }]).settle();
    story.wanted = false;
    expect(story.settle().report).toBeUndefined();
    expect(story.env('ingest')).toEqual([]);
  });
});
