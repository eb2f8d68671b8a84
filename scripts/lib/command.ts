import { type ParseArgsConfig, parseArgs } from 'node:util'

type OptionsConfig = NonNullable<ParseArgsConfig['options']>

/** The exit code for wrong arguments. */
const USAGE = 2

// `print` gets the error as well; without a listener it would end the process.
process.stdout.on('error', error => {
  if (!isReaderGone(error)) throw error
})

/** Whether writing failed because the reader has closed the pipe, as `head` does. */
export function isReaderGone(error: unknown): boolean {
  return (error as NodeJS.ErrnoException).code === 'EPIPE'
}

/** Writes to the standard output. @throws an error of which `isReaderGone` is true when nobody reads it any more */
export function print(text: string): Promise<void> {
  return new Promise((resolve, reject) => {
    process.stdout.write(text, error => (error ? reject(error) : resolve()))
  })
}

/**
 * Reads the arguments of a command. Prints the help and ends the process for `--help`; prints one line and ends it with exit code 2
 * for an argument that is unknown, or for which `read` throws.
 * @param help what the command does and its options
 * @param read converts the texts of the arguments
 */
export function readCommand<const Options extends OptionsConfig, Wanted>(
  help: string,
  options: Options,
  read: (values: ReturnType<typeof parse<Options>>['values'], words: string[]) => Wanted,
): Wanted {
  try {
    const { values, positionals } = parse(options)
    if (!(values as { help?: boolean }).help) return read(values, positionals)
  } catch (error) {
    process.stderr.write(`${(error as Error).message}\n`)
    process.exit(USAGE)
  }
  process.stdout.write(`${help}\n`)
  process.exit(0)
}

function parse<const Options extends OptionsConfig>(options: Options) {
  const help = { type: 'boolean', short: 'h' } as const
  return parseArgs({ options: { ...options, help }, allowPositionals: true })
}

/** Refuses arguments that are no options. @throws Error that names the first one */
export function refuseWords([word]: string[]): void {
  if (word !== undefined) throw new Error(`unknown argument ${word}`)
}
