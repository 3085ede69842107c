/** What this version calls for but does not put in place, and what a person can do meanwhile. Honest, and short. */
import type { CapabilityName } from '../api/names.ts';

export const NOT_IMPLEMENTED: Readonly<Partial<Record<CapabilityName, string>>> = {
  'redis-cache': 'This version does not run a Redis; run one, and point the application at it through env.',
  'queue-system':
    'This version does not run a queue server; set QUEUE_CONNECTION=redis and point the application at a Redis through env.',
  'database-indexes':
    'This version does not change the database; add the indexes by a migration of the application.',
  'app-optimize':
    'This version does not run `php artisan optimize`; run it where the image is built, or in its entry point.',
  'read-replica':
    'This version does not run a database; add a replica where yours runs, and set read.host of the application.',
  cdn: 'This version does not set up a CDN; put one in front, and set ASSET_URL through env.',
  'load-balancer':
    'Inside the cluster the Service spreads requests over all replicas; this version puts no load balancer in front of it.',
  'dedicated-queue-server': 'This version does not move queues to a server of their own.',
  'message-queue': 'This version does not run RabbitMQ; queues stay where they are.',
  search: 'This version does not run a search server.',
  'database-per-service': 'This version does not split the database.',
  microservices:
    'This version runs ingest, sync and one Deployment a queue; it splits no further services off.',
  'database-sharding': 'This version does not shard the database.',
  orchestration:
    'This version sets disruption budgets and spreads over nodes; priorities between parts it does not set.',
  'full-microservices':
    'This version runs ingest, sync and one Deployment a queue; it splits no further services off.',
};
