import { readFileSync } from 'node:fs'

/** The version of the service, that of package.json. Sources and compiled files are both one folder below it. */
export const VERSION: string = JSON.parse(readFileSync(new URL('../package.json', import.meta.url), 'utf8')).version
