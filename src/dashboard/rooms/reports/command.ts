/** Returns the command that runs a report with these parameters. */
export function commandOf(name: string, values: Record<string, string>): string {
  const options = Object.entries(values).map(([parameter, value]) => ` --${parameter} ${quoted(value)}`)
  return `npm run report -- ${name}${options.join('')}`
}

/** Quotes a word for a shell where it needs it. */
function quoted(word: string): string {
  return /^[\w/.:,+-]+$/.test(word) ? word : `'${word.replaceAll("'", `'\\''`)}'`
}
