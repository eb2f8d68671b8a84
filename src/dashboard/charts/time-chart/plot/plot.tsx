import uPlot from 'uplot'
import 'uplot/dist/uPlot.min.css'
import { useEffect, useRef, useState } from 'preact/hooks'
import type { TimePoint } from '../line.ts'
import { endOf, startOf } from '../point-times.ts'
import { summaryOf } from '../summary.ts'
import { PlotCursor } from './cursor.tsx'
import { dataOf } from './data.ts'
import { type EndLabel, EndLabels, labelsOf } from './end-labels.tsx'
import { useLook } from './look.ts'
import { optionsOf } from './options.ts'
import styles from './plot.module.css'
import type { PlotProps } from './props.ts'
import { type Pointed, Tooltip } from './tooltip.tsx'

/** Lines over time on a canvas. It is drawn anew for other lines and colours, and moves for other points. */
export default function Plot<Point extends TimePoint>(props: PlotProps<Point>) {
  const frame = useRef<HTMLDivElement>(null)
  const plot = useRef<uPlot>()
  const shown = useRef(props)
  shown.current = props
  const look = useLook()
  const [pointed, setPointed] = useState<Pointed | null>(null)
  const [labels, setLabels] = useState<EndLabel[]>([])
  const { points, lines, interval, isWhole } = props
  const canSelect = props.onSelect !== undefined

  useEffect(() => {
    const element = frame.current
    if (!element) return
    const options = optionsOf({
      lines,
      interval,
      look,
      isWhole,
      format: value => shown.current.format(value),
      unsettledFrom: () => shown.current.unsettledFrom,
      onCursor: (index, left) => setPointed(index === null || left < 0 ? null : { index, left }),
      onDraw: drawn => setLabels(labelsOf(drawn, shown.current.lines)),
      onSelect: canSelect ? (first, last) => selectBetween(first, last, shown.current) : undefined,
    })
    const size = () => ({ width: element.clientWidth, height: element.clientHeight })
    const made = new uPlot({ ...options, ...size() }, dataOf(points, lines), element)
    plot.current = made
    const observer = new ResizeObserver(() => made.setSize(size()))
    observer.observe(element)
    return () => {
      observer.disconnect()
      made.destroy()
      setPointed(null)
    }
  }, [lines.map(({ name }) => name).join(), interval, look, isWhole, canSelect])

  useEffect(() => plot.current?.setData(dataOf(points, shown.current.lines)), [points])

  const point = (index: number | null) => {
    const made = plot.current
    if (!made) return
    const time = index === null ? undefined : made.data[0][index]
    made.setCursor({ left: time === undefined ? -1 : made.valToPos(time, 'x'), top: 0 })
  }

  return (
    <div class={styles.plot}>
      <div ref={frame} class={styles.canvas} role="img" aria-label={summaryOf(props)} />
      <PlotCursor {...props} index={pointed?.index ?? null} onMove={point} />
      <EndLabels labels={labels} />
      {pointed && <Tooltip {...props} pointed={pointed} offset={plot.current?.over.offsetLeft ?? 0} />}
    </div>
  )
}

function selectBetween<Point extends TimePoint>(
  first: number,
  last: number,
  { points, interval, onSelect }: PlotProps<Point>,
): void {
  onSelect?.(startOf(points, first), endOf(points, last, interval))
}
