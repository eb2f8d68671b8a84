import type { TSchema } from '@fastify/type-provider-typebox'
import { Compile, type Validator } from 'typebox/compile'
import { Default } from 'typebox/value'
import { type Fault, Problem } from '../errors.ts'
import type { Report, ReportParams } from './report.ts'
import { ALL_TIME, periodOf } from './report-period.ts'

const NUMBER = /^(0|[1-9]\d{0,8})(\.\d{1,6})?$/

const validators = new WeakMap<Report, Validator>()

/**
 * Parses the parameters of a report from the texts of a query or a command line: fills in defaults, converts numbers and booleans, and
 * determines the period up to `now`.
 * @throws Problem `invalid_request` that names the invalid parameters
 */
export function readParams(report: Report, texts: Record<string, string | undefined>, now: Date): ReportParams {
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
  if (!report.time) return { ...whole, ...ALL_TIME }
  const { since, until, ...others } = whole as { since: string; until?: string }
  if (report.time.isUtc) return { ...others, ...periodOf(report.time, { since, until }, now) }
  const { tz, ...params } = others as { tz?: string }
  return { ...params, ...periodOf(report.time, { since, until, tz }, now, params) }
}

function readText(schema: TSchema | undefined, text: string): unknown {
  const { type } = (schema ?? {}) as { type?: string }
  if (type === 'boolean' && (text === 'true' || text === 'false')) return text === 'true'
  return (type === 'integer' || type === 'number') && NUMBER.test(text) ? Number(text) : text
}

function faultsIn(report: Report, values: Record<string, unknown>): Fault[] {
  const validator = validators.get(report) ?? Compile(report.schema)
  validators.set(report, validator)
  return validator.Errors(values).flatMap(({ keyword, params, instancePath, message }) => {
    // An unknown parameter yields two errors; the other one has its name in the pointer.
    if (keyword === 'additionalProperties') return []
    const detail = keyword === 'boolean' ? 'is not a parameter of this report' : `${message}${choicesOf(params)}`
    return { pointer: `/querystring${instancePath}`, detail }
  })
}

function choicesOf(params: unknown): string {
  const { allowedValues } = params as { allowedValues?: unknown[] }
  return allowedValues ? `: ${allowedValues.join(', ')}` : ''
}
