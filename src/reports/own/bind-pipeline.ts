import type { mongo } from 'mongoose'
import type { Collection } from '../report.ts'
import { CONDITIONS, EXPRESSIONS, STAGES_OF_EXPRESSIONS, VARIABLES } from './allowed.ts'
import { PipelineFault } from './report-fault.ts'
import { stagesOf, VIEWS } from './views.ts'

const MAX_DEPTH = 50
const PARAM = '$param'
const DATE = '$date'

/** What pipelines are completed with. */
export interface Binding {
  /** The values of parameters, by name. */
  values: Readonly<Record<string, unknown>>
  /** By which people are hashed. */
  personKey: string
}

/**
 * Checks the pipeline of an own report, puts in the values of its parameters, and lets it read its collection through the view. Only the
 * stages and operators of the lists are allowed, at every depth.
 * @param conditions on stored fields, which every document read must meet
 * @throws PipelineFault
 */
export function bindPipeline(
  collection: Collection,
  template: unknown,
  conditions: mongo.Document,
  binding: Binding,
): mongo.Document[] {
  const [path, view] = [['pipeline'], VIEWS[collection]]
  const stages = bindStages(template, path, binding)
  const [first, ...rest] = stages
  const isEarly = first?.$match !== undefined && readsOnly(first.$match, view.stored)
  const early = isEarly ? [conditions, first.$match] : [conditions]
  return [...stagesOf(view, early, binding.personKey), ...(isEarly ? rest : stages)]
}

/** Whether a condition reads no other fields than these. */
function readsOnly(query: mongo.Document, fields: ReadonlySet<string>): boolean {
  return Object.entries(query).every(([name, value]) => {
    if (name === '$and' || name === '$or') return (value as mongo.Document[]).every(part => readsOnly(part, fields))
    return fields.has(name.split('.')[0] ?? '')
  })
}

function bindStages(template: unknown, path: string[], binding: Binding): mongo.Document[] {
  if (!Array.isArray(template)) throw new PipelineFault(path, 'must be an array of stages')
  return mapArray(template, path, (stage, place) => bindStage(stage, place, binding))
}

function bindStage(stage: unknown, path: string[], binding: Binding): mongo.Document {
  const entries = isObject(stage) ? Object.entries(stage) : []
  const [entry] = entries
  if (!entry || entries.length > 1) throw new PipelineFault(path, 'must be an object with the name of one stage')
  const [name, body] = entry
  const inside = [...path, name]
  if (name === '$limit' || name === '$skip') return { [name]: bindConstant(body, inside, binding) }
  if (paramOf(body) !== undefined) throw new PipelineFault(inside, `can not be a ${PARAM}`)
  if (name === '$match') return { $match: bindQuery(body, inside, binding) }
  if (name === '$facet') return { $facet: bindFacet(body, inside, binding) }
  if (name === '$lookup') return { $lookup: bindLookup(body, inside, binding) }
  if (name === '$unionWith') return { $unionWith: bindUnion(body, inside, binding) }
  if (STAGES_OF_EXPRESSIONS.has(name)) return { [name]: bindExpression(body, inside, binding) }
  throw new PipelineFault(inside, 'is not a stage that own reports may use')
}

function bindFacet(body: unknown, path: string[], binding: Binding): mongo.Document {
  return mapObject(objectAt(body, path), path, (stages, place) => bindStages(stages, place, binding))
}

/** Binds a $lookup: the other collection is read through its view, and joined by a field that is seen as it is stored. */
function bindLookup(body: unknown, path: string[], binding: Binding): mongo.Document {
  const { from, localField, foreignField, let: variables, pipeline = [], as, ...other } = objectAt(body, path)
  const view = VIEWS[collectionAt(from, [...path, 'from'])]
  const [unknown] = Object.keys(other)
  if (unknown !== undefined) throw new PipelineFault([...path, unknown], 'is not an option of $lookup')
  if (typeof foreignField !== 'string' || !view.stored.has(foreignField))
    throw new PipelineFault([...path, 'foreignField'], `must be one of ${[...view.stored].join(', ')}`)
  for (const [name, text] of Object.entries({ localField, as }))
    if (typeof text !== 'string') throw new PipelineFault([...path, name], 'must be the name of a field')
  return {
    from,
    localField,
    foreignField,
    ...(variables === undefined ? {} : { let: bindExpression(variables, [...path, 'let'], binding) }),
    pipeline: [...stagesOf(view, [], binding.personKey), ...bindStages(pipeline, [...path, 'pipeline'], binding)],
    as,
  }
}

function bindUnion(body: unknown, path: string[], binding: Binding): mongo.Document {
  const { coll, pipeline = [], ...other } = objectAt(body, path)
  const view = VIEWS[collectionAt(coll, [...path, 'coll'])]
  const [unknown] = Object.keys(other)
  if (unknown !== undefined) throw new PipelineFault([...path, unknown], 'is not an option of $unionWith')
  const stages = bindStages(pipeline, [...path, 'pipeline'], binding)
  return { coll, pipeline: [...stagesOf(view, [], binding.personKey), ...stages] }
}

/** Returns a collection that a stage may read besides the report's own. The log is bounded by the period, which only the report's own has. */
function collectionAt(name: unknown, path: string[]): Exclude<Collection, 'events'> {
  const others = (Object.keys(VIEWS) as Collection[]).filter(known => known !== 'events')
  const found = others.find(known => known === name)
  if (!found) throw new PipelineFault(path, `must be one of ${others.join(', ')}`)
  return found
}

