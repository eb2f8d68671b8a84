import { useEffect, useRef, useState } from 'preact/hooks'
import { useIsVisible } from '../../hooks/use-is-visible.ts'
import { outdate } from '../answers.ts'
import { follow } from './follow.ts'

/** The service may answer with numbers that are a second old: those after a change are read later. */
const DELAY_MS = 1_500

interface Intervals {
  /** While changes are told. */
  live: number
  /** While they are not. */
  alone: number
}

/**
 * Has answers read again when the numbers change that a stream tells of, while the page is seen.
 * @param path of the stream
 * @param outdated the beginnings of the paths of the answers
 * @returns how often to read them in any case, in ms
 */
export function useLive(path: string, outdated: string, { live, alone }: Intervals): number {
  const isVisible = useIsVisible()
  const [isOpen, setOpen] = useState(false)
  const known = useRef<{ path: string; id: string | undefined }>()
  useEffect(() => {
    if (!isVisible) return
    let timer: ReturnType<typeof setTimeout> | undefined
    const readSoon = () => {
      timer ??= setTimeout(() => {
        timer = undefined
        void outdate([outdated])
      }, DELAY_MS)
    }
    const end = follow(path, {
      lastEventId: known.current?.path === path ? known.current.id : undefined,
      onEvent(id) {
        // The first event tells what the room has just read.
        if (known.current?.path === path) readSoon()
        known.current = { path, id }
      },
      onState: setOpen,
    })
    return () => {
      end()
      clearTimeout(timer)
      setOpen(false)
    }
  }, [path, outdated, isVisible])
  return isOpen ? live : alone
}
