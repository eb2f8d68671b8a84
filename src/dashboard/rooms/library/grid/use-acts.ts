import { useMemo, useRef } from 'preact/hooks'
import { useLocation } from 'preact-iso'
import { Problem } from '../../../api/problem.ts'
import { me } from '../../../api/session.ts'
import { textOf } from '../../../ui/feedback/failure.tsx'
import { toast } from '../../../ui/feedback/toast.tsx'
import { imageBeside, isArrow } from '../layout/arrows.ts'
import { imagesBetween } from '../layout/images-between.ts'
import { imageAt, type Layout } from '../layout/layout.ts'
import { addAll, endSelection, isSelecting, toggle } from '../selection/selection.ts'
import type { ImageQuery } from '../view/use-view.ts'

/** What the images of a grid can be asked to do, by their indexes. */
export interface Acts {
  /** Opens an image, or selects it while images are being selected. */
  press(index: number, event: MouseEvent): void
  /** Selects an image, or all from the one that was selected before. */
  select(index: number, event: MouseEvent): void
  type(index: number, event: KeyboardEvent): void
  focused(index: number): void
}

interface Parts {
  query: ImageQuery
  layout: Layout
  /** Moves the focus to an image. */
  moveTo(index: number): void
  setActive(index: number): void
}

/** Returns what the images of a grid can be asked to do; it stays the same object, so that images are not drawn again for it. */
export function useActs(parts: Parts): Acts {
  const { route } = useLocation()
  const now = useRef({ ...parts, route })
  now.current = { ...parts, route }
  const selectedBefore = useRef(0)
  return useMemo(() => {
    async function choose(index: number, isRange: boolean) {
      const { query, layout } = now.current
      const image = imageAt(layout, index)?.image
      if (me.value === null || !image) return
      const from = selectedBefore.current
      selectedBefore.current = index
      if (!isRange || !isSelecting.value) return toggle(image)
      try {
        addAll(await imagesBetween(query, layout, from, index))
      } catch (error) {
        if (!(error instanceof Problem)) throw error
        toast(textOf(error))
      }
    }

    function type(index: number, event: KeyboardEvent) {
      const { layout, moveTo } = now.current
      if (event.ctrlKey || event.metaKey || event.altKey) return
      if (isArrow(event.key)) moveTo(imageBeside(index, event.key, { ...layout, gap: layout.frame.gap }))
      else if (event.key === ' ' || event.key.toLowerCase() === 'x') void choose(index, event.shiftKey)
      else if (event.key === 'Enter') now.current.route(`/dashboard/images/${imageAt(layout, index)?.image.id}`)
      else if (event.key === 'Escape') endSelection()
      else return
      event.preventDefault()
    }

    return {
      press(index, event) {
        if (event.ctrlKey || event.metaKey || !(isSelecting.value || event.shiftKey)) return
        // Neither the browser nor the router opens the link.
        event.preventDefault()
        event.stopPropagation()
        void choose(index, event.shiftKey)
      },
      select: (index, event) => void choose(index, event.shiftKey),
      type,
      focused: index => now.current.setActive(index),
    }
  }, [])
}
