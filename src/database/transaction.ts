import { setTimeout as pause } from 'node:timers/promises'
import type { mongo } from 'mongoose'
import { TRANSACTION_MS } from './time-limits.ts'
import { UnknownOutcome } from './unavailability.ts'

/**
 * Runs `work` in a transaction; the driver repeats it after a conflict or a lost connection. By itself the driver would do so for two
 * minutes. Killed here, the transaction is undone, unless its commit has reached the server.
 * @param work may run more than once; every command in it gets the session
 * @param time limit of all repetitions, in ms; the last command may end that much later as its own limit allows
 * @throws UnknownOutcome when the time is over; errors of `work` and of the driver otherwise
 */
export async function inTransaction<Result>(
  client: mongo.MongoClient,
  work: (session: mongo.ClientSession) => Promise<Result>,
  time = TRANSACTION_MS,
): Promise<Result> {
  // The end of the session also ends the driver's repetitions.
  return client.withSession(session =>
    within(
      time,
      session.withTransaction(() => work(session)),
    ),
  )
}

/** @throws UnknownOutcome when the transaction takes longer than `time` ms */
async function within<Result>(time: number, transaction: Promise<Result>): Promise<Result> {
  const ended = new AbortController()
  const timeIsOver = pause(time, undefined, { signal: ended.signal }).then(() => {
    throw new UnknownOutcome(`the transaction was not committed within ${time / 1000} s`)
  })
  try {
    return await Promise.race([transaction, timeIsOver])
  } finally {
    ended.abort()
  }
}
