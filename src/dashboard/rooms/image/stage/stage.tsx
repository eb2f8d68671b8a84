import { ChevronLeft, ChevronRight, Maximize2, X } from 'lucide-preact'
import type { RefObject } from 'preact'
import { useEffect, useRef } from 'preact/hooks'
import type { Image } from '../../../api/types.ts'
import { useQueryState } from '../../../hooks/use-query-state.ts'
import { Button } from '../../../ui/actions/button.tsx'
import { nameOf } from '../../../ui/data/picture.tsx'
import type { Neighbours } from '../list/neighbours.ts'
import styles from './stage.module.css'
import { Viewer } from './viewer.tsx'

interface StageProps {
  image: Image
  neighbours: Neighbours
  stage: RefObject<HTMLDivElement>
  onLoad(): void
}

/** The picture of the room, which can also fill the window; the address says whether it does. */
export function Stage({ image, neighbours, stage, onLoad }: StageProps) {
  const [view, setView] = useQueryState('view', ['page', 'full'])
  return (
    <>
      <Viewer image={image} stage={stage} onLoad={onLoad}>
        <Button emphasis="quiet" icon={Maximize2} label="Fill the window" onClick={() => setView('full')} />
      </Viewer>
      {view === 'full' && <FullView image={image} neighbours={neighbours} onClose={() => setView('page')} />}
    </>
  )
}

type FullViewProps = Pick<StageProps, 'image' | 'neighbours'> & { onClose(): void }

function FullView({ image, neighbours: { previous, next, open }, onClose }: FullViewProps) {
  const dialog = useRef<HTMLDialogElement>(null)
  useEffect(() => dialog.current?.showModal(), [])
  return (
    <dialog ref={dialog} class={styles.full ?? ''} aria-label={nameOf(image)} onClose={onClose}>
      <Viewer image={image} isFull>
        {previous && (
          <Button emphasis="quiet" icon={ChevronLeft} label="Previous image" onClick={() => open(previous)} />
        )}
        {next && <Button emphasis="quiet" icon={ChevronRight} label="Next image" onClick={() => open(next)} />}
        <Button emphasis="quiet" icon={X} label="Close" onClick={() => dialog.current?.close()} />
      </Viewer>
    </dialog>
  )
}
