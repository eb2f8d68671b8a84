/** Texts that outlive the page; they live as long as the page where the browser stores nothing. */
export const ofBrowser = openStore('localStorage')

export function openStore(kind: 'localStorage' | 'sessionStorage'): Record<string, string> {
  try {
    return window[kind] ?? {}
  } catch {
    // The visitor allows none.
    return {}
  }
}

/** Writes a text, unless the storage is full: the page has what it needs in memory. */
export function write(name: string, text: string, texts = ofBrowser): void {
  try {
    texts[name] = text
  } catch {}
}
