import { effect, signal } from '@preact/signals'

const STORED = 'glance.theme'
export const THEMES = ['system', 'light', 'dark'] as const
export type Theme = (typeof THEMES)[number]

/** The colours that the reader has chosen; `system` follows the machine. */
export const theme = signal<Theme>(stored())

/** Applies the chosen colours, now and whenever another choice is made. */
export function applyTheme(): void {
  effect(() => {
    document.documentElement.dataset.theme = theme.value
    localStorage.setItem(STORED, theme.value)
  })
}

function stored(): Theme {
  return THEMES.find(name => name === localStorage.getItem(STORED)) ?? 'system'
}
