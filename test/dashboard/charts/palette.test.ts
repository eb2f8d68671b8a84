import { readdir, readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import t from 'tap'
import { EVENT_KINDS } from '../../../src/dashboard/charts/event-types.ts'
import { type Colour, contrast, distance, parsed, seenWith } from '../../helpers/dashboard/colours.ts'

const DASHBOARD = fileURLToPath(new URL('../../../src/dashboard', import.meta.url))
const TOKENS = 'styles/tokens.css'
/** Of WCAG 2.2: 1.4.11 and 1.4.3. */
const LEAST_CONTRAST = { graphics: 3, text: 4.5 }
/** Distance in OKLab from which lines are told apart at a glance; about five times the least that is noticed. */
const LEAST_DISTANCE = 0.1
const BACKGROUNDS = ['--ground', '--surface', '--raised']
const TEXTS = ['--text', '--muted', '--accent', '--accent-hover', '--danger', '--good', '--warning']
const ON_SOFT = [
  ['--accent', '--accent-soft'],
  ['--danger', '--danger-soft'],
  ['--good', '--good-soft'],
  ['--warning', '--warning-soft'],
  ['--on-accent', '--accent'],
  ['--on-danger', '--danger'],
  ['--muted', '--hover'],
] as const
const THEMES = ['light', 'dark'] as const

const css = await readFile(join(DASHBOARD, TOKENS), 'utf8')
const palettes = { light: paletteOf(1), dark: paletteOf(2) }
const events = [...palettes.light.keys()].filter(name => name.startsWith('--event-'))

/** The colours of a theme by their tokens; without those that let something through. */
function paletteOf(part: 1 | 2): Map<string, Colour> {
  const pairs = css.matchAll(/(--[\w-]+): light-dark\((oklch\([^)/]*\)), (oklch\([^)/]*\))\);/g)
  return new Map([...pairs].map(([, name = '', ...parts]) => [name, parsed(parts[part - 1] ?? '')]))
}

function colourOf(theme: 'light' | 'dark', token: string): Colour {
  const colour = palettes[theme].get(token)
  if (!colour) throw new Error(`no token: ${token}`)
  return colour
}

for (const theme of THEMES) {
  const of = (token: string) => colourOf(theme, token)
  const faint = (pairs: (readonly [string, string])[], least: number) =>
    pairs
      .map(([front, back]) => ({ front, back, contrast: contrast(of(front), of(back)) }))
      .filter(pair => pair.contrast < least)
  const on = (fronts: string[], backs: string[]) => fronts.flatMap(front => backs.map(back => [front, back] as const))

  t.test(`${theme}: texts stand out from their backgrounds`, t => {
    t.same(faint([...on(TEXTS, BACKGROUNDS), ...ON_SOFT], LEAST_CONTRAST.text), [])
    t.end()
  })

  t.test(`${theme}: lines and the edges of controls stand out from their backgrounds`, t => {
    t.ok(events.length >= 15)
    t.same(faint(on([...events, '--line-strong'], BACKGROUNDS), LEAST_CONTRAST.graphics), [])
    t.end()
  })

  t.test(`${theme}: lines that are shown together are told apart, also without seeing red or green`, t => {
    const shown = ['--event-people', ...EVENT_KINDS.filter(({ isDefault }) => isDefault).map(({ colour }) => colour)]
    const pairs = shown.flatMap((a, i) => shown.slice(i + 1).map(b => [a, b] as const))
    const views = {
      everybody: of,
      protanopia: (token: string) => seenWith('protanopia', of(token)),
      deuteranopia: (token: string) => seenWith('deuteranopia', of(token)),
    }
    const alike = Object.entries(views).flatMap(([who, see]) =>
      pairs
        .map(([a, b]) => ({ who, a, b, distance: distance(see(a), see(b)) }))
        .filter(pair => pair.distance < LEAST_DISTANCE),
    )
    t.same(alike, [])
    t.end()
  })
}

t.test('every kind of events has its colour', t => {
  for (const { name, colour } of EVENT_KINDS) t.ok(palettes.light.has(colour) && palettes.dark.has(colour), name)
  t.end()
})

t.test('only the tokens name colours', async t => {
  const literal = /#[\da-f]{3,8}\b(?=[^\w]*[;'"`,)\s])|\b(?:rgba?|hsla?|hwb|lab|lch|oklab|oklch)\(\s*[\d.]/i
  t.ok(['color: #fff;', "'#1a2b3c'", 'fill: rgb(1 2 3)', 'oklch(50% 0 0)'].every(text => literal.test(text)))
  const files = (await readdir(DASHBOARD, { recursive: true })).filter(name => /\.(css|tsx?)$/.test(name))
  const found = []
  for (const file of files.filter(name => name !== TOKENS)) {
    const lines = (await readFile(join(DASHBOARD, file), 'utf8')).split('\n')
    found.push(...lines.filter(line => literal.test(line)).map(line => `${file}: ${line.trim()}`))
  }
  t.ok(files.length > 50)
  t.same(found, [])
})
