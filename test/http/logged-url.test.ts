import t from 'tap'
import { loggedUrl } from '../../src/http/logged-url.ts'

t.test('the log shows no key, address, signature, code or receipt id, however the URL is encoded', async t => {
  const urls = [
    '/v1/events?key=SECRET',
    '/v1/events?%6Bey=SECRET',
    '/v1/events?%6b%65%79=SECRET&x=1',
    '/v1/events?a=1&k%65y=SEC%52ET',
    '/v1/events?key=x?key=SECRET',
    '/v1/users?email=SECRET@example.com',
    '/v1/users?e%6Dail=SECRET%40example.com',
    '/v1/images/x/file?expires=1&signature=SECRET',
    '/v1/images/x/file?width=1&s%69gnature=SECRET&download=1',
    '/dashboard/setup?code=SECRET',
    '/v1/erasures/SECRET',
    '/v1/%65rasures/SECRET?x=1',
    '/v1/erasures%2FSECRET',
    '/%76%31/erasures/%53ECRET/more',
    '/v1/erasures//SECRET',
    '/v1/ERASURES/SECRET',
  ]
  for (const url of urls) t.notMatch(loggedUrl(url), /SEC|ECRET/, url)
})

t.test('the log shows the rest of a URL, also one that is not valid', async t => {
  t.equal(loggedUrl('/v1/images?tag=a%26b&limit=5'), '/v1/images?tag=a%26b&limit=5')
  t.equal(loggedUrl('/v1/events?key=x&limit=5'), '/v1/events?key=…&limit=5')
  t.equal(loggedUrl('/%zz/%ff?%zz=1'), '/%zz/\ufffd?%zz=1')
  t.equal(loggedUrl('*'), '*')
})
