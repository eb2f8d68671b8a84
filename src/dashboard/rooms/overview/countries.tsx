import type { SiteStats } from '../../api/types.ts'
import { Bars } from '../../charts/bars.tsx'
import { countOf, EVENT_KINDS } from '../../charts/event-types.ts'
import { WorldMap } from '../../charts/map/world-map.tsx'
import { count } from '../../format/numbers.ts'
import { countryName } from '../../format/words.ts'
import { AsTable } from '../../ui/data/as-table.tsx'
import { type Column, Table } from '../../ui/data/table.tsx'
import { Section } from '../../ui/layout/room.tsx'
import styles from './overview.module.css'

type Country = SiteStats['countries'][number]

const LISTED = 6

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

/** Where views come from: a map, the first countries, and a table of all of them. */
export function Countries({ countries }: { countries: Country[] | undefined }) {
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
          <Table label="Events by country" columns={COLUMNS} rows={countries ?? []} keyOf={({ country }) => country} />
        )}
      </AsTable>
    </Section>
  )
}
