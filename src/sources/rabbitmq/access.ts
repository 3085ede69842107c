/** The way of a platform to the management API of its RabbitMQ. */
import type { RabbitmqStore } from '../../api/schema/stores.ts';
import { accessTo, type StoreAccess } from '../access.ts';
import type { SourceDeps } from '../deps.ts';
import { RabbitmqApi, rabbitmqSettings } from './api.ts';

export function rabbitmqAccess(store: RabbitmqStore, deps: SourceDeps): StoreAccess<RabbitmqApi> {
  return accessTo('spec.stores.rabbitmq', store, deps, (credential) => {
    const settings = rabbitmqSettings(store, credential);
    return deps.pools.share('rabbitmq', settings, (context) => new RabbitmqApi(settings, context));
  });
}
