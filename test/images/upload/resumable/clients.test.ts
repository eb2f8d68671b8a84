import t from 'tap'
import { Upload } from 'tus-js-client'
import { noise } from '../../../helpers/pictures.ts'
import { openWorld } from '../../../helpers/world.ts'

const world = await openWorld(t)
const ann = await world.signsUp('ann')

t.test('tus-js-client uploads an image', async t => {
  const bytes = await noise(1_200, 1_000)
  const answer = await new Promise<string>((resolve, reject) => {
    new Upload(bytes, {
      endpoint: `${world.url}/v1/uploads`,
      headers: { authorization: `Bearer ${ann.token}` },
      metadata: { filename: 'a.jpg', filetype: 'image/jpeg', title: 'By the lake', tags: 'a,b' },
      chunkSize: 700_000,
      onError: reject,
      onSuccess: ({ lastResponse }) => resolve(lastResponse.getBody()),
    }).start()
  })
  t.match(JSON.parse(answer), { title: 'By the lake', fileName: 'a.jpg' })
})
