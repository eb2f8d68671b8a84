/** What the script element says. */
export interface Settings {
  /** Where the service is: what comes before `/v1/`. */
  service: string
  key: string
  /** How long a visitor keeps an id. */
  visitor: 'session' | 'daily' | 'persistent'
  /** Whether to count visitors who ask by a signal of their browser not to be counted. */
  ignoresSignals: boolean
}

/** Reads the settings; undefined without a key. */
export function settingsOf({ src, dataset }: Pick<HTMLScriptElement, 'src' | 'dataset'>): Settings | undefined {
  const { key, visitor, signals } = dataset
  if (!key) return undefined
  return {
    service: src.replace(/\/v1\/.*/, ''),
    key,
    visitor: visitor === 'session' || visitor === 'persistent' ? visitor : 'daily',
    ignoresSignals: signals === 'ignore',
  }
}
