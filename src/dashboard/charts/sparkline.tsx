import styles from './sparkline.module.css'

const WIDTH = 96
const HEIGHT = 24

interface SparklineProps {
  /** Says what the line shows. */
  label: string
  values: readonly number[]
  /** A colour token. */
  colour: string
}

/** A small line from zero, without axes, beside a number that says how much it is. */
export function Sparkline({ label, values, colour }: SparklineProps) {
  const most = Math.max(0, ...values) || 1
  const step = WIDTH / Math.max(1, values.length - 1)
  const points = values.map(
    (value, index) => `${(index * step).toFixed(1)},${(HEIGHT * (1 - value / most)).toFixed(1)}`,
  )
  return (
    <svg
      class={styles.line}
      viewBox={`0 -1 ${WIDTH} ${HEIGHT + 2}`}
      preserveAspectRatio="none"
      role="img"
      aria-label={label}
    >
      <polyline points={points.join(' ')} style={{ stroke: `var(${colour})` }} />
    </svg>
  )
}
