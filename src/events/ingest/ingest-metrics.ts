import { Counter, Gauge, type Registry } from 'prom-client'
import type { Ingest } from './ingest.ts'

/** Registers the metrics of ingest: events that wait, and events that were stored. */
export function registerIngestMetrics(ingest: Ingest, registry: Registry): void {
  const registers = [registry]
  new Gauge({
    name: 'glance_queue_events',
    help: 'Events that are accepted and not yet stored',
    registers,
    collect() {
      this.set(ingest.depth)
    },
  })
  new Counter({
    name: 'glance_events_stored_total',
    help: 'Events that were stored for the first time, as far as the log tells',
    registers,
    collect() {
      this.reset()
      this.inc(ingest.stored)
    },
  })
}
