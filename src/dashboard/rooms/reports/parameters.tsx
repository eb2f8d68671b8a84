import type { ReportDescription } from '../../api/types.ts'
import { capitalized } from '../../format/words.ts'
import { Button } from '../../ui/actions/button.tsx'
import { Select, TextField } from '../../ui/forms/field.tsx'
import styles from './parameters.module.css'
import { wordsOf } from './result/columns.ts'

type Parameter = ReportDescription['parameters'][number]

interface ParametersProps {
  report: ReportDescription
  /** The present ones. */
  values: Record<string, string>
  busy: boolean
  run(values: Record<string, string>): void
}

/** The form of a report's parameters. Those that are left empty have their defaults. */
export function Parameters({ report: { parameters }, values, busy, run }: ParametersProps) {
  return (
    <form
      class={styles.parameters}
      onSubmit={event => {
        event.preventDefault()
        const entries = [...new FormData(event.currentTarget)].map(([name, value]) => [name, String(value)])
        run(Object.fromEntries(entries))
      }}
    >
      {parameters.map(parameter => (
        <Field key={parameter.name} parameter={parameter} value={values[parameter.name] ?? ''} />
      ))}
      {parameters.some(({ name }) => name === 'since') && (
        <Select label="Compare with" name="compare" hint="The same length of time before" value={values.compare ?? ''}>
          <option value="">nothing</option>
          <option value="previous">the time before</option>
        </Select>
      )}
      <div class={styles.run}>
        <Button type="submit" emphasis="primary" busy={busy}>
          Run
        </Button>
      </div>
    </form>
  )
}

function Field({
  parameter: { name, about, type, values, default: byDefault },
  value,
}: {
  parameter: Parameter
  value: string
}) {
  const options = values ?? (type === 'boolean' ? ['true', 'false'] : undefined)
  const hint = capitalized(values ? about.replace(`: ${values.join(', ')}`, '') : about)
  if (options) {
    return (
      <Select label={wordsOf(name)} name={name} hint={hint} value={value || String(byDefault ?? '')}>
        {byDefault === null && <option value="">any</option>}
        {options.map(option => (
          <option key={option}>{option}</option>
        ))}
      </Select>
    )
  }
  const isNumber = type === 'integer' || type === 'number'
  return (
    <TextField
      label={wordsOf(name)}
      name={name}
      hint={hint}
      inputMode={isNumber ? 'numeric' : undefined}
      defaultValue={value}
      placeholder={String(byDefault ?? '')}
    />
  )
}
