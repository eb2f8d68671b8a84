import world from 'virtual:world'
import type { JSX, VNode } from 'preact'
import { useState } from 'preact/hooks'
import { count } from '../../format/numbers.ts'
import { countryName } from '../../format/words.ts'
import type { CountryNumber } from './country-number.ts'
import { startsOf, stepOf } from './steps.ts'
import styles from './world-map.module.css'

const SPOT = 5

interface MapProps {
  label: string
  numbers: readonly CountryNumber[]
}

/** The countries of the world, coloured by numbers. The cursor and the arrow keys show the number of one. */
export default function WorldMapDrawing({ label, numbers }: MapProps) {
  const [shown, setShown] = useState<string | null>(null)
  const named = numbers.filter(({ country }) => country in world.outlines || country in world.spots)
  const values = new Map(named.map(({ country, value }) => [country, value]))
  const most = Math.max(0, ...values.values())
  const at = Math.max(
    0,
    named.findIndex(({ country }) => country === shown),
  )

  const step = (country: string) => stepOf(values.get(country) ?? 0, most)
  const attributes = (country: string) => ({
    class: styles.country,
    'data-step': step(country),
    'data-shown': country === shown,
    onMouseEnter: () => setShown(country),
  })

  function onKeyDown(event: JSX.TargetedKeyboardEvent<HTMLDivElement>) {
    const move = { ArrowRight: 1, ArrowDown: 1, ArrowLeft: -1, ArrowUp: -1 }[event.key]
    if (move === undefined || named.length === 0) return
    event.preventDefault()
    const next = shown === null ? 0 : (at + move + named.length) % named.length
    setShown(named[next]?.country ?? null)
  }

  return (
    <>
      <div
        class={styles.map}
        role="slider"
        tabIndex={0}
        aria-label={label}
        aria-valuemin={1}
        aria-valuemax={Math.max(1, named.length)}
        aria-valuenow={at + 1}
        aria-valuetext={textOf(named[at])}
        onKeyDown={onKeyDown}
        onBlur={() => setShown(null)}
        onMouseLeave={() => setShown(null)}
      >
        <svg viewBox={`0 0 ${world.width} ${world.height}`} aria-hidden="true">
          {Object.entries(world.outlines).map(([country, d]) => (
            <path key={country} {...attributes(country)} d={d} />
          ))}
          {spotsOf(values).map(([country, [x, y]]) => (
            <circle key={country} {...attributes(country)} cx={x} cy={y} r={SPOT} />
          ))}
        </svg>
      </div>
      <figcaption class={styles.caption}>
        {shown === null ? <Legend most={most} /> : textOf({ country: shown, value: values.get(shown) ?? 0 })}
      </figcaption>
    </>
  )
}

function spotsOf(values: Map<string, number>) {
  return Object.entries(world.spots).filter(([country]) => values.has(country))
}

function textOf(number: CountryNumber | undefined): string {
  return number ? `${countryName(number.country)}: ${count(number.value)}` : 'no data'
}

function Legend({ most }: { most: number }): VNode | null {
  if (most === 0) return null
  return (
    <>
      <span>1</span>
      {startsOf(most).map((start, index) => (
        <span key={start} class={styles.step} data-step={index + 1} />
      ))}
      <span>{count(most)}</span>
    </>
  )
}
