import { setTimeout as pause } from 'node:timers/promises'
import sharp from 'sharp'
import { startChild } from '../lib/child.ts'
import { quantile } from './lib/quantile.ts'

const RUNS = 5
const RUN_SECONDS = 8
const EVENTS_PER_SECOND = 100
const CONCURRENT_SIGN_INS = 4
const ATTEMPTS = 20
const ADMIN = { email: 'root@example.com', password: 'a password for benches' }

const print = (line: string) => process.stdout.write(`${line}\n`)

/** Measures how password hashing at full speed slows down ingest, and how long a failed sign-in takes with and without an account. */
export async function login(uri: string): Promise<void> {
  const service = await startChild<{ url: string }>('bench/services/whole-service.ts', uri, JSON.stringify(ADMIN))
  const { url } = service.first
  try {
    const post = await eventPoster(url)
    await p99Of(post)
    const calm: number[] = []
    const busy: number[] = []
    let signIns = 0
    for (let run = 0; run < RUNS; run++) {
      calm.push(await p99Of(post))
      const stop = new AbortController()
      const signingIn = Array.from({ length: CONCURRENT_SIGN_INS }, () => signInUntil(url, stop.signal))
      busy.push(await p99Of(post))
      stop.abort()
      signIns += (await Promise.all(signingIn)).reduce((sum, count) => sum + count, 0)
    }
    const [before, during] = [quantile(calm), quantile(busy)]
    print(
      `p99 at ${EVENTS_PER_SECOND} events/s: ${before.toFixed(1)} ms; while ${(signIns / RUNS / RUN_SECONDS).toFixed(1)} sign-ins/s: ` +
        `${during.toFixed(1)} ms; ratio ${(during / before).toFixed(2)}`,
    )
    const [wrong, unknown]: [number[], number[]] = [[], []]
    for (let i = 0; i < ATTEMPTS; i++) {
      wrong.push(await failedSignInMs(url, ADMIN.email))
      unknown.push(await failedSignInMs(url, `nobody-${i}@example.com`))
    }
    print(`a failed sign-in: wrong password ${spread(wrong)}; unknown account ${spread(unknown)}`)
  } finally {
    await service.stop()
  }
}

/** Returns a function that posts one event of an app on an existing image. */
async function eventPoster(url: string): Promise<() => Promise<void>> {
  const { accessToken } = await send(`${url}/v1/sessions`, ADMIN)
  const authorization = `Bearer ${accessToken}`
  const form = new FormData()
  const picture = await sharp({ create: { width: 9, height: 9, channels: 3, background: 'red' } })
    .png()
    .toBuffer()
  form.append('file', new Blob([new Uint8Array(picture)]), 'red.png')
  const uploaded = await fetch(`${url}/v1/images`, { method: 'POST', headers: { authorization }, body: form })
  const { id: imageId } = (await uploaded.json()) as { id: string }
  const { key } = await send(
    `${url}/v1/keys`,
    { name: 'bench', app: 'bench', scopes: ['events:write'] },
    { authorization },
  )
  const event = { imageId, type: 'view', visitorId: 'v' }
  return async () => void (await send(`${url}/v1/events`, event, { 'x-api-key': String(key) }))
}

/** Posts at a steady rate. @returns the p99 in ms from when a post was due to its response */
async function p99Of(post: () => Promise<void>): Promise<number> {
  const started = performance.now()
  const posts = Array.from({ length: EVENTS_PER_SECOND * RUN_SECONDS }, async (_, i) => {
    const due = started + (i * 1000) / EVENTS_PER_SECOND
    await pause(due - performance.now())
    await post()
    return performance.now() - due
  })
  return quantile(await Promise.all(posts), 0.99)
}

/** Signs in repeatedly until the signal is aborted. @returns the number of sign-ins */
async function signInUntil(url: string, signal: AbortSignal): Promise<number> {
  let count = 0
  for (; !signal.aborted; count++) await send(`${url}/v1/sessions`, ADMIN)
  return count
}

/** Returns how long a failed sign-in takes, in ms. A successful one follows, so that the lockout is not measured. */
async function failedSignInMs(url: string, email: string): Promise<number> {
  const started = performance.now()
  const { status } = await fetch(`${url}/v1/sessions`, jsonPost({ email, password: 'not the right one' }))
  if (status !== 401) throw new Error(`a wrong password was answered with ${status}, not 401`)
  const time = performance.now() - started
  await send(`${url}/v1/sessions`, ADMIN)
  return time
}

function spread(times: number[]): string {
  const [p50, p10, p90] = [0.5, 0.1, 0.9].map(share => quantile(times, share).toFixed(1))
  return `${p50} ms (p10 ${p10}, p90 ${p90})`
}

async function send(url: string, json: object, headers: Record<string, string> = {}): Promise<Record<string, unknown>> {
  const response = await fetch(url, jsonPost(json, headers))
  if (!response.ok) throw new Error(`${url} failed with ${response.status}: ${await response.text()}`)
  return (await response.json()) as Record<string, unknown>
}

function jsonPost(json: object, headers: Record<string, string> = {}): RequestInit {
  return { method: 'POST', headers: { 'content-type': 'application/json', ...headers }, body: JSON.stringify(json) }
}
