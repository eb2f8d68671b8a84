import type { SiteStats } from '../../api/types.ts'
import type { Interval } from '../time-chart/line.ts'
import { TimeChart } from '../time-chart/time-chart.tsx'
import styles from './events-chart.module.css'
import { KindChoice } from './kind-choice.tsx'
import { useKinds } from './use-kinds.ts'

interface EventsChartProps {
  /** Undefined while they are read. */
  stats: Pick<SiteStats, 'series' | 'totals' | 'settledTo'> | undefined
  interval: Interval
  onSelect(from: Date, to: Date): void
}

/** Events and people over time, of which the reader chooses the lines. */
export function EventsChart({ stats, interval, onSelect }: EventsChartProps) {
  const { shown, lines, toggle } = useKinds()
  return (
    <div class={styles.chart}>
      <KindChoice shown={shown} toggle={toggle} totals={stats?.totals} />
      <TimeChart
        label="Events and people"
        points={stats?.series}
        lines={lines}
        interval={interval}
        settledTo={stats?.settledTo}
        onSelect={onSelect}
        height="calc(var(--chart) * 1.15)"
        legend={false}
      />
    </div>
  )
}
