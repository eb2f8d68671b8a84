import Bowser from 'bowser'

/** Returns a User-Agent in words, as in "Firefox on Windows"; the text itself when it is not that of a browser. */
export function browserName(userAgent: string): string {
  const { browser, os } = Bowser.getParser(userAgent).getResult()
  return browser.name && os.name ? `${browser.name} on ${os.name}` : userAgent
}
