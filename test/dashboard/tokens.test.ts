import { readdir, readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import t from 'tap'

const DASHBOARD = fileURLToPath(new URL('../../src/dashboard', import.meta.url))
const TOKENS = 'styles/tokens.css'
/** A length or a time, but for hairlines. Queries can not use tokens; `em` is in proportion to the text around. */
const LITERAL = /(?<![\w.-])(?![12]px\b)\d*\.?\d+(?:px|rem|ms|s)\b/
const QUERY = /^@(?:media|container)/

const files = (await readdir(DASHBOARD, { recursive: true })).filter(name => name.endsWith('.css'))
const texts = await Promise.all(files.map(async file => [file, await readFile(join(DASHBOARD, file), 'utf8')] as const))
const linesOf = (text: string) => text.split('\n').map(line => line.trim())

t.test('only the tokens name lengths and times', t => {
  t.ok(['width: 18rem;', 'gap: 3px 1px;', 'transition: all .2s'].every(line => LITERAL.test(line)))
  t.notOk(['border: 1px solid;', 'inset: 0;', 'gap: var(--space-2);', 'width: 100%;'].some(line => LITERAL.test(line)))
  const found = texts
    .filter(([file]) => file !== TOKENS)
    .flatMap(([file, text]) => linesOf(text).map(line => ({ file, line })))
    .filter(({ line }) => LITERAL.test(line) && !QUERY.test(line))
  t.ok(files.length > 20)
  t.same(found, [])
  t.end()
})

t.test('every token that is used exists', t => {
  const all = texts.map(([, text]) => text).join('\n')
  const defined = new Set([...all.matchAll(/(--[\w-]+):/g)].map(([, name]) => name))
  const used = [...all.matchAll(/var\((--[\w-]+)/g)].map(([, name]) => name)
  t.ok(used.length > 100)
  t.same(
    used.filter(name => !defined.has(name)),
    [],
  )
  t.end()
})
