import type { ComponentChildren } from 'preact'
import type { System } from '../../../api/types.ts'
import { counted } from '../../../format/words.ts'
import { Time } from '../../../ui/data/time.tsx'
import styles from './details.module.css'

/** What the service runs on, and how long it keeps what. */
export function Details({ state: { version, node, startedAt, engine, eventLog, retention } }: { state: System }) {
  return (
    <dl class={styles.details}>
      <Detail label="Version">
        Glance {version} on Node {node}
      </Detail>
      <Detail label="Started">
        <Time at={startedAt} as="second" />
      </Detail>
      <Detail label="Database">
        {engine.kind} {engine.version} ({engine.reason})
      </Detail>
      <Detail label="Event log">{eventLog.layout}</Detail>
      {retention && (
        <>
          <Detail label="Events are accepted">{counted(retention.accept, 'day')} back</Detail>
          <Detail label="Events are kept">{counted(retention.events, 'day')}</Detail>
          <Detail label="Minutes are kept">{counted(retention.minuteRollups, 'day')}</Detail>
          <Detail label="Hours are kept">{counted(retention.hourRollups, 'day')}</Detail>
        </>
      )}
    </dl>
  )
}

function Detail({ label, children }: { label: string; children: ComponentChildren }) {
  return (
    <div class={styles.detail}>
      <dt class={styles.label}>{label}</dt>
      <dd>{children}</dd>
    </div>
  )
}
