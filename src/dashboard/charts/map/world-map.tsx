import { LoadedPart } from '../../ui/feedback/loaded-part.tsx'
import type { CountryNumber } from './country-number.ts'
import styles from './world-map.module.css'

interface WorldMapProps {
  /** Names the map, as in "Views by country". */
  label: string
  /** Undefined while they are read. */
  numbers: readonly CountryNumber[] | undefined
  /** As a length in CSS. */
  height?: string
}

const load = () => import('./map.tsx')

/** The world with countries coloured by numbers. A table beside it has to say the same for those who do not see it. */
export function WorldMap({ label, numbers, height = 'var(--chart)' }: WorldMapProps) {
  return (
    <figure class={styles.frame} style={{ height }}>
      <LoadedPart load={load} height={height} isReady={numbers !== undefined}>
        {({ default: Drawing }) => numbers && <Drawing label={label} numbers={numbers} />}
      </LoadedPart>
    </figure>
  )
}
