const INTERVAL_MS = 200

/** Shows a line with the elapsed time and the number of rows, if stderr is a terminal. */
export function progressLine(name: string): { rows(count: number): void; end(): void } {
  if (!process.stderr.isTTY) return { rows: () => undefined, end: () => undefined }
  const started = performance.now()
  let rows = 0
  const show = () => {
    const seconds = ((performance.now() - started) / 1000).toFixed(1)
    process.stderr.write(`\r\x1b[K${name}: ${seconds} s, ${rows} rows`)
  }
  const timer = setInterval(show, INTERVAL_MS)
  return {
    rows: count => {
      rows = count
    },
    end: () => {
      clearInterval(timer)
      process.stderr.write('\r\x1b[K')
    },
  }
}
