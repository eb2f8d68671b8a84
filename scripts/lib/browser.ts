import { accessSync, constants } from 'node:fs'
import { delimiter, join } from 'node:path'

const NAMES = ['chromium', 'chromium-browser', 'google-chrome', 'google-chrome-stable', 'chrome']
const PLACES = [
  '/Applications/Google Chrome.app/Contents/MacOS/Google Chrome',
  '/Applications/Chromium.app/Contents/MacOS/Chromium',
]

/** Returns the path of an installed Chromium or Chrome: that of CHROME_PATH, or the first that is found; undefined without one. */
export function findBrowser({ CHROME_PATH, PATH = '' }: NodeJS.ProcessEnv = process.env): string | undefined {
  if (CHROME_PATH) return CHROME_PATH
  const folders = PATH.split(delimiter).filter(folder => folder !== '')
  return [...NAMES.flatMap(name => folders.map(folder => join(folder, name))), ...PLACES].find(isProgram)
}

function isProgram(path: string): boolean {
  try {
    accessSync(path, constants.X_OK)
    return true
  } catch {
    return false
  }
}
