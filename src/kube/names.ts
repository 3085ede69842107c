/**
 * The names of a platform's children. A platform's own name has at most 34 characters (`src/api/platform-name.ts`), so
 * that all of them fit; the name of a queue may have 100, which fits a Deployment's name and, shortened, a label.
 */
import { shortHash } from './hash.ts';

/** The value of a label, and the name of a container. */
const MOST_LABEL = 63;

interface ChildNames {
  readonly serviceAccount: string;
  readonly settings: string;
  readonly service: string;
  /** Whatever is there for one component: see `isOfComponent`. */
  readonly component: (component: string) => string;
  readonly callLogs: (pass: string) => string;
}

export function childNames(platform: string): ChildNames {
  return {
    serviceAccount: platform,
    settings: `${platform}-settings`,
    service: platform,
    component: (component) => `${platform}-${component}`,
    callLogs: (pass) => `${platform}-call-logs-${pass}`,
  };
}

/** The component whose Deployment has this name. */
export function componentOfName(platform: string, name: string): string {
  return name.slice(platform.length + 1);
}

/** A component as the value of a label: itself, or its beginning and a hash where it has more than 63 characters. */
export function labelOf(component: string): string {
  return component.length <= MOST_LABEL
    ? component
    : `${component.slice(0, MOST_LABEL - 17).replace(/-+$/, '')}-${shortHash(component)}`;
}
