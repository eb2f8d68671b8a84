import type { ComponentChildren } from 'preact'
import { useEffect, useState } from 'preact/hooks'
import { offline, type Problem } from '../../api/problem.ts'
import { Failure } from './failure.tsx'
import { SkeletonBlock } from './skeleton.tsx'

interface LoadedPartProps<Part> {
  /** Imports the part; always the same function. */
  load(): Promise<Part>
  /** Its height, as a length in CSS, which is kept free. */
  height: string
  /** Whether there is something to show; a skeleton is shown until then. */
  isReady: boolean
  children(part: Part): ComponentChildren
}

/** A part of the page whose code is loaded when it is needed first. */
export function LoadedPart<Part extends object>({ load, height, isReady, children }: LoadedPartProps<Part>) {
  const [part, setPart] = useState<Part>()
  const [problem, setProblem] = useState<Problem>()
  const read = () => {
    setProblem(undefined)
    load().then(setPart, () => setProblem(offline()))
  }
  useEffect(read, [])
  if (problem) return <Failure problem={problem} retry={read} />
  if (!part || !isReady) return <SkeletonBlock height={height} />
  return <>{children(part)}</>
}
