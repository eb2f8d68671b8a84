import { useMemo } from 'preact/hooks'
import { COUNTRIES } from '../../../../lib/countries.ts'
import { countryName } from '../../../format/words.ts'
import { Select } from '../../../ui/forms/field.tsx'

/** A choice of a country, or of none. */
export function CountryField({ value }: { value: string }) {
  const countries = useMemo(
    () => COUNTRIES.map(code => ({ code, name: countryName(code) })).sort((a, b) => a.name.localeCompare(b.name)),
    [],
  )
  return (
    <Select label="Country" name="country" defaultValue={value} hint="Your events count for this country.">
      <option value="">Not given</option>
      {countries.map(({ code, name }) => (
        <option key={code} value={code} selected={code === value}>
          {name}
        </option>
      ))}
    </Select>
  )
}
