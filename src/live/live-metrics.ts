import { Gauge, type Registry } from 'prom-client'
import type { LiveNumbers } from './live-numbers.ts'

/** Registers the metrics of live numbers. */
export function registerLiveMetrics(live: LiveNumbers, registry: Registry): void {
  new Gauge({
    name: 'glance_live_streams',
    help: 'Open streams of live numbers',
    registers: [registry],
    collect() {
      this.set(live.size)
    },
  })
}
