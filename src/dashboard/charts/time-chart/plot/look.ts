import { useEffect, useMemo, useState } from 'preact/hooks'
import { theme } from '../../../shell/theme.ts'

/** What a canvas needs of the styles of the page, which it does not inherit. */
export interface Look {
  font: string
  /** Returns a colour token as a colour of the present theme. */
  colour(token: string): string
}

const DARK = '(prefers-color-scheme: dark)'

/** Returns the present look; it is another one as soon as the theme changes. */
export function useLook(): Look {
  const [systemIsDark, setDark] = useState(() => matchMedia(DARK).matches)
  useEffect(() => {
    const query = matchMedia(DARK)
    const follow = () => setDark(query.matches)
    query.addEventListener('change', follow)
    return () => query.removeEventListener('change', follow)
  }, [])
  const chosen = theme.value
  return useMemo(readLook, [systemIsDark, chosen])
}

/** Reads tokens by an element, since the browser resolves `light-dark()` only where it is used. */
function readLook(): Look {
  const colours = new Map<string, string>()
  const read = (name: 'color' | 'fontFamily' | 'fontSize', value: string) => {
    const probe = document.createElement('span')
    probe.style[name] = value
    document.body.append(probe)
    const text = getComputedStyle(probe)[name]
    probe.remove()
    return text
  }
  const font = `${read('fontSize', 'var(--text-xs)')} ${read('fontFamily', 'var(--font)')}`
  return {
    font,
    colour(token) {
      const colour = colours.get(token) ?? read('color', `var(${token})`)
      colours.set(token, colour)
      return colour
    },
  }
}
