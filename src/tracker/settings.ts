/** What the script element says. */
const script = document.currentScript as HTMLScriptElement | null
const { key, visitor, signals } = script?.dataset ?? {}

/** The key of the app; undefined without one. */
export { key }

/** Where the service is: what comes before `/v1/`. */
export const service = script?.src.replace(/\/v1\/.*/, '')

/** How long a visitor keeps an id: `session`, `persistent`, or else a day. */
export const visitorKind = visitor

/** Whether to count visitors who ask by a signal of their browser not to be counted. */
export const ignoresSignals = signals === 'ignore'
