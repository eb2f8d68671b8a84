import { ArrowLeft, ChevronLeft, ChevronRight, Download as DownloadIcon, Share2, Trash } from 'lucide-preact'
import { useState } from 'preact/hooks'
import type { Image } from '../../../api/types.ts'
import { Button, ButtonLink } from '../../../ui/actions/button.tsx'
import { mayChange } from '../access.ts'
import type { Neighbours } from '../list/neighbours.ts'
import { Share } from '../share/share.tsx'
import { Delete } from './delete.tsx'
import { Download } from './download.tsx'

const DIALOGS = { share: Share, download: Download, delete: Delete }

interface ToolsProps {
  image: Image
  neighbours: Neighbours
  /** It was opened by a link of the page, to which it can go back. */
  isFollowed: boolean
}

/** What can be done with an image, and the ways to others. */
export function Tools({ image, neighbours: { previous, next, open }, isFollowed }: ToolsProps) {
  const [dialog, setDialog] = useState<keyof typeof DIALOGS>()
  const Dialog = dialog && DIALOGS[dialog]
  return (
    <>
      {isFollowed ? (
        <Button emphasis="quiet" icon={ArrowLeft} label="Back" onClick={() => history.back()} />
      ) : (
        <ButtonLink emphasis="quiet" icon={ArrowLeft} label="To the library" href="/dashboard/" />
      )}
      {(previous || next) && (
        <>
          <Button
            emphasis="quiet"
            icon={ChevronLeft}
            label="Previous image"
            disabled={!previous}
            onClick={() => previous && open(previous)}
          />
          <Button
            emphasis="quiet"
            icon={ChevronRight}
            label="Next image"
            disabled={!next}
            onClick={() => next && open(next)}
          />
        </>
      )}
      <Button icon={Share2} label="Share" onClick={() => setDialog('share')} />
      <Button icon={DownloadIcon} label="Download" onClick={() => setDialog('download')} />
      {mayChange(image) && <Button icon={Trash} label="Delete" onClick={() => setDialog('delete')} />}
      {Dialog && <Dialog image={image} onClose={() => setDialog(undefined)} />}
    </>
  )
}
