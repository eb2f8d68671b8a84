import t from 'tap'
import { asksFor } from '../helpers/http/coded-answer.ts'
import { openWorld } from '../helpers/world.ts'

const { url } = await openWorld(t)

/** The addresses of the scripts and styles of the page. */
async function assetsOfPage(): Promise<string[]> {
  const { text } = await asksFor(`${url}/dashboard/`)
  return [...text.matchAll(/(?:src|href)="(\/dashboard\/assets\/[^"]+)"/g)].map(([, path = '']) => path)
}

t.test('the root redirects to the dashboard', async t => {
  t.match(await asksFor(`${url}/`), { status: 302, headers: { location: '/dashboard/' } })
  t.match(await asksFor(`${url}/dashboard`), { status: 308, headers: { location: '/dashboard/' } })
  t.match(await asksFor(`${url}/`, { method: 'POST' }), { status: 405, headers: { allow: /GET/ } })
})

t.test('the page is the answer to every path that is no file, and is asked for again each time', async t => {
  const page = await asksFor(`${url}/dashboard/`)
  t.match(page, { status: 200, text: /<!doctype html>/ })
  t.match(page.headers, { 'content-type': 'text/html; charset=utf-8', 'cache-control': 'no-cache' })
  t.equal((await asksFor(`${url}/dashboard/images/some-id?tab=series`)).text, page.text, 'what a deep link names')
  const { etag = '' } = page.headers
  t.match(await asksFor(`${url}/dashboard/`, { headers: { 'if-none-match': etag } }), { status: 304, text: '' })
})

t.test('the page may load nothing from elsewhere, and no other page may show it', async t => {
  const { headers } = await asksFor(`${url}/dashboard/`)
  t.same(String(headers['content-security-policy']).split(';').sort(), [
    "base-uri 'none'",
    "connect-src 'self'",
    "default-src 'none'",
    "font-src 'self'",
    "form-action 'self'",
    "frame-ancestors 'none'",
    "img-src 'self' data: blob:",
    "manifest-src 'self'",
    "script-src 'self'",
    "style-src 'self'",
  ])
  t.match(headers, {
    'referrer-policy': 'no-referrer',
    'cross-origin-opener-policy': 'same-origin',
    'cross-origin-resource-policy': 'same-origin',
    'x-content-type-options': 'nosniff',
    'x-frame-options': 'DENY',
  })
})

t.test('assets are stored for ever, and sent as they were compressed by the build', async t => {
  const assets = await assetsOfPage()
  t.ok(assets.length >= 2, 'the page has a script and styles')
  for (const path of assets) {
    const plain = await asksFor(url + path)
    t.match(plain, { status: 200, coding: undefined })
    for (const coding of ['br', 'gzip']) {
      const answer = await asksFor(url + path, { coding: `${coding}, zstd;q=0.5` })
      t.match(answer, { status: 200, coding, text: plain.text })
      t.equal(answer.headers['content-type'], plain.headers['content-type'])
      t.equal(answer.headers['cache-control'], 'public, max-age=31536000, immutable')
      t.match(answer.headers.vary, /^accept-encoding$/i)
      t.ok(answer.bytes.length < plain.bytes.length)
    }
  }
})

t.test('a file that does not exist is a problem, not the page', async t => {
  for (const path of ['assets/index-00000000.js', 'assets/nothing', 'robots.txt', '.sources']) {
    const answer = await asksFor(`${url}/dashboard/${path}`)
    t.equal(answer.status, 404, path)
    t.match(answer.headers, { 'content-type': 'application/problem+json', 'cache-control': 'no-store' })
  }
  const outside = await asksFor(`${url}/dashboard/assets/%2e%2e/%2e%2e/main.js`)
  t.ok([403, 404].includes(outside.status ?? 0), String(outside.status))
})

t.test('the document of the API does not have it', async t => {
  const { text } = await asksFor(`${url}/openapi.json`)
  t.same(
    Object.keys(JSON.parse(text).paths).filter(path => path === '/' || path.startsWith('/dashboard')),
    [],
  )
})
