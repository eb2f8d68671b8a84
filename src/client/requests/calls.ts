import createFetch, {
  type ClientPathsWithMethod,
  type Client as FetchClient,
  type FetchResponse,
  type MaybeOptionalInit,
  type ParseAs,
} from 'openapi-fetch'
import type { paths } from '../api.ts'
import type { Send } from './sender.ts'

type Method = 'get' | 'post' | 'put' | 'patch' | 'delete'
type MediaType = `${string}/${string}`

/** The parameters and the body of a request, how its answer is read, and what ends it. */
type Init<Path extends keyof paths, Name extends Method, As> = NonNullable<MaybeOptionalInit<paths[Path], Name>> & {
  parseAs?: As
}

type Answer<Operation, As> =
  Operation extends Record<string | number, unknown>
    ? Extract<FetchResponse<Operation, { parseAs: As }, MediaType>, { data: unknown }>['data']
    : never

/** Sends a request to a path of the API. @returns the body of the answer, from JSON or as `parseAs` says @throws Problem */
type Call<Name extends Method> = <
  Path extends ClientPathsWithMethod<FetchClient<paths>, Name>,
  As extends ParseAs = 'json',
>(
  path: Path,
  // What a path has no use for can be left out.
  ...init: undefined extends MaybeOptionalInit<paths[Path], Name> ? [Init<Path, Name, As>?] : [Init<Path, Name, As>]
) => Promise<Answer<paths[Path][Name], As>>

/** A function for each method, which takes the paths, parameters and bodies of the API. */
export type Calls = { [Name in Method]: Call<Name> }

/** Returns the calls of the API. Reads are repeated when the service is busy. */
export function callsOf(url: string, fetch: typeof globalThis.fetch, send: Send): Calls {
  const { request } = createFetch<paths>({ baseUrl: url, fetch: sendRequest })

  function sendRequest(request: Request): Promise<Response> {
    const attempt = (headers: Record<string, string>) => {
      const copy = request.clone()
      for (const [name, value] of Object.entries(headers)) copy.headers.set(name, value)
      return fetch(copy)
    }
    return send(attempt, { repeatable: request.method === 'GET', signal: request.signal })
  }

  const call = (method: Method) => async (path: never, init?: object) => {
    const { data } = await request(method, path, init as never)
    return data
  }
  return {
    get: call('get'),
    post: call('post'),
    put: call('put'),
    patch: call('patch'),
    delete: call('delete'),
  } as unknown as Calls
}
