import styles from './skeleton.module.css'

/** Takes the place of rows that are being read. */
export function SkeletonRows({ rows = 6 }: { rows?: number }) {
  return (
    <div class={styles.rows} aria-busy="true">
      <span class={styles.words}>Loading</span>
      {Array.from({ length: rows }, (_, row) => (
        <div key={row} class={styles.row} />
      ))}
    </div>
  )
}

/** Takes the place of one thing that is being read, such as a chart. @param height as a length in CSS */
export function SkeletonBlock({ height }: { height: string }) {
  return (
    <div class={styles.block} style={{ height }} aria-busy="true">
      <span class={styles.words}>Loading</span>
    </div>
  )
}
