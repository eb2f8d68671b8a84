import { useEffect, useRef } from 'preact/hooks'
import { useAnswer } from '../../api/answers.ts'
import { imagePage } from '../../api/resources.ts'
import { sessionState } from '../../api/session.ts'
import { Failure } from '../../ui/feedback/failure.tsx'
import { Room } from '../../ui/layout/room.tsx'
import { NoImages } from './empty/no-images.tsx'
import { Grid, SkeletonTiles } from './grid/grid.tsx'
import styles from './library.module.css'
import { Refused } from './selection/dialogs/refused.tsx'
import { endSelection, isSelecting } from './selection/selection.ts'
import { SelectionBar } from './selection/selection-bar.tsx'
import { Filters } from './toolbar/filters.tsx'
import { Toolbar } from './toolbar/toolbar.tsx'
import { Tools } from './toolbar/tools.tsx'
import { DropZone } from './upload/choosing/drop-zone.tsx'
import { useView, type View } from './view/use-view.ts'

/** The library: the images that one may see, and uploads. */
export default function Library() {
  const view = useView()
  useEffect(() => endSelection, [])
  return (
    <Room title="Library" tools={<Tools />}>
      <DropZone />
      <Images view={view} />
      <Refused />
    </Room>
  )
}

/** The list that is looked at; the one before stays until it is there. */
function Images({ view }: { view: View }) {
  const first = imagePage(view.query, null)
  const { data, error, refetch, isPlaceholderData } = useAnswer(first, {
    keep: true,
    enabled: sessionState.value !== 'unknown',
  })
  const shown = useRef(view)
  if (!isPlaceholderData) shown.current = view
  const { query, sort } = shown.current
  const { path } = imagePage(query, null)
  // Another list begins at its top.
  useScrollToTop(path)
  return (
    <div class={styles.library}>
      <div class={isSelecting.value ? styles.selecting : styles.toolbar}>
        {isSelecting.value ? <SelectionBar /> : <Toolbar view={view} />}
      </div>
      {data && <Filters view={view} images={data.items} />}
      {error && !data && <Failure problem={error} retry={refetch} />}
      {!error && !data && <SkeletonTiles rows={4} />}
      {data && (
        <div class={styles.list} aria-busy={isPlaceholderData}>
          {data.items.length === 0 ? <NoImages view={shown.current} /> : <Grid key={path} {...{ query, path, sort }} />}
        </div>
      )}
    </div>
  )
}

function useScrollToTop(path: string): void {
  const last = useRef(path)
  useEffect(() => {
    if (last.current === path) return
    last.current = path
    window.scrollTo(0, 0)
    endSelection()
  }, [path])
}
