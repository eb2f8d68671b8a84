import { PROBLEMS, type ProblemKind } from '../../problem-catalogue.ts'
import type { App } from '../server.ts'
import { PROBLEM_DOCS_PATH } from './problem-reply.ts'

/** Serves the page that the `type` of every problem refers to. It is generated from the catalogue. */
export function registerProblemDocs(app: App): void {
  const page = pageOf(Object.entries(PROBLEMS))
  app.get(PROBLEM_DOCS_PATH, { schema: { hide: true } }, async (_request, reply) =>
    reply.type('text/html; charset=utf-8').serializer(String).send(page),
  )
}

function pageOf(problems: [code: string, kind: ProblemKind][]): string {
  return `<!doctype html>
<html lang="en">
<meta charset="utf-8">
<meta name="viewport" content="width=device-width">
<title>Problems of Glance</title>
<style>
  body { font: 1rem/1.5 system-ui, sans-serif; max-width: 42rem; margin: 2rem auto; padding: 0 1rem }
  h2 { font-size: 1.1rem; margin: 2rem 0 0 } :target { background: #fe8 } code { overflow-wrap: anywhere }
</style>
<h1>Problems</h1>
<p>Every error is answered as <code>application/problem+json</code> (RFC 9457). Programs decide by <code>code</code>;
<code>instance</code> is the id of the request, under which the log of the service has it.</p>
${problems.map(sectionOf).join('\n')}
</html>
`
}

function sectionOf([code, { status, title, meaning, remedy }]: [code: string, kind: ProblemKind]): string {
  return `<h2 id="${code}"><code>${code}</code> – ${status} ${title}</h2>
<p>${htmlOf(meaning)}</p>
<p>${htmlOf(remedy)}</p>`
}

/** Converts a text of the catalogue, whose only markup is code spans, to HTML. */
function htmlOf(text: string): string {
  const escaped = text.replaceAll('&', '&amp;').replaceAll('<', '&lt;')
  return escaped.replace(/`([^`]*)`/g, '<code>$1</code>')
}
