import type uPlot from 'uplot'

/** Distance of the stripes, in CSS pixels. */
const STRIPE = 6

/** Hatches the part of a plot that is still being counted: from the last complete point to the end. */
export function drawHatching(plot: uPlot, unsettledFrom: number, colour: string): void {
  const times = plot.data[0]
  const last = times[Math.max(0, unsettledFrom - 1)]
  if (last === undefined || unsettledFrom >= times.length) return
  const { ctx, bbox } = plot
  const left = plot.valToPos(last, 'x', true)
  const step = STRIPE * devicePixelRatio
  ctx.save()
  ctx.beginPath()
  ctx.rect(left, bbox.top, bbox.left + bbox.width - left, bbox.height)
  ctx.clip()
  ctx.beginPath()
  for (let x = left - bbox.height; x < bbox.left + bbox.width; x += step) {
    ctx.moveTo(x, bbox.top + bbox.height)
    ctx.lineTo(x + bbox.height, bbox.top)
  }
  ctx.strokeStyle = colour
  ctx.lineWidth = devicePixelRatio
  ctx.stroke()
  ctx.restore()
}
