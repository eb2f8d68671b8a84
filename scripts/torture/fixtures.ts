import { uuidv7 } from 'uuidv7'
import type { Database } from '../../src/database/connect.ts'
import { ADMIN } from './test-bed.ts'

/** The app that sends the events. */
export const APP = 'torture'

/** Inserts documents of images without files, which is enough for events. @returns their ids */
export async function createImages({ db }: Database, count: number): Promise<string[]> {
  const ids = Array.from({ length: count }, () => uuidv7())
  await db
    .collection<{ _id: string }>('images')
    .insertMany(ids.map(_id => ({ _id, ownerId: _id, uploadedSha256: _id, visibility: 'public' })))
  return ids
}

/** Signs in as the admin. @returns the access token */
export async function signIn(url: string): Promise<string> {
  return (await post(url, '/v1/sessions', ADMIN)).accessToken ?? ''
}

/** Creates an API key of the app with these scopes. @returns the key */
export async function createKey(url: string, scopes: string[]): Promise<string> {
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
