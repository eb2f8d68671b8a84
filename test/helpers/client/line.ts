/** What happens to a request instead of being sent. */
type Fault = (send: () => Promise<Response>) => Promise<Response>

/** The line of a client to the service: tells what was sent, and fails as lines do. */
export interface Line {
  fetch: typeof fetch
  /** The requests that were sent, as in `GET /v1/users/me`. */
  sent: string[]
  /** The bodies of requests that have text as such, in their order. */
  bodies: string[]
  /** Where the requests of resumable uploads begin, in bytes. */
  offsets: number[]
  /** What happens to the next requests whose line, as in `sent`, matches, one after the other. */
  next(request: RegExp, ...faults: Fault[]): void
}

/** Opens a line that works until it is told otherwise. */
export function aLine(): Line {
  const faults: { request: RegExp; fault: Fault }[] = []
  const line: Line = {
    sent: [],
    bodies: [],
    offsets: [],
    next: (request, ...those) => faults.push(...those.map(fault => ({ request, fault }))),
    async fetch(input, init) {
      const request = new Request(input, init)
      const name = `${request.method} ${new URL(request.url).pathname}`
      line.sent.push(name)
      const offset = request.headers.get('upload-offset')
      if (offset !== null) line.offsets.push(Number(offset))
      if (typeof init?.body === 'string') line.bodies.push(init.body)
      const index = faults.findIndex(({ request }) => request.test(name))
      const [found] = index < 0 ? [] : faults.splice(index, 1)
      return found ? found.fault(() => fetch(request)) : fetch(request)
    },
  }
  return line
}

/** The request arrives, but its answer breaks off. */
export const cutOff: Fault = async send => {
  const { status, headers, body } = await send()
  await body?.cancel()
  const pull = (controller: ReadableStreamDefaultController) => controller.error(new TypeError('the answer broke off'))
  return new Response(new ReadableStream({ pull }), { status, headers })
}

/** The request arrives, but its answer does not. */
export const lost: Fault = async send => {
  await (await send()).body?.cancel()
  throw new TypeError('the answer was lost')
}

/** The request does not arrive: the service is busy for a time. @param seconds as it says */
export function busy(seconds = 0): Fault {
  const body = JSON.stringify({ title: 'The service is temporarily unavailable', status: 503, code: 'unavailable' })
  return async () => new Response(body, { status: 503, headers: { 'retry-after': String(seconds) } })
}

/** The answer to a sign-in or refresh says that the access token has expired by now. */
export const expired: Fault = async send => {
  const answer = await send()
  const grant = (await answer.json()) as object
  return Response.json({ ...grant, expiresIn: 0 }, { status: answer.status })
}

/** Requests wait until they are let through. */
export function held(): { fault: Fault; release(): void } {
  let release = () => undefined as unknown
  const released = new Promise(resolve => {
    release = () => resolve(undefined)
  })
  return {
    release: () => void release(),
    fault: async send => {
      await released
      return send()
    },
  }
}
