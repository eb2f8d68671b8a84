import type { TSchema } from '@fastify/type-provider-typebox'
import { Compile, type Validator } from 'typebox/compile'
import { Default } from 'typebox/value'
import { type Fault, Problem } from '../errors.ts'
import type { Asked, Report } from './report.ts'
import { ALL_TIME, periodOf } from './report-period.ts'

const NUMBER = /^(0|[1-9]\d{0,8})(\.\d{1,6})?$/

const validators = new WeakMap<Report, Validator>()

/**
 * Parameters as a command line or a query gives them, all text, as the report takes them: defaults filled in, numbers as
 * numbers, its time as a span up to `now`.
 * @throws Problem `invalid_request` that names what is wrong
 */
export function readParams(report: Report, texts: Record<string, string | undefined>, now: Date): Asked {
  const given = Object.entries(texts).filter(([, text]) => text !== undefined)
  const values = Object.fromEntries(
    given.map(([name, text]) => [name, readText(report.schema.properties[name], text ?? '')]),
  )
  const whole = Default(report.schema, values) as Record<string, unknown>
  const faults = faultsIn(report, whole)
  if (faults.length > 0) {
    throw new Problem('invalid_request', {
      detail: faults.map(({ pointer, detail }) => `${pointer.split('/').at(-1)} ${detail}`).join('; '),
      errors: faults,
    })
  }
  const { since, until, ...asked } = whole as { since?: string; until?: string }
  const span = report.time && since !== undefined ? periodOf(report.time, since, until, now) : ALL_TIME
  return { ...asked, ...span }
}

function readText(schema: TSchema | undefined, text: string): unknown {
  const { type } = (schema ?? {}) as { type?: string }
  return (type === 'integer' || type === 'number') && NUMBER.test(text) ? Number(text) : text
}

function faultsIn(report: Report, values: Record<string, unknown>): Fault[] {
  const validator = validators.get(report) ?? Compile(report.schema)
  validators.set(report, validator)
  return validator.Errors(values).flatMap(({ keyword, params, instancePath, message }) => {
    // What is not known is told twice; once it has its name in the pointer.
    if (keyword === 'additionalProperties') return []
    const detail = keyword === 'boolean' ? 'is no parameter of this report' : `${message}${choicesOf(params)}`
    return { pointer: `/querystring${instancePath}`, detail }
  })
}

function choicesOf(params: unknown): string {
  const { allowedValues } = params as { allowedValues?: unknown[] }
  return allowedValues ? `: ${allowedValues.join(', ')}` : ''
}
