import { useState } from 'preact/hooks'
import { COUNTRY_COLUMNS, type CountryCounts } from '../../../charts/map/country-columns.ts'
import { WorldMap } from '../../../charts/map/world-map.tsx'
import { Button } from '../../../ui/actions/button.tsx'
import { Table } from '../../../ui/data/table.tsx'
import styles from './numbers.module.css'

/** So many countries are listed at first. */
const LISTED = 8

/** The events by country, as a map and as a table. */
export function Countries({ countries }: { countries: CountryCounts[] }) {
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
              columns={COUNTRY_COLUMNS}
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
