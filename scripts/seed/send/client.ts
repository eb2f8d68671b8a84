/** The fields of the responses that the demo reads. */
interface ResponseBody {
  accessToken: string
  key: string
  id: string
  accepted: number
}

interface Credentials {
  email: string
  password: string
}

/** Signs in. @returns the headers that authorize requests */
export async function signIn(url: string, credentials: Credentials): Promise<{ authorization: string }> {
  const { accessToken } = await postJson(`${url}/v1/sessions`, credentials)
  return { authorization: `Bearer ${accessToken}` }
}

/** Creates a key with which an app sends the events of people. */
export async function makeKey(url: string, admin: Credentials): Promise<string> {
  const request = { name: 'the demo', app: 'demo', scopes: ['events:write'] }
  const { key } = await postJson(`${url}/v1/keys`, request, await signIn(url, admin))
  return key
}

/** Sends JSON by POST. @throws Error when the response is not a success */
export function postJson(url: string, json: unknown, headers: Record<string, string> = {}): Promise<ResponseBody> {
  return post(url, { headers: { 'content-type': 'application/json', ...headers }, body: JSON.stringify(json) })
}

/** Sends a POST request. @throws Error when the response is not a success */
export async function post(url: string, init: RequestInit): Promise<ResponseBody> {
  const response = await fetch(url, { method: 'POST', ...init })
  if (!response.ok) throw new Error(`${url} failed with ${response.status}: ${await response.text()}`)
  return (await response.json()) as ResponseBody
}
