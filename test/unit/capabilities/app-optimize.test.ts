import { describe, expect, it } from 'vitest';
import { Story } from './story.ts';

const ingest = { command: ['php', 'artisan', 'serve'] };
const components = { ingest };
const commandOf = (told: Story, component: string) =>
  told.template(component).spec.containers[0]?.command ?? [];
const stateOf = (told: Story) => told.report('app-optimize');

describe('app-optimize', () => {
  it('runs before the command of every container, and is ready once the pods of before are gone', () => {
    const told = new Story(['app-optimize'], { components });
    told.driver.converge(told.decision([]));
    told.driver.pass(told.decision());
    told.driver.pass(told.decision());
    expect(stateOf(told)).toMatchObject({ state: 'Progressing', step: 'RolledOut' });
    told.settle();
    expect(commandOf(told, 'ingest').slice(0, 2)).toEqual(['sh', '-c']);
    expect(commandOf(told, 'ingest')[2]).toContain('php artisan optimize ||');
    expect(commandOf(told, 'ingest').slice(3)).toEqual(['sh', ...ingest.command]);
    expect(commandOf(told, 'sync')[2]).toContain('php artisan optimize ||');
    expect(stateOf(told)?.state).toBe('Ready');
  });

  it('leaves the command of an image alone, and says what to do; workers run it', () => {
    const told = new Story(['app-optimize']).settle();
    expect(commandOf(told, 'ingest')).toEqual([]);
    expect(commandOf(told, 'sync')[2]).toContain('php artisan optimize');
    expect(stateOf(told)).toMatchObject({
      state: 'Blocked',
      reason: 'CommandUnknown',
      message: expect.stringContaining('give components.ingest.command'),
    });
  });

  it('tells once that it does not know a command, whatever is rolled out later', () => {
    const told = new Story(['app-optimize']).settle();
    const before = told.driver.log.length;
    const { generation } = told.find('Deployment/brain-sync').metadata;
    for (const updatedReplicas of [0, 1]) {
      const replicas = { replicas: 1, readyReplicas: 1, availableReplicas: 1 };
      told.says('Deployment/brain-sync', { observedGeneration: generation, ...replicas, updatedReplicas });
      told.driver.pass(told.decision());
      expect(stateOf(told)).toMatchObject({ state: 'Blocked', reason: 'CommandUnknown' });
    }
    expect(told.driver.log.slice(before).filter((line) => line.includes('event'))).toEqual([]);
  });

  it('runs another command as soon as it is named, and is not ready before', () => {
    const told = new Story(['app-optimize'], { components }).settle();
    told.edit({ components, capabilities: { appOptimize: { command: ['bin/warm', '--all'] } } });
    told.driver.pass(told.decision());
    expect(stateOf(told)?.state).toBe('Progressing');
    told.settle();
    expect(commandOf(told, 'sync')[2]).toContain('bin/warm --all ||');
    expect(stateOf(told)).toMatchObject({
      state: 'Ready',
      message: expect.stringContaining('bin/warm --all'),
    });
  });

  it('does not take a shell of the user’s own for it', () => {
    const told = new Story(['app-optimize'], {
      components: { ingest: { command: ['sh', '-c', 'exec php artisan serve'] } },
    });
    told.driver.converge(told.decision([]));
    told.driver.pass(told.decision());
    expect(stateOf(told)?.message).toContain('ingest');
  });

  it('does not run before jobs, which are over soon', () => {
    const told = new Story(['app-optimize'], { components }).settle();
    expect(JSON.stringify(told.find('CronJob/brain-call-logs-hourly'))).not.toContain('optimize');
  });

  it('is taken back where pods do not start with it, as in an image without a shell', () => {
    const told = new Story(['app-optimize'], { components }).settle([]);
    const broken = {
      observedGeneration: 99,
      replicas: 2,
      updatedReplicas: 1,
      readyReplicas: 1,
      availableReplicas: 1,
    };
    told.driver.pass(told.decision());
    told.says('Deployment/brain-ingest', broken);
    told.driver.pass(told.decision());
    told.driver.now += 3_600_000;
    told.driver.pass(told.decision());
    expect(stateOf(told)).toMatchObject({ state: 'Blocked', reason: 'RolledBack' });
    expect(commandOf(told, 'ingest')).toEqual(ingest.command);
  });

  it('is over once no container starts with it', () => {
    const told = new Story(['app-optimize'], { components }).settle();
    told.driver.pass(told.decision([]));
    expect(stateOf(told)).toMatchObject({ state: 'Leaving', reason: 'RolledOut' });
    told.settle([]);
    expect(commandOf(told, 'ingest')).toEqual(ingest.command);
    expect(stateOf(told)).toBeUndefined();
  });
});
