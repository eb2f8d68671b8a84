import { Bars } from '../../charts/bars.tsx'
import { COUNTRY_COLUMNS, type CountryCounts } from '../../charts/map/country-columns.ts'
import { WorldMap } from '../../charts/map/world-map.tsx'
import { countryName } from '../../format/words.ts'
import { AsTable } from '../../ui/data/as-table.tsx'
import { Table } from '../../ui/data/table.tsx'
import { Section } from '../../ui/layout/room.tsx'
import styles from './overview.module.css'

const LISTED = 6

/** Where views come from: a map, the first countries, and a table of all of them. */
export function Countries({ countries }: { countries: CountryCounts[] | undefined }) {
  const numbers = countries
    ?.map(({ country, counts }) => ({ country, value: counts.view }))
    .toSorted((a, b) => b.value - a.value)
  return (
    <Section title="Views by country">
      <div class={styles.countries}>
        <WorldMap label="Views by country" numbers={numbers} height="calc(var(--chart) * 0.7)" />
        <Bars
          label="Countries with the most views"
          bars={(numbers ?? []).slice(0, LISTED).map(({ country, value }) => ({ name: countryName(country), value }))}
        />
      </div>
      {countries?.length === 0 && <p class={styles.quiet}>Apps have not said where people are.</p>}
      <AsTable>
        {() => (
          <Table
            label="Events by country"
            columns={COUNTRY_COLUMNS}
            rows={countries ?? []}
            keyOf={({ country }) => country}
          />
        )}
      </AsTable>
    </Section>
  )
}
