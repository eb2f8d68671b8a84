import styles from './swatch.module.css'

/** A spot in the colour of a line, beside its name. @param colour a colour token */
export function Swatch({ colour }: { colour: string }) {
  return <span class={styles.swatch} style={{ background: `var(${colour})` }} aria-hidden="true" />
}
