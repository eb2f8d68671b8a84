import { Gauge, type Registry } from 'prom-client'
import type { Ingest } from './ingest.ts'

/** Registers the gauge of events that wait to be stored. */
export function registerIngestMetrics(ingest: Ingest, registry: Registry): void {
  new Gauge({
    name: 'glance_queue_events',
    help: 'Events that are accepted and not yet stored',
    registers: [registry],
    collect() {
      this.set(ingest.depth)
    },
  })
}
