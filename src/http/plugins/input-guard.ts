import type { FastifyRequest } from 'fastify'
import { fieldProblem, pointerOf } from '../../errors.ts'
import { strict } from '../schemas.ts'
import type { App } from '../server.ts'

/** Nothing that is sent here is nested deeper than a few levels. */
const DEEPEST = 16
const LONE_SURROGATE = /\p{Surrogate}/u
const FORBIDDEN_KEYS = new Set(['__proto__', 'constructor', 'prototype'])

declare module 'fastify' {
  interface FastifyContextConfig {
    /** The items of the body are judged one by one where they are read, and are not looked through before. */
    itemwise?: true
  }
}

/** Refuses, on every route and before its schema is asked, what no store keeps as it came or could take for an operator. */
export function registerInputGuard(app: App): void {
  app.addHook('onRoute', ({ schema }) => {
    // A query that nobody asked for is refused as well.
    if (schema && !schema.hide) schema.querystring ??= strict({})
  })
  app.addHook('preValidation', async request => {
    look(request.params, '/params')
    look(request.query, '/querystring')
    if (isLookedThrough(request)) look(request.body, '')
  })
}

/** Streams are read later, by those who know what is in them. */
function isLookedThrough({ body, routeOptions }: FastifyRequest): boolean {
  return !routeOptions.config.itemwise && !(body as { pipe?: unknown } | null | undefined)?.pipe
}

function look(value: unknown, pointer: string, depth = 0): void {
  if (typeof value === 'string') checkText(value, pointer)
  if (typeof value !== 'object' || value === null) return
  if (depth >= DEEPEST) throw fieldProblem(pointer, `is nested deeper than ${DEEPEST} levels`)
  for (const [key, inner] of Object.entries(value)) {
    const place = pointer + pointerOf(key)
    if (FORBIDDEN_KEYS.has(key) || key.startsWith('$')) throw fieldProblem(place, 'is a name that is not allowed')
    checkText(key, place)
    look(inner, place, depth + 1)
  }
}

function checkText(text: string, pointer: string): void {
  if (text.includes('\u0000')) throw fieldProblem(pointer, 'holds a NUL')
  if (LONE_SURROGATE.test(text)) throw fieldProblem(pointer, 'holds half of a surrogate pair')
}
