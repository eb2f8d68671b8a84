import type { SiteStats } from '../../api/types.ts'
import { count } from '../../format/numbers.ts'
import { countryName } from '../../format/words.ts'
import type { Column } from '../../ui/data/table.tsx'
import { countOf, EVENT_KINDS } from '../event-types.ts'

/** The events of a country. */
export type CountryCounts = SiteStats['countries'][number]

/** The columns of a table of countries: their names, and the events of the kinds that charts show. */
export const COUNTRY_COLUMNS: Column<CountryCounts>[] = [
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
    cell: ({ counts }: CountryCounts) => count(countOf(kind, counts)),
    sortBy: ({ counts }: CountryCounts) => countOf(kind, counts),
  })),
]