function bindQuery(query: unknown, path: string[], binding: Binding): mongo.Document {
  return mapObject(objectAt(query, path), path, (value, place, name) => {
    if (name === '$and' || name === '$or' || name === '$nor')
      return mapArray(arrayAt(value, place), place, (part, inside) => bindQuery(part, inside, binding))
    if (name === '$expr') return bindExpression(value, place, binding)
    if (name.startsWith('$')) throw new PipelineFault(place, 'is not an operator that conditions may use')
    return bindCondition(value, place, binding)
  })
}

/** Binds the condition on a field: a value, or operators with values. */
function bindCondition(condition: unknown, path: string[], binding: Binding): unknown {
  const isValue = !isObject(condition) || paramOf(condition) !== undefined || DATE in condition
  if (isValue || !Object.keys(condition).some(isOperator)) return bindConstant(condition, path, binding)
  return mapObject(condition, path, (value, place, name) => {
    if (!CONDITIONS.has(name)) throw new PipelineFault(place, 'is not an operator that conditions may use')
    if (name === '$not') return bindCondition(value, place, binding)
    if (name === '$elemMatch') {
      const isOfValues = isObject(value) && Object.keys(value).some(key => CONDITIONS.has(key))
      return isOfValues ? bindCondition(value, place, binding) : bindQuery(value, place, binding)
    }
    if ((name === '$regex' || name === '$options') && typeof value !== 'string')
      throw new PipelineFault(place, 'must be a text')
    return bindConstant(value, place, binding)
  })
}

/** Binds what is a value and no expression. */
function bindConstant(value: unknown, path: string[], binding: Binding): unknown {
  if (Array.isArray(value)) return mapArray(value, path, (item, place) => bindConstant(item, place, binding))
  if (!isObject(value)) return plainValue(value, path)
  const param = paramOf(value)
  if (param !== undefined) return paramValue(param, path, binding)
  if (DATE in value) return dateAt(value, path)
  return mapObject(value, path, (item, place, name) => {
    if (isOperator(name)) throw new PipelineFault(place, 'is not allowed in a value')
    return bindConstant(item, place, binding)
  })
}

/** Binds an expression. A value becomes a literal: a text that begins with $ is not taken for a field. */
function bindExpression(expression: unknown, path: string[], binding: Binding): unknown {
  if (Array.isArray(expression))
    return mapArray(expression, path, (item, place) => bindExpression(item, place, binding))
  if (typeof expression === 'string') return variableAt(expression, path)
  if (!isObject(expression)) return plainValue(expression, path)
  const param = paramOf(expression)
  if (param !== undefined) return { $literal: paramValue(param, path, binding) }
  if (DATE in expression) return dateAt(expression, path)
  if ('$literal' in expression) return { $literal: bindConstant(expression.$literal, [...path, '$literal'], binding) }
  return mapObject(expression, path, (value, place, name) => {
    if (isOperator(name) && !EXPRESSIONS.has(name))
      throw new PipelineFault(place, 'is not an operator that own reports may use')
    return bindExpression(value, place, binding)
  })
}

/** Returns a value that JSON has, or a time. Modules may contain others, such as regular expressions, which the lists do not cover. */
function plainValue(value: unknown, path: string[]): unknown {
  if (value === null || value instanceof Date || ['string', 'number', 'boolean'].includes(typeof value)) return value
  throw new PipelineFault(path, 'must be a value of JSON or a Date')
}

function variableAt(text: string, path: string[]): string {
  const [name = ''] = text.startsWith('$$') ? text.slice(2).split('.') : []
  if (/^[A-Z]/.test(name) && !VARIABLES.has(name)) throw new PipelineFault(path, `must not use the variable $$${name}`)
  return text
}

function paramValue(name: string, path: string[], { values }: Binding): unknown {
  if (!Object.hasOwn(values, name)) throw new PipelineFault(path, `names the unknown parameter ${name}`)
  return values[name]
}

/** Returns the name of the parameter that a value stands for, if it does. */
function paramOf(value: unknown): string | undefined {
  return isObject(value) && typeof value[PARAM] === 'string' && Object.keys(value).length === 1
    ? value[PARAM]
    : undefined
}

function dateAt(value: mongo.Document, path: string[]): Date {
  const date = new Date(String(value[DATE]))
  if (Number.isNaN(date.getTime()) || Object.keys(value).length > 1)
    throw new PipelineFault([...path, DATE], 'must be a time, such as 2026-11-01T00:00:00Z')
  return date
}

function mapObject(
  object: mongo.Document,
  path: string[],
  bind: (value: unknown, path: string[], name: string) => unknown,
): mongo.Document {
  checkDepth(path)
  return Object.fromEntries(Object.entries(object).map(([name, value]) => [name, bind(value, [...path, name], name)]))
}

function mapArray<Bound>(items: unknown[], path: string[], bind: (item: unknown, path: string[]) => Bound): Bound[] {
  checkDepth(path)
  return items.map((item, i) => bind(item, [...path, `${i}`]))
}

function checkDepth(path: string[]): void {
  if (path.length > MAX_DEPTH) throw new PipelineFault(path, `must not be deeper than ${MAX_DEPTH} levels`)
}

function objectAt(value: unknown, path: string[]): mongo.Document {
  if (!isObject(value)) throw new PipelineFault(path, 'must be an object')
  return value
}

function arrayAt(value: unknown, path: string[]): unknown[] {
  if (!Array.isArray(value)) throw new PipelineFault(path, 'must be an array')
  return value
}

/** Whether a value is an object without a class, as JSON has them. */
function isObject(value: unknown): value is mongo.Document {
  return typeof value === 'object' && value !== null && Object.getPrototypeOf(value) === Object.prototype
}

function isOperator(name: string): boolean {
  return name.startsWith('$')
}
