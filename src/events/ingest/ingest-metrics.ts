import { Gauge, type Registry } from 'prom-client'
import type { Ingest } from './ingest.ts'

/** Tells how many events wait for the database. */
export function registerIngestMetrics(ingest: Ingest, registry: Registry): void {
  new Gauge({
    name: 'glance_queue_events',
    help: 'Events that were accepted and are not stored yet',
    registers: [registry],
    collect() {
      this.set(ingest.depth)
    },
  })
}
