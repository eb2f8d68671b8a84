import type { IncomingMessage } from 'node:http'
import { type ErrorCode, Problem } from '../../errors.ts'

/** A client may go on sending a rejected upload for this time: most clients read the answer only afterwards. */
const LINGER_MS = 10_000

/** Limits of an upload. */
export interface UploadLimits {
  /** Size of the file. */
  bytes: number
  /** Time that the whole request may take, in ms. */
  time: number
}

/**
 * Returns a signal that is aborted when the client has closed the connection, possibly before this call, or takes too long.
 * @param timeLimit in ms
 * @param cutOff code of the problem of a body that is cut off
 */
export function watchForAbort(
  raw: IncomingMessage,
  timeLimit: number,
  cutOff: ErrorCode,
): { signal: AbortSignal; stop(): void } {
  const controller = new AbortController()
  const detail = `the upload took longer than ${timeLimit / 1000} s`
  const timer = setTimeout(() => controller.abort(new Problem('request_timeout', { detail })), timeLimit)
  const onClose = () => {
    clearTimeout(timer)
    // Not `raw.complete`: what has arrived and was not read before the close is lost.
    if (raw.readableEnded) return
    const detail = 'the connection was closed before the upload was complete'
    controller.abort(new Problem(cutOff, { detail }))
  }
  if (raw.destroyed) onClose()
  raw.once('close', onClose)
  const stop = () => {
    clearTimeout(timer)
    raw.off('close', onClose)
  }
  return { signal: controller.signal, stop }
}

/** Discards what is left of a request, for up to 10 s if it is still arriving, so that the client gets to read the answer. */
export function drain(raw: IncomingMessage): void {
  raw.unpipe()
  raw.resume()
  if (raw.complete || raw.destroyed) return
  const timer = setTimeout(() => raw.destroy(), LINGER_MS).unref()
  raw.once('close', () => clearTimeout(timer))
}
