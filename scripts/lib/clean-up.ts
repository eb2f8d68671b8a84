const EXIT_CODES = { SIGINT: 130, SIGTERM: 143 } as const

/** Runs work, and cleans up after it: also when it fails, and when SIGINT or SIGTERM ends the process. */
export async function withCleanUp<Result>(work: () => Promise<Result>, cleanUp: () => Promise<void>): Promise<Result> {
  let cleaning: Promise<void> | undefined
  const cleanUpOnce = () => (cleaning ??= cleanUp())
  const interrupt = (signal: NodeJS.Signals) => {
    void cleanUpOnce().finally(() => process.exit(EXIT_CODES[signal as keyof typeof EXIT_CODES]))
  }
  process.on('SIGINT', interrupt).on('SIGTERM', interrupt)
  try {
    return await work()
  } finally {
    await cleanUpOnce()
    process.off('SIGINT', interrupt).off('SIGTERM', interrupt)
  }
}
