import { readFile } from 'node:fs/promises'
import { createServer } from 'node:http'
import { createRequire } from 'node:module'
import type { AddressInfo } from 'node:net'
import t from 'tap'
import { type DetailedError, Upload, type UploadOptions } from 'tus-js-client'
import { noBrowser, openBrowser } from '../../../helpers/browser.ts'
import { noUploadIsLeft } from '../../../helpers/images/leftovers.ts'
import { noise, sha256 } from '../../../helpers/pictures.ts'
import { openWorld } from '../../../helpers/world.ts'

const browser = noBrowser ? undefined : await openBrowser(t)
const shop = await anEmptyPage()
const world = await openWorld(t, { CORS_ORIGINS: shop })
const { asks, database } = world
const ann = await world.signsUp('ann')
const options: UploadOptions = {
  endpoint: `${world.url}/v1/uploads`,
  headers: { authorization: `Bearer ${ann.token}` },
  metadata: { filename: 'a.jpg', filetype: 'image/jpeg', title: 'By the lake', tags: 'summer,lake' },
}

/** Uploads a file. @returns the image, as the last answer has it */
function uploads(bytes: Buffer, more: UploadOptions = {}): Promise<Record<string, unknown>> {
  return new Promise((resolve, reject) => {
    const onSuccess: UploadOptions['onSuccess'] = ({ lastResponse }) => resolve(JSON.parse(lastResponse.getBody()))
    new Upload(bytes, { ...options, ...more, onSuccess, onError: reject }).start()
  })
}

t.test('tus-js-client uploads a file in one request, in several, when it creates the upload, or by POST', async t => {
  for (const more of [{}, { chunkSize: 300_000 }, { uploadDataDuringCreation: true }, { overridePatchMethod: true }]) {
    const bytes = await noise(800, 700)
    const image = await uploads(bytes, more)
    t.match(image, { title: 'By the lake', tags: ['summer', 'lake'], fileName: 'a.jpg', sha256: sha256(bytes) })
  }
  t.ok(await noUploadIsLeft(database.db))
})

t.test('tus-js-client goes on after a pause, at the byte where it was', async t => {
  const bytes = await noise(800, 700)
  const paused = await new Promise<Upload>((resolve, reject) => {
    const upload: Upload = new Upload(bytes, {
      ...options,
      chunkSize: 100_000,
      onError: reject,
      onChunkComplete: async (_, accepted) => {
        if (accepted < 300_000) return
        await upload.abort()
        resolve(upload)
      },
    })
    upload.start()
  })
  const offsets: number[] = []
  const image = await uploads(bytes, {
    uploadUrl: paused.url,
    onChunkComplete: (size, accepted) => offsets.push(accepted - size),
  })
  t.same(offsets, [300_000])
  t.match(image, { sha256: sha256(bytes) })
})

t.test('tus-js-client takes an upload back', async t => {
  const bytes = await noise(800, 700)
  const upload = await new Promise<Upload>((resolve, reject) => {
    const begun: Upload = new Upload(bytes, {
      ...options,
      chunkSize: 100_000,
      onError: reject,
      onChunkComplete: () => resolve(begun),
    })
    begun.start()
  })
  await upload.abort(true)
  t.equal(
    (await asks('HEAD', new URL(upload.url ?? '').pathname, { ...ann, headers: { 'tus-resumable': '1.0.0' } })).status,
    404,
  )
  t.ok(await noUploadIsLeft(database.db))
})

t.test('tus-js-client reports why a file is refused', async t => {
  const refusal = async (bytes: Buffer, more: UploadOptions = {}) => {
    const error = await uploads(bytes, more).then(
      () => undefined,
      (error: DetailedError) => error,
    )
    return JSON.parse(error?.originalResponse?.getBody() ?? '{}')
  }
  t.match(await refusal(Buffer.from('hello')), { status: 415, code: 'unsupported_image' })
  t.match(await refusal(Buffer.from('hello'), { metadata: { visibility: 'secret' } }), {
    status: 400,
    errors: [{ pointer: '/visibility' }],
  })
})

t.test(
  'tus-js-client in a browser uploads from another origin, and resumes after a reload',
  { skip: noBrowser },
  async t => {
    const page = (await browser?.newPage(t)) as NonNullable<Awaited<ReturnType<NonNullable<typeof browser>['newPage']>>>
    const script = await readFile(createRequire(import.meta.url).resolve('tus-js-client/dist/tus.min.js'), 'utf8')
    const bytes = await noise(800, 700)
    const visit = async (stopAt?: number) => {
      await page.goto(shop)
      await page.addScriptTag({ content: script })
      const given = { ...options, encoded: bytes.toString('base64'), stopAt }
      return page.evaluate(uploadInPage, given)
    }
    const stopped = await visit(200_000)
    t.equal(stopped.offset, 200_000)
    const { url, offset, image } = await visit()
    t.equal(url, stopped.url, 'it found the upload again')
    t.equal(offset, 200_000)
    t.match(image, { title: 'By the lake', sha256: sha256(bytes) })
    t.ok(await noUploadIsLeft(database.db))
  },
)

/** The origin of a page that is not ours. It is a local one as well: browsers keep others from local services. */
async function anEmptyPage(): Promise<string> {
  const server = createServer((_, response) =>
    response.setHeader('content-type', 'text/html').end('<title>shop</title>'),
  )
  await new Promise<void>(resolve => server.listen(0, '127.0.0.1', resolve))
  t.teardown(() => server.close())
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}`
}

interface InPage extends Pick<UploadOptions, 'endpoint' | 'headers' | 'metadata'> {
  encoded: string
  stopAt: number | undefined
}

/** Runs in the page: uploads a file, goes on with an earlier upload of it, and stops after some bytes. */
async function uploadInPage({ encoded, stopAt, ...options }: InPage) {
  const { tus } = globalThis as unknown as { tus: typeof import('tus-js-client') }
  const bytes = Uint8Array.from(atob(encoded), letter => letter.charCodeAt(0))
  const file = new File([bytes], 'a.jpg', { type: 'image/jpeg', lastModified: 1 })
  let offset: number | undefined
  return new Promise<{ url: string | null; offset: number | undefined; image: unknown }>((resolve, reject) => {
    const upload = new tus.Upload(file, {
      ...options,
      chunkSize: 100_000,
      onError: reject,
      onChunkComplete: (size, accepted) => {
        if (stopAt === undefined) offset ??= accepted - size
        if (stopAt === undefined || accepted < stopAt) return
        void upload.abort()
        resolve({ url: upload.url, offset: accepted, image: undefined })
      },
      onSuccess: ({ lastResponse }) => resolve({ url: upload.url, offset, image: JSON.parse(lastResponse.getBody()) }),
    })
    void upload.findPreviousUploads().then(([previous]) => {
      if (previous) upload.resumeFromPreviousUpload(previous)
      upload.start()
    })
  })
}
