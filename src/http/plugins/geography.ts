import { isUtf8 } from 'node:buffer'
import proxyAddr from '@fastify/proxy-addr'
import type { FastifyRequest } from 'fastify'
import { Compile } from 'typebox/compile'
import type { Config } from '../../config/config.ts'
import { Geography } from '../schemas.ts'
import type { App } from '../server.ts'

const FIELDS = ['country', 'region', 'city'] as const
const validator = Compile(Geography)

declare module 'fastify' {
  interface FastifyRequest {
    /** Location of the caller, from the configured headers of a trusted proxy. */
    geography: Geography | undefined
  }
}

/** Adds `geography` to requests. Only headers of a trusted proxy count. */
export function registerGeography(app: App, { trustProxy, geographyHeaders }: Config): void {
  const trusts = trustOf(trustProxy)
  app.decorateRequest('geography', {
    getter(this: FastifyRequest) {
      if (geographyHeaders.length === 0 || !trusts(this.socket.remoteAddress ?? '', 0)) return undefined
      return geographyOf(geographyHeaders.map(name => textOf(this.headers[name])))
    },
  })
}

function trustOf(trustProxy: string | boolean): (address: string, distance: number) => boolean {
  if (typeof trustProxy === 'boolean') return () => trustProxy
  return proxyAddr.compile(trustProxy.split(',').map(address => address.trim()))
}

/** Returns the location if the headers are valid, the country alone if only that is valid, else undefined. */
function geographyOf(texts: string[]): Geography | undefined {
  const named = FIELDS.flatMap((field, i) => (texts[i] ? [[field, texts[i]] as const] : []))
  const whole = Object.fromEntries(named)
  if (validator.Check(whole)) return whole
  const country = { country: whole.country }
  return validator.Check(country) ? country : undefined
}

/** Decodes a header value: Node decodes headers as latin1, but proxies send names of cities as UTF-8. */
function textOf(value: string | string[] | undefined): string {
  const bytes = Buffer.from([value ?? ''].flat()[0] ?? '', 'latin1')
  return isUtf8(bytes) ? bytes.toString('utf8').trim() : ''
}
