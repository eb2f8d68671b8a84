import type { FastifyRequest } from 'fastify'
import { fieldProblem, pointerOf } from '../../errors.ts'
import { strict } from '../schemas.ts'
import type { App } from '../server.ts'

const MAX_DEPTH = 16
const LONE_SURROGATE = /\p{Surrogate}/u
const FORBIDDEN_KEYS = new Set(['__proto__', 'constructor', 'prototype'])

declare module 'fastify' {
  interface FastifyContextConfig {
    /** The route checks the items of the body one by one; the input guard skips the body. */
    itemwise?: true
  }
}

/**
 * Rejects, before schema validation and on every route, input that databases can not store unchanged (NUL, lone surrogates) or
 * that could act as a query operator or pollute prototypes (`$` names, `__proto__`), and nesting beyond 16 levels.
 */
export function registerInputGuard(app: App): void {
  app.addHook('onRoute', ({ schema }) => {
    // A route without query parameters rejects any.
    if (schema && !schema.hide) schema.querystring ??= strict({})
  })
  app.addHook('preValidation', async request => {
    checkValue(request.params, '/params')
    checkValue(request.query, '/querystring')
    if (isBodyChecked(request)) checkValue(request.body, '')
  })
}

/** Whether the body is checked here: streams and item-wise bodies are checked by their routes. */
function isBodyChecked({ body, routeOptions }: FastifyRequest): boolean {
  return !routeOptions.config.itemwise && !(body as { pipe?: unknown } | null | undefined)?.pipe
}

function checkValue(value: unknown, pointer: string, depth = 0): void {
  if (typeof value === 'string') checkText(value, pointer)
  if (typeof value !== 'object' || value === null) return
  if (depth >= MAX_DEPTH) throw fieldProblem(pointer, `is nested deeper than ${MAX_DEPTH} levels`)
  for (const [key, inner] of Object.entries(value)) {
    const place = pointer + pointerOf(key)
    if (FORBIDDEN_KEYS.has(key) || key.startsWith('$')) throw fieldProblem(place, 'is a name that is not allowed')
    checkText(key, place)
    checkValue(inner, place, depth + 1)
  }
}

function checkText(text: string, pointer: string): void {
  if (text.includes('\u0000')) throw fieldProblem(pointer, 'contains the character NUL')
  if (LONE_SURROGATE.test(text)) throw fieldProblem(pointer, 'contains a lone surrogate')
}
