import { ImageOff, Images, SearchX } from 'lucide-preact'
import { useEffect } from 'preact/hooks'
import { useLocation } from 'preact-iso'
import { useAnswer } from '../../../api/answers.ts'
import { setup } from '../../../api/resources.ts'
import { me } from '../../../api/session.ts'
import { Button, ButtonLink } from '../../../ui/actions/button.tsx'
import { Empty } from '../../../ui/feedback/empty.tsx'
import { SkeletonTiles } from '../grid/grid.tsx'
import { UploadButton } from '../upload/choosing/upload-button.tsx'
import type { View } from '../view/use-view.ts'

/** Says why no images are seen, and what to do about it. */
export function NoImages({ view }: { view: View }) {
  if (view.isFiltered) return <NothingFound view={view} />
  if (me.value === null) return <NothingPublic />
  if (view.owner === 'mine') {
    return (
      <Empty icon={ImageOff} title="You have no images yet.">
        <p>Drop files here, paste a picture, or choose files.</p>
        <UploadButton />
      </Empty>
    )
  }
  return (
    <Empty icon={Images} title="There are no public images yet.">
      <p>Drop files here, paste a picture, or choose files.</p>
      <UploadButton />
      {me.value.roles.includes('admin') && (
        <p>
          To look around first, stop the service and run <code>npm run demo</code>: it fills a library of its own.
        </p>
      )}
    </Empty>
  )
}

function NothingFound({ view }: { view: View }) {
  const what = [...(view.words ? [`“${view.words}”`] : []), ...(view.tag ? [`the tag ${view.tag}`] : [])].join(' with ')
  return (
    <Empty icon={SearchX} title={`Nothing found for ${what}.`}>
      <Button onClick={view.clearFilters}>Clear filters</Button>
    </Empty>
  )
}

/** A service without images may have no account either: then its first visitor sets it up. */
function NothingPublic() {
  const { route } = useLocation()
  const { data, error } = useAnswer(setup())
  useEffect(() => {
    if (data?.needed) route('/dashboard/setup', true)
  }, [data])
  if (!error && data?.needed !== false) return <SkeletonTiles rows={4} />
  return (
    <Empty icon={Images} title="There are no public images yet.">
      <p>Sign in to see your own images, and to upload.</p>
      <ButtonLink emphasis="primary" href="/dashboard/sign-in">
        Sign in
      </ButtonLink>
    </Empty>
  )
}
