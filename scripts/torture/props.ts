import { uuidv7 } from 'uuidv7'
import type { Database } from '../../src/database/connect.ts'
import { ADMIN } from './scene.ts'

export const APP = 'torture'

/** Documents of images without bytes: enough for events. @returns their ids */
export async function someImages({ db }: Database, count: number): Promise<string[]> {
  const ids = Array.from({ length: count }, () => uuidv7())
  await db
    .collection<{ _id: string }>('images')
    .insertMany(ids.map(_id => ({ _id, ownerId: _id, uploadedSha256: _id, visibility: 'public' })))
  return ids
}

/** The admin's access token. */
export async function signIn(url: string): Promise<string> {
  return (await post(url, '/v1/sessions', ADMIN)).accessToken ?? ''
}

/** A key of the app with these scopes. */
export async function aKey(url: string, scopes: string[]): Promise<string> {
  const headers = { authorization: `Bearer ${await signIn(url)}` }
  return (await post(url, '/v1/keys', { name: 'torture', app: APP, scopes }, headers)).key ?? ''
}

async function post(url: string, path: string, json: unknown, headers = {}): Promise<Record<string, string>> {
  const init = {
    method: 'POST',
    headers: { 'content-type': 'application/json', ...headers },
    body: JSON.stringify(json),
  }
  return (await fetch(url + path, init)).json() as Promise<Record<string, string>>
}
