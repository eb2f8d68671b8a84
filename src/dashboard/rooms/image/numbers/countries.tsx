import { useState } from 'preact/hooks'
import type { ImageStats } from '../../../api/types.ts'
import { countOf, EVENT_KINDS } from '../../../charts/event-types.ts'
import { WorldMap } from '../../../charts/map/world-map.tsx'
import { count } from '../../../format/numbers.ts'
import { countryName } from '../../../format/words.ts'
import { Button } from '../../../ui/actions/button.tsx'
import { type Column, Table } from '../../../ui/data/table.tsx'
import styles from './numbers.module.css'

type Country = ImageStats['countries'][number]

/** So many countries are listed at first. */
const LISTED = 8

const COLUMNS: Column<Country>[] = [
  {
    name: 'country',
    title: 'Country',
    cell: ({ country }) => countryName(country),
    sortBy: ({ country }) => countryName(country),
  },
  ...EVENT_KINDS.filter(({ isDefault }) => isDefault).map(kind => ({
    name: kind.name,
    title: kind.title,
    isNumber: true,
    cell: ({ counts }: Country) => count(countOf(kind, counts)),
    sortBy: ({ counts }: Country) => countOf(kind, counts),
  })),
]

/** The events by country, as a map and as a table. */
export function Countries({ countries }: { countries: Country[] }) {
  const [all, setAll] = useState(false)
  return (
    <div class={styles.part}>
      <h3>Countries</h3>
      {countries.length === 0 ? (
        <p class={styles.quiet}>No country is known of the events in this time.</p>
      ) : (
        <div class={styles.halves}>
          <WorldMap
            label="Views by country"
            numbers={countries.map(({ country, counts }) => ({ country, value: counts.view }))}
          />
          <div class={styles.part}>
            <Table
              label="Events by country"
              columns={COLUMNS}
              rows={all ? countries : countries.slice(0, LISTED)}
              keyOf={({ country }) => country}
            />
            {!all && countries.length > LISTED && (
              <div>
                <Button onClick={() => setAll(true)}>Show all {countries.length}</Button>
              </div>
            )}
          </div>
        </div>
      )}
    </div>
  )
}
