/** Both sides of a change of topology run for a while: what they may hold together, at their most, against what is left. */
import { componentsOf, type Component } from '../../api/components.ts';
import { connectionsPerReplica } from '../../scaling/connections.ts';
import type { PreflightCheck } from './check.ts';

export const connections: PreflightCheck = ({ observed: { snapshot }, topology }) => {
  if (topology?.decision.history.connections === undefined) return undefined;
  const { state, decision } = topology;
  const { allowed, others } = topology.decision.history.connections;
  const before = new Map(
    componentsOf(snapshot.spec, !decision.separate).map((component): [string, Component] => [
      component.name,
      component,
    ]),
  );
  const asked =
    sum(state.wanted.map(({ component, wanted: size }) => size * connectionsPerReplica(component))) +
    sum(
      state.old.map(({ name, asked: size }) => {
        const component = before.get(name);
        return component === undefined ? 0 : size * connectionsPerReplica(component);
      }),
    );
  const left = Math.max(0, allowed - others);
  if (asked <= left) return undefined;
  return `both sides together may hold ${asked} connections to the database for a while, and of the ${allowed} that it allows others hold ${others}; allow more, or lower connectionsPerReplica or the replicas`;
};

const sum = (values: readonly number[]): number => values.reduce((total, value) => total + value, 0);
